use core::task::{Context, Poll, Waker, ready};
use std::io;

use ::tokio::io::AsyncWrite;

use super::{alarm::Alarm, link::Link, tasks::Side};
use crate::{
    buffered::{DIRECT_LEN, Outgoing},
    close::CloseFrame,
    connection::{Liveness, ProtocolError, Reply, SendError, Sender},
    error::Error,
    time::Deadline,
};

/// The direction to the peer: the sending half, and the stream that its frames go to.
#[derive(Debug)]
pub(super) struct Output<W: AsyncWrite + Unpin> {
    pub(super) link: Link<W>,
    pub(super) sender: Sender,
}

/// Who is woken: the task at hand by its alarm, and by the stream either that task or, where two
/// write, both.
#[derive(Debug)]
pub(super) struct Task<'a, 'w> {
    pub(super) cx: &'a mut Context<'w>,
    pub(super) alarm: &'a mut Alarm,
    pub(super) writers: Option<&'a Waker>,
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
    #[inline]
    pub(super) fn state(&self) -> State {
        State { is_settled: self.link.is_settled(), is_closed: self.sender.is_closed() }
    }

    /// Does what comes after something was queued. What is held is written from the high-water mark
    /// on, as much as the stream takes now; who is to wait for the rest is whoever queues more.
    fn poll_then(&mut self, task: &mut Task<'_, '_>, then: Then) -> Poll<Result<(), Error>> {
        match then {
            Then::Flush => self.poll_flush(task),
            Then::Hold if !self.link.is_full_with(0) => Poll::Ready(Ok(())),
            Then::Hold => match self.poll_flush(task) {
                Poll::Pending => {
                    self.link.pause();
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
        !self.link.is_full_with(more)
    }

    /// The short way of [`poll_send`](Self::poll_send) for a message that stays queued.
    /// `false`: nothing was done.
    #[inline(always)]
    pub(super) fn hold(&mut self, outgoing: Outgoing<'_>, then: Then) -> Result<bool, SendError> {
        let Outgoing::Message(message) = outgoing else {
            return Ok(false);
        };
        let is_held =
            then == Then::Hold && self.has_room_for(message.as_bytes()) && !self.link.is_broken();
        if is_held {
            self.link.queue().send(&mut self.sender, message)?;
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
            && self.link.takes_vectors()
        {
            ready!(self.poll_room(task))?;
            let payload = message.as_bytes();
            if let Some(header) = self.sender.header_of_whole(message.kind(), payload)? {
                *is_sent = true;
                self.link.queue().out().extend_from_slice(&header);
                self.write_with(task, payload)?;
                return self.poll_then(task, then);
            }
        }
        self.check()?;
        ready!(self.poll_room(task))?;
        self.check()?;
        *is_sent = true;
        self.link.queue().send(&mut self.sender, outgoing)?;
        self.poll_then(task, then)
    }

    /// Writes the queue. Ready once all is written, or the stream has taken nothing for too long.
    #[inline]
    pub(super) fn poll_flush(&mut self, task: &mut Task<'_, '_>) -> Poll<Result<(), Error>> {
        if self.link.is_idle() && !self.sender.has_deferred() {
            return Poll::Ready(Ok(()));
        }
        self.poll_write_all(task)
    }

    fn poll_write_all(&mut self, task: &mut Task<'_, '_>) -> Poll<Result<(), Error>> {
        loop {
            let result = match task.writers {
                None => self.link.poll_flush(task.cx),
                Some(waker) => self.link.poll_flush(&mut Context::from_waker(waker)),
            };
            match result {
                // A Pong that was kept back while the queue was long.
                Poll::Ready(Ok(())) if self.sender.has_deferred() => {
                    self.sender.send_deferred(self.link.queue().out());
                }
                Poll::Ready(Ok(())) => {
                    if let Some(stall) = self.link.refusal() {
                        stall.end(task.alarm.now());
                    }
                    return Poll::Ready(Ok(()));
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(self.fail(error))),
                Poll::Pending => break,
            }
        }
        let due = self.link.due(task.alarm.now());
        ready!(task.alarm.poll(task.cx, due));
        Poll::Ready(Err(self.fail(io::ErrorKind::TimedOut.into())))
    }

    /// Takes note that nothing can be written any more. Returns what that is to the application.
    fn fail(&mut self, error: io::Error) -> Error {
        self.lose(error.kind());
        write_error(error)
    }

    /// Gives up what is queued, since the transport is lost.
    pub(super) fn lose(&mut self, kind: io::ErrorKind) {
        self.sender.lose(self.link.fail(kind));
    }

    /// Ends the direction. What is still queued has had its time, and nothing follows.
    pub(super) fn end(&mut self) {
        let is_left = self.link.is_broken() || self.link.is_written();
        self.sender.lose(if is_left { 0 } else { self.link.fail(io::ErrorKind::NotConnected) });
    }

    /// Queues what a received frame obliges us to send.
    pub(super) fn reply(&mut self, reply: Reply) {
        if !self.link.is_broken() {
            self.sender.reply(reply, self.link.queue().out());
        }
    }

    /// Queues the Close frame that an error of the peer deserves.
    pub(super) fn fail_connection(&mut self, error: &ProtocolError) {
        if !self.link.is_broken() {
            self.sender.fail(error, self.link.queue().out());
        }
    }

    /// Queues a Close frame, unless one was sent before.
    pub(super) fn close(&mut self, frame: CloseFrame<'_>) -> Result<(), SendError> {
        self.note_if_broken();
        match self.sender.send_close(Some(frame), self.link.queue().out()) {
            Ok(()) | Err(SendError::Closed) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Adds how writing goes to the signs of life.
    pub(super) fn add_writes(&self, liveness: Liveness) -> Liveness {
        let Self { link, .. } = self;
        liveness.with_writes(link.taken(), link.waiting()).with_backlog(link.backlog_until())
    }

    /// Tells the sender that nothing leaves any more, in case the stream has panicked.
    pub(super) fn note_if_broken(&mut self) {
        if self.link.is_broken() && !self.sender.is_closed() {
            self.sender.lose(0);
        }
    }

    /// The peer has ended its direction without a Close frame: nothing is sent to it any more.
    pub(super) fn lose_peer(&mut self) {
        // It may read on.
        self.sender.append_deferred(self.link.queue().out());
        self.sender.lose(self.link.unsent());
    }

    /// # Errors
    ///
    /// The transport is lost, and nothing can be sent any more.
    pub(super) const fn check(&self) -> Result<(), SendError> {
        if self.link.is_broken() { Err(SendError::Closed) } else { Ok(()) }
    }

    fn write_with(&mut self, task: &mut Task<'_, '_>, payload: &[u8]) -> Result<(), Error> {
        let result = match task.writers {
            None => self.link.write_with(task.cx, payload),
            Some(waker) => self.link.write_with(&mut Context::from_waker(waker), payload),
        };
        result.map_err(|error| self.fail(error))
    }

    /// Ready once the queue is below the high-water mark.
    #[inline]
    pub(super) fn poll_room(&mut self, task: &mut Task<'_, '_>) -> Poll<Result<(), Error>> {
        if !self.link.is_full_with(0) {
            return Poll::Ready(Ok(()));
        }
        let result = self.poll_flush(task);
        if result.is_pending() && !self.link.is_full_with(0) {
            return Poll::Ready(Ok(()));
        }
        result
    }
}

/// What a failed write is to the application: whoever sets the limit in time, we or the system, the
/// peer takes nothing.
fn write_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::TimedOut => Error::Timeout(Deadline::Write),
        _ => Error::Io(error),
    }
}
