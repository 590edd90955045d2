use core::task::{Context, Poll, Waker, ready};
use std::io;

use ::tokio::io::AsyncWrite;

use super::{alarm::Alarm, link::Link};
use crate::{
    buffered::{DIRECT_LEN, Message, WriteBuffer},
    connection::{SendError, Sender},
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
/// tasks write, both.
#[derive(Debug)]
pub(super) struct Task<'a, 'w> {
    pub(super) cx: &'a mut Context<'w>,
    pub(super) alarm: &'a mut Alarm,
    pub(super) writers: Option<&'a Waker>,
}

/// What comes after something was queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing: it stays queued.
    Hold,
    /// It stays queued unless the queue has come to the high-water mark.
    HoldBelowMark,
    /// All is written.
    Flush,
}

impl<W: AsyncWrite + Unpin> Output<W> {
    /// Queues what `action` sends, once, and does what is to be done `then`. `None` stands for an
    /// action that is done.
    ///
    /// It waits before it queues only while the queue is at the high-water mark, so that a future
    /// that is dropped has sent all or nothing.
    #[inline]
    pub(super) fn poll_send<F>(
        &mut self,
        task: &mut Task<'_, '_>,
        action: &mut Option<F>,
        then: Then,
    ) -> Poll<Result<(), Error>>
    where
        F: FnOnce(&mut Sender, &mut WriteBuffer) -> Result<(), SendError>,
    {
        if action.is_some() {
            ready!(self.poll_room(task))?;
            self.check()?;
        }
        if let Some(action) = action.take() {
            action(&mut self.sender, self.link.queue())?;
            let is_held = match then {
                Then::Hold => true,
                Then::HoldBelowMark => !self.link.is_full_with(0),
                Then::Flush => false,
            };
            if is_held {
                return Poll::Ready(Ok(()));
            }
        }
        self.poll_flush(task)
    }

    /// The short way of [`poll_message`](Self::poll_message) for a message that is held while more
    /// input waits. `false`: nothing was done.
    #[inline(always)]
    pub(super) fn hold(&mut self, message: Message<'_>, then: Then) -> Result<bool, SendError> {
        let is_held = then == Then::HoldBelowMark
            && !self.link.is_full_with(message.as_bytes().len())
            && !self.link.is_broken();
        if is_held {
            self.link.queue().send(&mut self.sender, message)?;
        }
        Ok(is_held)
    }

    /// As [`poll_send`](Self::poll_send), for a whole message: a large one need not be copied.
    #[inline(never)]
    pub(super) fn poll_message(
        &mut self,
        task: &mut Task<'_, '_>,
        message: Message<'_>,
        is_sent: &mut bool,
        then: Then,
    ) -> Poll<Result<(), Error>> {
        if *is_sent {
            return self.poll_flush(task);
        }
        let payload = message.as_bytes();
        let is_written = match then {
            Then::Hold => false,
            Then::HoldBelowMark => self.link.is_full_with(payload.len()),
            Then::Flush => true,
        };
        if is_written && payload.len() >= DIRECT_LEN && self.link.takes_vectors() {
            ready!(self.poll_room(task))?;
            if let Some(header) = self.sender.header_of_whole(message.kind(), payload)? {
                *is_sent = true;
                self.link.queue().out().extend_from_slice(&header);
                self.write_with(task, payload)?;
                return self.poll_flush(task);
            }
        }
        let mut action =
            Some(|sender: &mut Sender, buffer: &mut WriteBuffer| buffer.send(sender, message));
        let result = self.poll_send(task, &mut action, then);
        *is_sent = action.is_none();
        result
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
                Poll::Ready(result) => return Poll::Ready(result.map_err(write_error)),
                Poll::Pending => break,
            }
        }
        let due = self.link.due(task.alarm.now());
        ready!(task.alarm.poll(task.cx, due));
        let error = self.link.fail(&io::ErrorKind::TimedOut.into());
        Poll::Ready(Err(write_error(error)))
    }

    /// # Errors
    ///
    /// What a write failed with, so that nothing more can be written.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.link.check().map_err(write_error)
    }

    fn write_with(&mut self, task: &mut Task<'_, '_>, payload: &[u8]) -> Result<(), Error> {
        let result = match task.writers {
            None => self.link.write_with(task.cx, payload),
            Some(waker) => self.link.write_with(&mut Context::from_waker(waker), payload),
        };
        result.map_err(write_error)
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
