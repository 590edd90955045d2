use alloc::{boxed::Box, sync::Arc};
use core::{
    future::{Future as _, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll, Waker, ready},
};
use std::io;

use ::tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::unconstrained,
};

use super::{
    buffer_pool,
    slot::Slot,
    timer::{Timer, TokioClock},
    waiting::{Side, TwoTasks, Wakers},
};
use crate::{
    adapter::{Error, Log, Subprotocol, or_end_of_stream},
    buffered::Sendable,
    close::{CloseCode, CloseFrame},
    connection::SendError,
    session::{Clock as _, Outlet, Want, Writing},
    time::TimeoutKind,
};

/// A stream, and the half of the session that says what to write to it.
///
/// Every result of a write is recorded before a poll returns, so that nothing is lost and nothing
/// is written twice, whatever future is dropped. Who wakes whom is described at
/// [`waiting`](super::waiting).
#[derive(Debug)]
pub(super) struct Transport<S> {
    stream: Slot<S>,
    writing: Writing,
    /// The clock of the task that reads, and of the only task.
    timer: Timer,
    pub(super) log: Log,
    /// The only task, if it waits or did so last.
    last: Option<Waker>,
    /// What it has waited for.
    last_side: Side,
    /// What a write has failed with.
    failure: Option<io::ErrorKind>,
    /// Most connections need none of it.
    extra: Option<Box<Extra>>,
    /// What to do on drop. Only the code that creates the transport knows enough about the stream.
    write_at_drop: fn(&mut Self),
}

#[derive(Debug, Default)]
struct Extra {
    subprotocol: Subprotocol,
    two_tasks: Option<TwoTasks>,
}

impl<S> Transport<S> {
    /// The stream.
    pub(super) fn stream(&self) -> &S {
        &self.stream
    }

    /// The half of the session that writes, to look at.
    pub(super) const fn writing(&self) -> &Writing {
        &self.writing
    }

    /// The same, to change what no other task needs to know.
    pub(super) const fn writing_mut(&mut self) -> &mut Writing {
        &mut self.writing
    }

    pub(super) const fn clock(&self) -> TokioClock {
        self.timer.clock()
    }

    /// Moves it out of what is dropped.
    pub(super) fn take(&mut self) -> Self {
        Self {
            stream: self.stream.take(),
            writing: self.writing.take(),
            timer: self.timer.sibling(),
            log: core::mem::take(&mut self.log),
            last: self.last.take(),
            last_side: self.last_side,
            failure: self.failure,
            extra: self.extra.take(),
            write_at_drop: self.write_at_drop,
        }
    }

    /// Takes it apart.
    pub(super) fn into_parts(mut self) -> (S, Writing) {
        (self.stream.take().into_inner(), self.writing.take())
    }

    pub(super) fn subprotocol(&self) -> Option<&str> {
        self.extra.as_ref()?.subprotocol.name()
    }

    pub(super) fn set_subprotocol(&mut self, subprotocol: Subprotocol) {
        if subprotocol.name().is_some() {
            self.extra.get_or_insert_default().subprotocol = subprotocol;
        }
    }

    /// Returns the wakers of both tasks. From now on the connection has two.
    pub(super) fn share(&mut self) -> Arc<Wakers> {
        let Self { extra, timer, last, last_side, .. } = self;
        let extra = extra.get_or_insert_default();
        let tasks = extra.two_tasks.get_or_insert_with(|| {
            let tasks = TwoTasks::new(timer.sibling());
            if let Some(waker) = last.take() {
                // On both sides: the task may read and write by turns.
                tasks.register(Side::Reader, &waker);
                tasks.register(Side::Writer, &waker);
                if *last_side == Side::Writer {
                    // It has used the other task's clock, and comes again to use its own.
                    waker.wake();
                }
            }
            tasks
        });
        Arc::clone(&tasks.wakers)
    }

    pub(super) fn two_tasks(&self) -> Option<&TwoTasks> {
        self.extra.as_ref()?.two_tasks.as_ref()
    }

    /// Wakes the task on a side, if it waits.
    pub(super) fn wake(&self, side: Side) {
        match (self.two_tasks(), &self.last) {
            (Some(tasks), _) => tasks.wake(side),
            (None, Some(waker)) if self.last_side == side => waker.wake_by_ref(),
            _ => {}
        }
    }

    /// The clock of the task on a side.
    pub(super) fn timer(&mut self, side: Side) -> &mut Timer {
        match self.extra.as_mut().and_then(|extra| extra.two_tasks.as_mut()) {
            Some(tasks) if side == Side::Writer => &mut tasks.timer,
            _ => &mut self.timer,
        }
    }

    /// Notices a task that comes, and what was requested from outside.
    #[inline]
    fn meet(&mut self, side: Side, cx: &Context<'_>) {
        if let Some(waker) = &self.last
            && self.last_side != side
            && !waker.will_wake(cx.waker())
        {
            self.share();
        }
        if let Some(tasks) = self.two_tasks() {
            // Before the attempt and before a look at requests, so that no wake-up is lost.
            tasks.register(side, cx.waker());
            self.follow_requests();
        }
    }

    /// Records that the task on a side waits. Two have registered already.
    fn note_waiting(&mut self, side: Side, cx: &Context<'_>) {
        if self.two_tasks().is_some() {
            return;
        }
        self.last_side = side;
        match &mut self.last {
            Some(waker) => waker.clone_from(cx.waker()),
            None => self.last = Some(cx.waker().clone()),
        }
    }

    /// From now on, wakes the reading task when another task gives it something to do.
    #[inline]
    pub(super) fn listen(&mut self, cx: &Context<'_>) {
        self.meet(Side::Reader, cx);
        self.note_waiting(Side::Reader, cx);
    }

    /// Does what was requested from outside, as if the task at hand had asked for it.
    fn follow_requests(&mut self) {
        let Some(tasks) = self.two_tasks() else {
            return;
        };
        let is_closed = self.writing.has_failed() || self.writing.sender().is_closed();
        if let Some(frame) = tasks.wakers.requested_close().filter(|_| !is_closed).cloned() {
            // It was checked when it was requested.
            let _ = self.close_now(CloseFrame { code: frame.code, reason: &frame.reason });
        }
        if self.is_aborted() && !self.writing.has_failed() {
            self.fail(io::ErrorKind::ConnectionAborted.into());
        }
    }

    /// Whether the connection is to be given up.
    pub(super) fn is_aborted(&self) -> bool {
        self.two_tasks().is_some_and(|tasks| tasks.wakers.is_aborted())
    }

    /// Lets the task on a side change what is queued, and wakes the other if that concerns it.
    #[inline]
    fn change<T>(&mut self, side: Side, action: impl FnOnce(&mut Self) -> T) -> T {
        let state = |writing: &Writing| (writing.is_settled(), writing.sender().is_closed());
        let (was_settled, was_closed) = state(&self.writing);
        let result = action(self);
        let (is_settled, is_closed) = state(&self.writing);
        // With a single task, nobody else has to write what it leaves.
        let is_fed = was_settled && !is_settled && self.two_tasks().is_some();
        let concerns_the_reader = side == Side::Writer && (is_closed && !was_closed || is_fed);
        if concerns_the_reader || is_settled && !was_settled {
            self.wake(side.other());
        }
        result
    }

    /// Lets the task on a side write.
    #[inline]
    pub(super) fn poll_as<T>(
        &mut self,
        side: Side,
        cx: &mut Context<'_>,
        action: impl FnOnce(&mut Self, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.meet(side, cx);
        // A single task has nobody to wake.
        let result = match self.two_tasks() {
            None => action(self, cx),
            Some(_) => self.change(side, |this| action(this, cx)),
        };
        if result.is_pending() {
            self.note_waiting(side, cx);
        }
        result
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

    fn poll_settled(&self) -> Poll<Result<(), Error>> {
        Poll::Ready(self.check().map_err(write_error))
    }

    /// The half of the session that writes, with storage to queue to.
    #[inline]
    pub(super) fn queue(&mut self) -> &mut Writing {
        self.writing.attach(buffer_pool::write_storage);
        &mut self.writing
    }

    /// Queues something at once.
    pub(super) fn queue_now(&mut self, item: impl Sendable) -> Result<(), SendError> {
        self.change(Side::Writer, |this| this.queue().send(item))
    }

    /// Queues a Close frame at once, unless one was sent before.
    pub(super) fn close_now(&mut self, frame: CloseFrame<'_>) -> Result<(), SendError> {
        self.change(Side::Writer, |this| this.queue().close(frame))
    }

    /// Records the result of a call, and returns how many bytes the stream took. `None` means that it
    /// has flushed what it took before.
    pub(super) fn note(&mut self, result: io::Result<Option<usize>>) -> Result<usize, Error> {
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

    /// Records that nothing can be written any more. Returns the error for the application.
    fn fail(&mut self, error: io::Error) -> Error {
        self.failure = Some(error.kind());
        if error.kind() == io::ErrorKind::TimedOut {
            self.writing.timed_out();
        } else {
            self.writing.failed();
        }
        write_error(error)
    }

    /// Gives the memory of an empty queue back to the thread.
    pub(super) fn detach(&mut self) {
        if let Some(storage) = self.writing.detach() {
            buffer_pool::keep_write_storage(storage);
        }
    }

    /// Makes one attempt, which does not wait, to write what is queued. A caller that needs the
    /// result has called `flush`.
    pub(super) fn write_now(&mut self) {
        // If the stream panicked during a panic of this thread, the process would abort.
        if !self.writing.is_settled() && !std::thread::panicking() {
            (self.write_at_drop)(self);
        }
    }
}

impl<S> Drop for Transport<S> {
    fn drop(&mut self) {
        self.write_now();
        self.log.left(self.timer.clock(), &self.writing);
        self.detach();
    }
}

impl<S> Outlet for Transport<S> {
    #[inline]
    fn with<T>(&mut self, action: impl FnOnce(&mut Writing) -> T) -> T {
        // A single task has nobody to wake.
        match self.two_tasks() {
            None => action(&mut self.writing),
            Some(_) => self.change(Side::Reader, |this| action(&mut this.writing)),
        }
    }
}

impl<S: AsyncWrite + Unpin> Transport<S> {
    pub(super) fn new(stream: S, writing: Writing, log: Log) -> Self {
        Self {
            stream: Slot::new(stream),
            writing,
            timer: Timer::new(),
            log,
            last: None,
            last_side: Side::Reader,
            failure: None,
            extra: None,
            write_at_drop: |this| {
                let attempt = poll_fn(|cx| {
                    this.write_once(cx);
                    if this.writing.waiting() == 0 {
                        this.write_once(cx);
                    }
                    Poll::Ready(())
                });
                // Nobody tries again when the task has a budget.
                let _ = pin!(unconstrained(attempt)).poll(&mut Context::from_waker(Waker::noop()));
            },
        }
    }

    /// Writes the queue. Ready once all is written, or the stream has taken nothing for too long.
    #[inline]
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_as(Side::Writer, cx, Self::flush)
    }

    /// Ready once the queue is below the high-water mark.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_as(Side::Writer, cx, Self::room)
    }

    /// Sends a Close frame with the code 1000, unless one was sent before, and writes the queue.
    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_as(Side::Writer, cx, |this, cx| {
            this.queue().close(CloseFrame { code: CloseCode::NORMAL, reason: "" })?;
            this.flush(cx)
        })
    }

    /// Writes as much of the queue as the stream takes now, for the task that reads: the session
    /// tells it how long that may go on.
    pub(super) fn write_out(&mut self, cx: &mut Context<'_>) {
        let _ = self.poll_as(Side::Reader, cx, |this, cx| {
            if this.write(cx) {
                return Poll::Ready(());
            }
            this.writing.refused(this.timer.clock().now());
            Poll::Pending
        });
    }

    /// Ends the stream's direction to the peer.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_as(Side::Reader, cx, |this, cx| {
            this.call(cx, |stream, cx, _| stream.poll_shutdown(cx))
        })
    }

    #[inline]
    pub(super) fn flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.writing.is_detached() && self.writing.is_idle() || self.write(cx) {
            return self.poll_settled();
        }
        self.wait_to_write(cx)
    }

    /// Waits until the stream is ready for what it has not taken, or has taken nothing for too long.
    pub(super) fn wait_to_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let due = self.writing.refused(self.timer.clock().now());
        ready!(self.timer(Side::Writer).poll(cx, due));
        Poll::Ready(Err(self.fail(io::ErrorKind::TimedOut.into())))
    }

    #[inline]
    pub(super) fn room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if !self.writing.would_reach_high_water(0) {
            return Poll::Ready(Ok(()));
        }
        let result = self.flush(cx);
        if result.is_pending() && !self.writing.would_reach_high_water(0) {
            return Poll::Ready(Ok(()));
        }
        result
    }

    /// Writes as much of the queue as the stream takes now. `false`: something is left.
    fn write(&mut self, cx: &mut Context<'_>) -> bool {
        loop {
            if let Some(is_all) = self.write_once(cx) {
                return is_all;
            }
        }
    }

    /// Makes the next call of the stream. Returns `None` if it made progress and there may be more to
    /// do, otherwise whether everything is written.
    fn write_once(&mut self, cx: &mut Context<'_>) -> Option<bool> {
        let called = match self.writing.wants(self.timer.clock()) {
            Want::Write => {
                self.call(cx, |stream, cx, queued| stream.poll_write(cx, queued).map_ok(Some))
            }
            Want::Flush => self.call(cx, |stream, cx, _| stream.poll_flush(cx).map_ok(|()| None)),
            Want::Nothing => {
                self.detach();
                return Some(true);
            }
        };
        let Poll::Ready(result) = called else {
            return Some(false);
        };
        let _ = self.note(result);
        None
    }

    /// Makes a call of the stream, which wakes whoever writes to it.
    #[inline]
    pub(super) fn call<T>(
        &mut self,
        cx: &mut Context<'_>,
        action: impl FnOnce(Pin<&mut S>, &mut Context<'_>, &[u8]) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let Self { stream, writing, extra, .. } = self;
        let stream = Pin::new(&mut **stream);
        match extra.as_ref().and_then(|extra| extra.two_tasks.as_ref()) {
            None => writing.call(|queued| action(stream, cx, queued)),
            Some(tasks) => {
                let mut cx = Context::from_waker(&tasks.both);
                writing.call(|queued| action(stream, &mut cx, queued))
            }
        }
    }
}

impl<S: AsyncRead + Unpin> Transport<S> {
    /// Reads from the stream, also if nothing can be written to it any more. Only the task that
    /// reads does.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, writing, .. } = self;
        writing.call(|_| Pin::new(&mut **stream).poll_read(cx, buffer)).map(or_end_of_stream)
    }
}

/// Returns the error of a failed write for the application. A timeout means that the peer takes
/// nothing, whether we or the system set it.
fn write_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::TimedOut => Error::Timeout(TimeoutKind::Write),
        _ => Error::Io(error),
    }
}
