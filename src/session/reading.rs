use core::time::Duration;

use super::{Clock, Failure, Lifecycle, Outlet, Step, Writing, shutdown::Verdict};
use crate::{
    buffered::{Message, Progress, ReadBuffer},
    close::CloseInfo,
    connection::{Chunk, ProtocolError, Receiver, Reply, Watchdog, close_info},
    time::Timestamp,
};

/// The half of a session that reads, and that decides what is next.
///
/// It also needs the half that writes, for a moment at a time: input obliges us to answer.
#[derive(Debug)]
pub struct Reading {
    buffer: ReadBuffer,
    life: Lifecycle,
}

impl Reading {
    pub(super) fn new(receiver: Receiver, buffer: ReadBuffer, watchdog: Watchdog) -> Self {
        Self { buffer, life: Lifecycle::new(receiver, watchdog) }
    }

    /// Takes it apart into the receiver and the bytes that were read.
    #[must_use]
    pub fn into_parts(self) -> (Receiver, ReadBuffer) {
        (self.life.receiver, self.buffer)
    }

    /// Decides what is next, until a message is complete.
    ///
    /// # Errors
    ///
    /// The connection has failed, and its transport was ended. From then on the same is returned, or
    /// after a timeout that the connection is lost.
    #[inline]
    pub fn next(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Result<Step, Failure> {
        self.next_by(&clock, out, |buffer, receiver, reply| buffer.advance(receiver, reply))
    }

    /// Decides what is next, until a message is complete and there is room for an answer: while the
    /// queue has reached the high-water mark, nothing is received. So what is owed to a peer that does
    /// not read stays bounded, and what it sends waits in the buffers of the system.
    ///
    /// It is for a loop that answers each message. Where both ends send as they like, call
    /// [`next`](Self::next): neither would read if both were full.
    ///
    /// # Errors
    ///
    /// As for [`next`](Self::next).
    pub fn next_with_room(
        &mut self,
        clock: impl Clock,
        out: &mut impl Outlet,
    ) -> Result<Step, Failure> {
        if !self.life.is_ending()
            && out.with(|writing| !writing.has_failed() && writing.would_reach_high_water(0))
        {
            return self.life.next_while_full(&clock, out);
        }
        self.life.note_room();
        self.next(clock, out)
    }

    /// Decides what is next, until some of a message is there, however little: for messages that are
    /// too large to be held, or that are passed on as they come.
    ///
    /// # Errors
    ///
    /// As for [`next`](Self::next).
    pub fn next_chunk(
        &mut self,
        clock: impl Clock,
        out: &mut impl Outlet,
    ) -> Result<Step, Failure> {
        self.next_by(&clock, out, |buffer, receiver, reply| buffer.advance_chunk(receiver, reply))
    }

    /// The short way of [`next`](Self::next) for the usual case: a message that was read in whole,
    /// in one frame. `false`: nothing was done.
    #[inline]
    pub fn next_whole(&mut self) -> bool {
        self.buffer.advance_whole(&mut self.life.receiver)
    }

    /// Returns the message that is there.
    ///
    /// # Errors
    ///
    /// The text is not UTF-8 (RFC 6455 8.1), and the connection is to [fail](InvalidText::fail).
    #[inline]
    pub fn message(&mut self) -> Result<Message<'_>, InvalidText<'_>> {
        let Self { buffer, life } = self;
        buffer.message().map_err(|error| InvalidText { life, error })
    }

    /// Returns the chunk of a message that is there.
    pub fn chunk(&mut self) -> Chunk<'_> {
        self.buffer.chunk()
    }

    /// Whether the message after the one that is there has been read in whole, in one frame.
    #[inline]
    #[must_use]
    pub fn has_message(&self) -> bool {
        self.buffer.has_message()
    }

    /// Returns the buffer to read into: to lend it storage, or to take that back.
    #[inline]
    pub const fn buffer(&mut self) -> &mut ReadBuffer {
        &mut self.buffer
    }

    /// Returns room to read into.
    pub fn unfilled(&mut self) -> &mut [u8] {
        self.buffer.unfilled()
    }

    /// Records that `count` bytes were read into the front of [`unfilled`](Self::unfilled), more
    /// than none.
    #[inline]
    pub fn filled(&mut self, count: usize) {
        self.buffer.filled(count);
        self.life.restart();
    }

    /// Records that a read has waited in vain until [`deadline`](Self::deadline), or for a while. One
    /// that would have had to wait has nothing to tell.
    pub const fn waited(&mut self) {
        self.life.waited();
    }

    /// Records that the input has ended: a read returned no bytes.
    pub fn end_of_stream(&mut self) {
        // What that means, the receiver says when it is asked next.
        let _ = self.life.receiver.receive_eof();
        self.life.restart();
    }

    /// Records that a read has failed: the transport is of no use any more.
    pub fn failed(&mut self, out: &mut impl Outlet) {
        self.life.abandon(Verdict::Failed(ProtocolError::ConnectionLost), out);
    }

    /// Returns the order of things, to record how the end of the transport goes.
    #[inline]
    pub const fn lifecycle(&mut self) -> &mut Lifecycle {
        &mut self.life
    }

    /// Returns how the connection has failed, see [`Lifecycle::failure`].
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        self.life.failure()
    }

    /// Returns until when [`Step::Read`] and [`Step::Drain`] may wait, where they do.
    pub fn deadline(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Timestamp {
        self.life.deadline(clock, out)
    }

    /// Whether nothing more comes.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.life.is_ended()
    }

    /// Returns how the connection ended; `None` while more may come.
    #[must_use]
    pub fn close_info(&self, writing: &Writing) -> Option<CloseInfo> {
        close_info(&self.life.receiver, writing.sender())
    }

    /// Returns how long the peer took to answer the last Ping of the keepalive.
    #[must_use]
    pub fn ping_latency(&self) -> Option<Duration> {
        self.life.watchdog.ping_latency()
    }

    #[inline]
    fn next_by<C: Clock, O: Outlet>(
        &mut self,
        clock: &C,
        out: &mut O,
        advance: impl Fn(
            &mut ReadBuffer,
            &mut Receiver,
            &mut dyn FnMut(Reply),
        ) -> Result<Progress, ProtocolError>,
    ) -> Result<Step, Failure> {
        let Self { buffer, life } = self;
        if !life.is_ending() {
            let mut reply = |reply| out.with(|writing| writing.reply(reply));
            match advance(buffer, &mut life.receiver, &mut reply) {
                Ok(Progress::Message) => return Ok(Step::Message),
                Ok(Progress::NeedInput) => return life.next_while_open(clock, out, buffer),
                // That is how the connection has ended, whatever becomes of the transport now.
                Ok(Progress::Closed) => life.end(Verdict::Closed, clock, out),
                Err(error) => life.fail(error, clock, out),
            }
        }
        life.next_of_end(clock, out)
    }
}

/// A text that is not UTF-8, for which the connection fails.
#[derive(Debug)]
pub struct InvalidText<'r> {
    life: &'r mut Lifecycle,
    error: ProtocolError,
}

impl InvalidText<'_> {
    /// Fails the connection. [`Reading::next`] goes on from here: the peer is told why, and the
    /// transport is ended.
    pub fn fail(self, clock: impl Clock, out: &mut impl Outlet) {
        if !self.life.is_ending() {
            self.life.fail(self.error, &clock, out);
        }
    }

    /// Decides what is next, where the connection is to fail before the call ends. Never
    /// [`Step::Message`] or [`Step::Read`]. [`Reading::next`] goes on where this was left.
    ///
    /// # Errors
    ///
    /// Always, in the end: that is how the connection has failed.
    pub fn next(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Result<Step, Failure> {
        if !self.life.is_ending() {
            self.life.fail(self.error, &clock, out);
        }
        self.life.next_of_end(&clock, out)
    }

    /// Returns how the connection has failed, see [`Lifecycle::failure`].
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        self.life.failure()
    }

    /// Returns the order of things, see [`Reading::lifecycle`].
    pub const fn lifecycle(&mut self) -> &mut Lifecycle {
        self.life
    }
}
