use core::time::Duration;

#[cfg(feature = "stats")]
use super::Stats;
use super::{Clock, Failure, Lifecycle, Outlet, Step, Writing, shutdown::Verdict};
use crate::{
    buffered::{Message, OwnedMessage, Progress, ReadBuffer},
    close::CloseInfo,
    connection::{Chunk, ProtocolError, Receiver, Reply, Watchdog, close_info},
    time::Timestamp,
};

/// The half of a session that reads, and that decides the next step.
///
/// It needs brief access to the writing half, since some input requires a reply.
#[derive(Debug)]
pub struct Reading {
    buffer: ReadBuffer,
    life: Lifecycle,
}

impl Reading {
    pub(super) fn new(receiver: Receiver, buffer: ReadBuffer, watchdog: Watchdog) -> Self {
        Self { buffer, life: Lifecycle::new(receiver, watchdog) }
    }

    /// Splits the half into the receiver and the read buffer.
    #[must_use]
    pub fn into_parts(self) -> (Receiver, ReadBuffer) {
        (self.life.receiver, self.buffer)
    }

    /// Decides the next step, until a message is complete.
    ///
    /// # Errors
    ///
    /// The connection has failed, and its transport has ended. Later calls return the same error,
    /// or after a timeout, that the connection is lost.
    #[inline]
    pub fn next(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Result<Step, Failure> {
        self.next_by(&clock, out, |buffer, receiver, reply| buffer.advance(receiver, reply))
    }

    /// Decides the next step, until a message is complete and there is room for an answer. While
    /// the queue is at the high-water mark, nothing is received (backpressure). So the queue of
    /// answers to a peer that does not read stays bounded, and its input waits in the buffers of
    /// the system.
    ///
    /// Use it in a loop that answers each message. If both ends send whenever they like, call
    /// [`next`](Self::next): with two full queues, neither end would read.
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

    /// Decides the next step, until any part of a message is available, for messages that are too
    /// large for memory, or that are relayed as they arrive.
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

    /// Receives a complete message in one frame: the fast path of [`next`](Self::next) for the
    /// usual case. Returns `false` if it did nothing.
    #[inline]
    pub fn next_whole(&mut self) -> bool {
        self.buffer.advance_whole(&mut self.life.receiver)
    }

    /// Returns the message of the last step, borrowed.
    ///
    /// # Errors
    ///
    /// The text is not UTF-8 (RFC 6455 8.1), and the connection must [fail](InvalidText::fail).
    #[inline]
    pub fn message(&mut self) -> Result<Message<'_>, InvalidText<'_>> {
        let Self { buffer, life } = self;
        buffer.message().map_err(|error| InvalidText { life, error })
    }

    /// Returns a copy of the message of the last step. It costs less than a copy of what
    /// [`message`](Self::message) returns.
    ///
    /// # Errors
    ///
    /// As for [`message`](Self::message).
    #[inline]
    pub fn owned_message(&mut self) -> Result<OwnedMessage, InvalidText<'_>> {
        let Self { buffer, life } = self;
        buffer.owned_message().map_err(|error| InvalidText { life, error })
    }

    /// Returns the chunk of the last step, borrowed.
    pub fn chunk(&mut self) -> Chunk<'_> {
        self.buffer.chunk()
    }

    /// Returns whether the message after that of the last step is complete in the buffer, in one
    /// frame.
    #[inline]
    #[must_use]
    pub fn has_message(&self) -> bool {
        self.buffer.has_message()
    }

    /// Returns the buffer to read into, to lend it storage or to get that back.
    #[inline]
    pub const fn buffer(&mut self) -> &mut ReadBuffer {
        &mut self.buffer
    }

    /// Returns how many bytes at least complete something, see
    /// [`Driven::needed`](super::Driven::needed).
    #[must_use]
    pub fn needed(&self) -> usize {
        self.buffer.needed(&self.life.receiver)
    }

    /// Returns the room for the next read.
    pub fn unfilled(&mut self) -> &mut [u8] {
        self.buffer.unfilled()
    }

    /// Records that `count` bytes were read into the front of [`unfilled`](Self::unfilled), at
    /// least 1.
    #[inline]
    pub fn filled(&mut self, count: usize) {
        self.buffer.filled(count);
        self.life.restart();
    }

    /// Records that a read has blocked without input, until [`deadline`](Self::deadline) or for
    /// some time. Do not call it after a read that returned at once.
    pub const fn waited(&mut self) {
        self.life.waited();
    }

    /// Records that the input has ended: a read returned no bytes.
    pub fn end_of_stream(&mut self) {
        self.note_waiting();
        // The receiver returns the consequence when it is called next.
        let _ = self.life.receiver.receive_eof();
        self.life.restart();
    }

    /// Records that a read has failed: the transport cannot be used any more.
    pub fn failed(&mut self, out: &mut impl Outlet) {
        self.note_waiting();
        self.life.abandon(Verdict::Failed(ProtocolError::ConnectionLost), out);
    }

    /// Counts bytes that were filled just before the end, and that complete nothing.
    fn note_waiting(&mut self) {
        self.buffer.waits_for_more(&mut self.life.receiver);
    }

    /// Returns the lifecycle, to record the end of the transport.
    #[inline]
    pub const fn lifecycle(&mut self) -> &mut Lifecycle {
        &mut self.life
    }

    /// Returns why the connection failed, see [`Lifecycle::failure`].
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        self.life.failure()
    }

    /// Returns the time until which [`Step::Read`] and [`Step::Drain`] may block, for a driver
    /// whose reads block.
    pub fn deadline(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Timestamp {
        self.life.deadline(clock, out)
    }

    /// Returns whether the transport has ended, so that nothing more arrives.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.life.is_ended()
    }

    /// Returns how the connection ended, or `None` while more may arrive.
    #[must_use]
    pub fn close_info(&self, writing: &Writing) -> Option<CloseInfo> {
        close_info(&self.life.receiver, writing.sender())
    }

    /// Returns counts of messages and bytes, and the age of the connection.
    #[cfg(feature = "stats")]
    #[must_use]
    pub fn stats(&self, clock: impl Clock, writing: &Writing) -> Stats {
        Stats { received: self.life.receiver.traffic(), ..writing.stats(clock) }
    }

    /// Tells the half that writes what was received so far.
    pub(super) fn note_received(&self, out: &mut impl Outlet) {
        out.with(|writing| writing.tally().note_received(self.life.receiver.received()));
    }

    /// Returns the latency of the last Ping of the keepalive that was answered.
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
                // This is the verdict, whatever happens to the transport from now on.
                Ok(Progress::Closed) => life.end(Verdict::Closed, clock, out),
                Err(error) => life.fail(error, clock, out),
            }
        }
        life.next_of_end(clock, out)
    }
}

/// The error for a text that is not UTF-8. The connection must fail.
#[derive(Debug)]
pub struct InvalidText<'r> {
    life: &'r mut Lifecycle,
    error: ProtocolError,
}

impl InvalidText<'_> {
    /// Returns how the connection has ended, see [`Reading::close_info`].
    #[must_use]
    pub fn close_info(&self, writing: &Writing) -> Option<CloseInfo> {
        close_info(&self.life.receiver, writing.sender())
    }

    /// Fails the connection. [`Reading::next`] continues from here: it sends the Close frame and
    /// ends the transport.
    pub fn fail(self, clock: impl Clock, out: &mut impl Outlet) {
        if !self.life.is_ending() {
            self.life.fail(self.error, &clock, out);
        }
    }

    /// Fails the connection and decides the next step, for a driver that ends the transport before
    /// it returns the error. The step is never [`Step::Message`] or [`Step::Read`]. If the driver
    /// is interrupted, [`Reading::next`] continues.
    ///
    /// # Errors
    ///
    /// Always in the end: the error that failed the connection.
    pub fn next(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Result<Step, Failure> {
        if !self.life.is_ending() {
            self.life.fail(self.error, &clock, out);
        }
        self.life.next_of_end(&clock, out)
    }

    /// Records that the transport cannot be used any more.
    pub(super) fn failed(&mut self, out: &mut impl Outlet) {
        self.life.abandon(Verdict::Failed(self.error), out);
    }

    /// Returns why the connection failed, see [`Lifecycle::failure`].
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        self.life.failure()
    }

    /// Returns the lifecycle, see [`Reading::lifecycle`].
    pub const fn lifecycle(&mut self) -> &mut Lifecycle {
        self.life
    }
}
