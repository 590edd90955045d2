use core::{
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};
use std::io::{self, IoSlice};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{buffer_pool, tasks::Side, timer::Timer};
use crate::{
    adapter::Error,
    buffered::{DIRECT_LEN, Outgoing},
    connection::SendError,
    session::{Want, Writing},
    time::TimeoutKind,
};

/// The direction to the peer: a stream, and the half of the session that says what to write to it.
///
/// Every result of a write is recorded before a poll returns, so that nothing is lost and nothing
/// is written twice, whatever future is dropped.
#[derive(Debug)]
pub(super) struct Output<W: AsyncWrite + Unpin> {
    /// `None` once it was taken out.
    stream: Option<W>,
    writing: Writing,
    /// What a write has failed with.
    failure: Option<io::ErrorKind>,
}

/// Who is woken: the task at hand by its timer, and by the stream either that task or, where two
/// write, both.
#[derive(Debug)]
pub(super) struct Task<'a, 'w> {
    pub(super) cx: &'a mut Context<'w>,
    pub(super) timer: &'a mut Timer,
    pub(super) writers: Option<&'a Waker>,
}

impl Task<'_, '_> {
    /// What the stream wakes.
    fn with_stream<T>(&mut self, action: impl FnOnce(&mut Context<'_>) -> T) -> T {
        match self.writers {
            None => action(self.cx),
            Some(waker) => action(&mut Context::from_waker(waker)),
        }
    }
}

/// What comes after something was queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// It stays queued, unless the queue has come to the high-water mark.
    Hold,
    /// All is written.
    Flush,
}

/// What one task has to know of what the other does.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    is_settled: bool,
    is_closed: bool,
}

impl State {
    pub(super) const fn is_settled(self) -> bool {
        self.is_settled
    }

    /// Whether a task that waits for what was queued need not wait any more.
    pub(super) const fn is_settled_since(self, before: Self) -> bool {
        self.is_settled && !before.is_settled
    }

    /// Whether the task that reads has another time to wait until: from our Close frame on the time
    /// for its answer runs.
    pub(super) const fn is_closed_since(self, before: Self) -> bool {
        self.is_closed && !before.is_closed
    }

    /// Whether something was queued where nothing was, which the task that reads is to write before
    /// it waits on.
    const fn is_fed_since(self, before: Self) -> bool {
        before.is_settled && !self.is_settled
    }

    /// Whether what a task on this side has done wakes the task on the other.
    pub(super) const fn concerns_the_other(self, side: Side, before: Self) -> bool {
        let concerns_the_reader = self.is_closed_since(before) || self.is_fed_since(before);
        self.is_settled_since(before) || matches!(side, Side::Writer) && concerns_the_reader
    }
}

impl<W: AsyncWrite + Unpin> Output<W> {
    pub(super) const fn new(stream: W, writing: Writing) -> Self {
        Self { stream: Some(stream), writing, failure: None }
    }

    pub(super) const fn stream(&self) -> Option<&W> {
        self.stream.as_ref()
    }

    /// The half of the session that writes.
    #[inline]
    pub(super) const fn writing(&mut self) -> &mut Writing {
        &mut self.writing
    }

    /// The same, to look at.
    pub(super) const fn writing_ref(&self) -> &Writing {
        &self.writing
    }

    /// The same over what `change` makes of the stream, such as a half of it.
    pub(super) fn map<V: AsyncWrite + Unpin>(
        &mut self,
        change: impl FnOnce(W) -> Option<V>,
    ) -> Output<V> {
        let failure = self.failure;
        let (stream, writing) = self.take();
        Output { stream: stream.and_then(change), writing, failure }
    }

    /// Takes the stream out, and what waits for it.
    pub(super) fn take(&mut self) -> (Option<W>, Writing) {
        (self.stream.take(), self.writing.take())
    }

    #[inline]
    pub(super) fn state(&self) -> State {
        State {
            is_settled: self.writing.is_settled(),
            is_closed: self.writing.sender().is_closed(),
        }
    }

    /// # Errors
    ///
    /// What a write failed with, so that nothing more can be written.
    #[inline]
    pub(super) fn check(&self) -> io::Result<()> {
        match self.failure {
            _ if !self.writing.has_failed() => Ok(()),
            _ if self.writing.has_timed_out() => Err(io::ErrorKind::TimedOut.into()),
            Some(kind) => Err(kind.into()),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Does what comes after something was queued. What is held is written from the high-water mark
    /// on, as much as the stream takes now; who is to wait for the rest is whoever queues more.
    fn poll_then(&mut self, task: &mut Task<'_, '_>, then: Then) -> Poll<Result<(), Error>> {
        match then {
            Then::Flush => self.poll_flush(task),
            Then::Hold if !self.writing.would_reach_high_water(0) => Poll::Ready(Ok(())),
            Then::Hold => match self.poll_flush(task) {
                Poll::Pending => {
                    self.writing.pause(task.timer.clock());
                    Poll::Ready(Ok(()))
                }
                result => result,
            },
        }
    }

    /// Whether below the mark there is room for this payload, and if it is large for another like it:
    /// if not, a copy buys nothing, and it can as well be written from where it is.
    #[inline]
    fn has_room_for(&self, payload: &[u8]) -> bool {
        let len = payload.len();
        let more = if len > DIRECT_LEN { len.saturating_mul(2) } else { len };
        !self.writing.would_reach_high_water(more)
    }

    /// The short way of [`poll_send`](Self::poll_send) for a message that stays queued.
    /// `false`: nothing was done.
    #[inline(always)]
    pub(super) fn hold(&mut self, outgoing: Outgoing<'_>, then: Then) -> Result<bool, SendError> {
        let Outgoing::Message(message) = outgoing else {
            return Ok(false);
        };
        let is_held = then == Then::Hold
            && self.has_room_for(message.as_bytes())
            && !self.writing.has_failed();
        if is_held {
            self.queue().send(message)?;
        }
        Ok(is_held)
    }

    /// Queues something, once, and does what is to be done `then`. A large message need not be
    /// copied.
    ///
    /// It waits before it queues only while the queue is at the high-water mark, so that a future
    /// that is dropped has sent all or nothing.
    #[inline(never)]
    pub(super) fn poll_send(
        &mut self,
        task: &mut Task<'_, '_>,
        outgoing: Outgoing<'_>,
        is_sent: &mut bool,
        then: Then,
    ) -> Poll<Result<(), Error>> {
        if *is_sent {
            return self.poll_flush(task);
        }
        if let Some(message) = outgoing.as_large_message()
            && (then == Then::Flush || !self.has_room_for(message.as_bytes()))
            && self.takes_vectors()
        {
            ready!(self.poll_room(task))?;
            let payload = message.as_bytes();
            if self.queue().send_header(message)? {
                *is_sent = true;
                self.write_with(task, payload)?;
                return self.poll_then(task, then);
            }
        }
        ready!(self.poll_room(task))?;
        *is_sent = true;
        self.queue().send(outgoing)?;
        self.poll_then(task, then)
    }

    /// Writes the queue. Ready once all is written, or the stream has taken nothing for too long.
    #[inline]
    pub(super) fn poll_flush(&mut self, task: &mut Task<'_, '_>) -> Poll<Result<(), Error>> {
        if self.writing.is_detached() && self.writing.is_idle() {
            return self.poll_settled();
        }
        self.poll_write_all(task)
    }

    fn poll_settled(&self) -> Poll<Result<(), Error>> {
        Poll::Ready(self.check().map_err(write_error))
    }

    fn poll_write_all(&mut self, task: &mut Task<'_, '_>) -> Poll<Result<(), Error>> {
        if self.write(task) {
            return self.poll_settled();
        }
        let due = self.writing.refused(task.timer.now());
        ready!(task.timer.poll(task.cx, due));
        Poll::Ready(Err(self.fail(io::ErrorKind::TimedOut.into())))
    }

    /// Writes as much of the queue as the stream takes now, for the task that reads: the session
    /// tells it how long that may go on. Ready once all is written, or nothing can be.
    pub(super) fn poll_write_out(&mut self, task: &mut Task<'_, '_>) -> Poll<()> {
        if self.write(task) {
            return Poll::Ready(());
        }
        self.writing.refused(task.timer.now());
        Poll::Pending
    }

    /// Writes as much of the queue as the stream takes now. `false`: something is left.
    fn write(&mut self, task: &mut Task<'_, '_>) -> bool {
        loop {
            let called = match self.writing().wants(task.timer.clock()) {
                Want::Write => task.with_stream(|cx| {
                    self.call(|stream, queued| stream.poll_write(cx, queued)).map_ok(Some)
                }),
                Want::Flush => task.with_stream(|cx| {
                    self.call(|stream, _| stream.poll_flush(cx)).map_ok(|()| None)
                }),
                Want::Nothing => {
                    self.detach();
                    return true;
                }
            };
            let Poll::Ready(result) = called else {
                return false;
            };
            let _ = self.note(result);
        }
    }

    /// Writes the queue and then `rest`, as much as the stream takes now. What it leaves is queued.
    fn write_with(&mut self, task: &mut Task<'_, '_>, mut rest: &[u8]) -> Result<(), Error> {
        while !rest.is_empty() {
            let of_queue = self.writing.unwritten().len();
            let called = task.with_stream(|cx| {
                self.call(|stream, queued| {
                    stream.poll_write_vectored(cx, &[IoSlice::new(queued), IoSlice::new(rest)])
                })
            });
            let Poll::Ready(result) = called else {
                break;
            };
            let count = self.note(result.map(Some))?;
            rest = rest.get(count.saturating_sub(of_queue)..).unwrap_or_default();
        }
        self.writing.leave(rest);
        Ok(())
    }

    /// Ready once the queue is below the high-water mark.
    #[inline]
    pub(super) fn poll_room(&mut self, task: &mut Task<'_, '_>) -> Poll<Result<(), Error>> {
        if !self.writing.would_reach_high_water(0) {
            return Poll::Ready(Ok(()));
        }
        let result = self.poll_flush(task);
        if result.is_pending() && !self.writing.would_reach_high_water(0) {
            return Poll::Ready(Ok(()));
        }
        result
    }

    /// Ends the stream's direction to the peer.
    pub(super) fn poll_shutdown(&mut self, task: &mut Task<'_, '_>) -> Poll<io::Result<()>> {
        task.with_stream(|cx| self.call(|stream, _| stream.poll_shutdown(cx)))
    }

    /// The half of the session that writes, with storage to queue to.
    #[inline]
    pub(super) fn queue(&mut self) -> &mut Writing {
        let writing = self.writing();
        writing.attach(buffer_pool::write_storage);
        writing
    }

    /// Whether a payload is better written from where it is than copied to the queue.
    fn takes_vectors(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    /// Makes a call of the stream.
    #[inline]
    fn call<T>(
        &mut self,
        action: impl FnOnce(Pin<&mut W>, &[u8]) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        self.writing.call(|queued| action(Pin::new(stream), queued))
    }

    /// Records what a call came to, and returns how many bytes the stream took; `None` stands for
    /// what it took before, and has passed on.
    fn note(&mut self, result: io::Result<Option<usize>>) -> Result<usize, Error> {
        match result {
            Ok(None) => {
                self.writing.flushed();
                Ok(0)
            }
            Ok(Some(0)) => Err(self.fail(io::ErrorKind::WriteZero.into())),
            Ok(Some(count)) => {
                self.writing.written(count);
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Records that nothing can be written any more. Returns what that is to the application.
    fn fail(&mut self, error: io::Error) -> Error {
        self.failure = Some(error.kind());
        if error.kind() == io::ErrorKind::TimedOut {
            self.writing.timed_out();
        } else {
            self.writing.failed();
        }
        write_error(error)
    }

    /// Writes as much of the queue as the stream takes now. What wakes the task that waits for the
    /// rest is `waker`.
    pub(super) fn write_now(&mut self, waker: &Waker) {
        let (mut cx, mut timer) = (Context::from_waker(waker), Timer::new());
        self.write(&mut Task { cx: &mut cx, timer: &mut timer, writers: None });
    }

    /// Gives the memory of an empty queue back to the thread.
    fn detach(&mut self) {
        if let Some(storage) = self.writing.detach() {
            buffer_pool::keep_write_storage(storage);
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Output<S> {
    /// Reads from the stream, also if nothing can be written to it any more.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.call(|stream, _| stream.poll_read(cx, buffer))
    }
}

impl<W: AsyncWrite + Unpin> Drop for Output<W> {
    /// One attempt, which does not wait, to write what is queued. Whoever needs to know what comes of
    /// it has called `flush`.
    fn drop(&mut self) {
        // A second panic would abort the process.
        if self.stream.is_some() && !self.state().is_settled && !std::thread::panicking() {
            let mut cx = Context::from_waker(Waker::noop());
            if self.writing.waiting() > 0
                && let Poll::Ready(result) =
                    self.call(|stream, queued| stream.poll_write(&mut cx, queued))
            {
                let _ = self.note(result.map(Some));
            }
            if self.writing.waiting() == 0 {
                self.write_now(Waker::noop());
            }
        }
        self.detach();
    }
}

/// What a failed write is to the application: whoever sets the limit in time, we or the system, the
/// peer takes nothing.
fn write_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::TimedOut => Error::Timeout(TimeoutKind::Write),
        _ => Error::Io(error),
    }
}
