mod counted;

use alloc::{boxed::Box, vec::Vec};
use core::time::Duration;

use super::{Clock, Want, stall::Stall, stats::Tally};
use crate::{
    buffered::{Message, Sendable, WriteBuffer},
    close::CloseFrame,
    connection::{Limits, Liveness, ProtocolError, Reply, SendError, Sender, append_unmasked},
    time::{Span, Timestamp},
};

/// The half of a session that writes: a queue, and the calls of the transport that empty it.
///
/// The writer gets the next call from [`wants`](Self::wants), makes that call of the transport, and
/// records the result with [`written`](Self::written), [`flushed`](Self::flushed),
/// [`refused`](Self::refused) or [`failed`](Self::failed). Since every result is recorded at once,
/// nothing is lost or written twice if the writer is interrupted.
///
/// ```
/// use sansocket::Timestamp;
/// use sansocket::connection::{Limits, Connection};
/// use sansocket::session::{Session, Want};
///
/// let mut writing = Session::new(Connection::server(&Limits::default())).writing;
/// writing.send("Hello")?;
///
/// let now = Timestamp::default();
/// assert_eq!(writing.wants(now), Want::Write);
/// assert_eq!(writing.unwritten(), b"\x81\x05Hello");
/// writing.written(7);
/// assert_eq!(writing.wants(now), Want::Flush);
/// writing.flushed();
/// assert_eq!(writing.wants(now), Want::Nothing);
/// # Ok::<(), sansocket::connection::SendError>(())
/// ```
#[derive(Debug)]
pub struct Writing {
    sender: Sender,
    queue: WriteBuffer,
    /// The number of bytes that the transport has taken in total, modulo 2^32.
    taken: u32,
    /// How many of them it may not have passed on yet.
    unflushed: u32,
    /// The write timeout.
    limit: Span,
    tally: Tally,
    /// State that most connections never need.
    rare: Option<Box<Rare>>,
    /// Whether a write has failed. Half a frame may have been written, which nothing can follow.
    has_failed: bool,
    /// Whether it failed because of the write timeout.
    has_timed_out: bool,
    /// Whether the transport is being called, or panicked when it was called.
    is_called: bool,
}

/// State that exists once the transport has refused bytes, or bytes were lent.
#[derive(Debug, Default)]
struct Rare {
    stall: Stall,
    /// The number of bytes that were [lent](Writing::lend) and not taken yet.
    lent: usize,
}

impl Writing {
    /// Creates the writing half of a connection that is not open yet. Until it is, only
    /// [`out`](Self::out) can queue bytes.
    ///
    /// If the transport accepts less than 64 KiB in `write_timeout`, the connection is dropped.
    #[must_use]
    pub fn new(write_timeout: Option<Duration>) -> Self {
        let mut sender = Sender::server(&Limits::default());
        sender.lose(0);
        Self::of(sender, WriteBuffer::default(), write_timeout.into())
    }

    pub(super) const fn of(sender: Sender, queue: WriteBuffer, limit: Span) -> Self {
        Self {
            sender,
            queue,
            taken: 0,
            unflushed: 0,
            limit,
            tally: Tally::NEW,
            rare: None,
            has_failed: false,
            has_timed_out: false,
            is_called: false,
        }
    }

    /// Returns the buffer to which the heads of the opening handshake are appended.
    pub fn out(&mut self) -> &mut Vec<u8> {
        self.queue.out()
    }

    /// Opens the connection: from now on `sender` encodes what is sent.
    pub(super) fn open(&mut self, sender: Sender) {
        self.sender = sender;
    }

    /// Splits the half into the sender and the write buffer. If writing has failed, the sender is
    /// closed: nothing can follow half a frame.
    #[must_use]
    pub fn into_parts(mut self) -> (Sender, WriteBuffer) {
        self.note_failure();
        (self.sender, self.queue)
    }

    /// Moves the half out, and leaves a failed one in its place.
    #[must_use]
    pub fn take(&mut self) -> Self {
        let sender = Sender::server(&Limits::default());
        let spent = Self::of(sender, WriteBuffer::default(), self.limit);
        core::mem::replace(self, Self { has_failed: true, ..spent })
    }

    /// Queues a message, a chunk of one, or a control frame.
    ///
    /// # Errors
    ///
    /// As for [`WriteBuffer::send`], and [`SendError::Closed`] once the transport is lost.
    #[inline(always)]
    pub fn send(&mut self, item: impl Sendable) -> Result<(), SendError> {
        self.check()?;
        self.queue.send(&mut self.sender, item)
    }

    /// Queues only the header of a message, so that its payload is written without copying. Write
    /// the payload right after [`unwritten`](Self::unwritten), in the same vectored write, and pass
    /// what the transport did not accept to [`leave`](Self::leave). Returns `false` without queuing
    /// anything if the payload must be masked or compressed.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    pub fn send_header(&mut self, message: Message<'_>) -> Result<bool, SendError> {
        self.check()?;
        let header = self.sender.header_of_whole(message.kind(), message.as_bytes())?;
        if let Some(header) = &header {
            self.queue.out().extend_from_slice(header);
        }
        Ok(header.is_some())
    }

    /// Queues the rest of a payload whose header was [queued](Self::send_header) alone.
    #[inline]
    pub fn leave(&mut self, rest: &[u8]) {
        if !rest.is_empty() && !self.has_failed() {
            append_unmasked(rest, self.queue.out());
        }
    }

    /// Queues a Close frame, unless one was sent before.
    ///
    /// # Errors
    ///
    /// The code or the reason is invalid.
    pub fn close(&mut self, frame: CloseFrame<'_>) -> Result<(), SendError> {
        self.note_failure();
        match self.sender.send_close(Some(frame), self.queue.out()) {
            Ok(()) | Err(SendError::Closed) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Returns the sender, to query its state.
    #[inline]
    #[must_use]
    pub const fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Returns the sender, to change its settings.
    pub const fn sender_mut(&mut self) -> &mut Sender {
        &mut self.sender
    }

    /// Calls the transport with the bytes to write next. If it panics, a header may have been
    /// written without its payload, and later bytes would be taken for payload. So writing has
    /// failed then.
    #[inline(always)]
    pub fn call<T>(&mut self, action: impl FnOnce(&[u8]) -> T) -> T {
        let is_called = core::mem::replace(&mut self.is_called, true);
        let result = action(self.queue.unwritten());
        self.is_called = is_called;
        result
    }

    /// Returns the bytes to write next, in order, without those that were lent.
    #[inline]
    #[must_use]
    pub fn unwritten(&self) -> &[u8] {
        self.queue.unwritten()
    }

    /// Returns the number of bytes that wait to be written, like `bufferedAmount` in browsers.
    #[inline]
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.unwritten().len().saturating_add(self.lent())
    }

    /// Returns whether there is nothing to write, not even a deferred Pong.
    #[inline]
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.is_settled() && (self.has_failed() || !self.sender.has_deferred())
    }

    /// Returns the next call of the transport.
    pub fn wants(&mut self, clock: impl Clock) -> Want {
        if self.has_failed() {
            return Want::Nothing;
        }
        if self.waiting() == 0 && self.unflushed == 0 {
            if let Some(stall) = self.refusal() {
                stall.end(clock.now());
            }
            // A Pong that was deferred while the queue was long.
            self.sender.send_deferred(self.queue.out());
        }
        if self.waiting() > 0 {
            return Want::Write;
        }
        if self.unflushed > 0 {
            return Want::Flush;
        }
        Want::Nothing
    }

    /// Records that the transport has taken `count` bytes.
    #[inline(always)]
    pub fn written(&mut self, count: usize) {
        match &mut self.rare {
            Some(rare) if rare.lent > 0 => rare.lent = rare.lent.saturating_sub(count),
            _ => self.queue.written(count),
        }
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.taken = self.taken.wrapping_add(count);
        self.unflushed = self.unflushed.saturating_add(count);
    }

    /// Records that the transport has been flushed.
    #[inline]
    pub fn flushed(&mut self) {
        self.unflushed = 0;
        if self.waiting() == 0
            && let Some(rare) = &mut self.rare
        {
            rare.stall.settle(self.taken);
        }
    }

    /// Records that at the time `at` the transport accepted nothing, or not everything. Returns
    /// when it becomes [overdue](Self::is_overdue): wait until the transport is writable, or until
    /// then.
    pub fn refused(&mut self, at: Timestamp) -> Timestamp {
        let Rare { stall, .. } = &mut **self.rare.get_or_insert_default();
        stall.refuse(at, self.taken);
        stall.due(self.limit, self.taken)
    }

    /// Returns when a call that begins at the time `at` must time out: the transport is then
    /// overdue.
    #[must_use]
    pub fn deadline(&self, at: Timestamp) -> Timestamp {
        match &self.rare {
            Some(rare) if rare.stall.has_begun() => {
                let mut stall = rare.stall;
                stall.refuse(at, self.taken);
                stall.due(self.limit, self.taken)
            }
            _ => at + self.limit,
        }
    }

    /// Records that nobody waits for the transport any more. The write timeout is paused until the
    /// transport next [refuses](Self::refused) bytes.
    pub fn pause(&mut self, clock: impl Clock) {
        if let Some(stall) = self.refusal() {
            stall.pause(clock.now());
        }
    }

    /// Records that writing has failed. The queue is discarded, and [`send`](Self::send) fails from
    /// now on.
    pub fn failed(&mut self) {
        if !self.has_failed {
            let unsent = self.unsent();
            self.has_failed = true;
            if let Some(rare) = &mut self.rare {
                rare.lent = 0;
            }
            self.queue = WriteBuffer::default();
            self.sender.lose(unsent);
        }
        if !self.sender.is_closed() {
            self.sender.lose(0);
        }
    }

    /// Records that writing has [failed](Self::failed) because of a timeout: the transport is
    /// [overdue](Self::is_overdue), or the system has dropped the peer.
    pub fn timed_out(&mut self) {
        self.has_timed_out |= !self.has_failed;
        self.failed();
    }

    /// Returns whether writing has failed.
    #[inline]
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.has_failed || self.is_called
    }

    /// Returns whether the write timeout has passed. If so, call [`timed_out`](Self::timed_out).
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.due() <= now
    }

    /// Lends the queued bytes to `buffer`, for a write by another thread or by the kernel, which
    /// needs to own its buffer. `buffer` must be empty, and earlier lent bytes must be written.
    /// Record the progress with [`written`](Self::written); meanwhile more can be queued. After a
    /// failure nothing is lent.
    pub fn lend(&mut self, buffer: &mut WriteBuffer) {
        self.lend_with(buffer, &[]);
    }

    /// Lends the queued bytes like [`lend`](Self::lend), together with `payload`: that of the
    /// message whose header was [queued](Self::send_header) last, to be written right after it.
    pub fn lend_with(&mut self, buffer: &mut WriteBuffer, payload: &[u8]) {
        if !self.has_failed() && self.lent() == 0 && buffer.unwritten().is_empty() {
            core::mem::swap(&mut self.queue, buffer);
            let lent = buffer.unwritten().len().saturating_add(payload.len());
            self.rare.get_or_insert_default().lent = lent;
            self.sender.send_deferred(self.queue.out());
        }
    }

    /// Takes back the lent bytes in `buffer` that were not written, and the rest of the `payload`
    /// that was [lent with them](Self::lend_with). Both go before the bytes that were queued since.
    /// If nothing is left in `buffer`, its storage is reused.
    pub fn take_back(&mut self, buffer: &mut WriteBuffer, payload: &[u8]) {
        if self.has_failed() {
            return;
        }
        if self.lent() > 0 {
            let out = buffer.out();
            append_unmasked(payload, out);
            append_unmasked(self.queue.unwritten(), out);
            self.queue = core::mem::take(buffer);
            self.rare.get_or_insert_default().lent = 0;
        } else if let Some(storage) = buffer.detach() {
            self.attach(|| storage);
        }
    }

    /// Returns whether everything is written and flushed, or writing has failed.
    #[inline]
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.has_failed() || self.waiting() == 0 && self.unflushed == 0
    }

    /// Returns whether the queue has no storage, see [`WriteBuffer::is_detached`].
    #[inline]
    #[must_use]
    pub const fn is_detached(&self) -> bool {
        self.queue.is_detached()
    }

    /// Lends storage to the queue if it has none, see [`WriteBuffer::attach`].
    #[inline(always)]
    pub fn attach(&mut self, storage: impl FnOnce() -> Vec<u8>) {
        if self.queue.is_detached() && !self.has_failed() {
            self.queue.attach(storage());
        }
    }

    /// Returns the storage of the queue if nothing waits, see [`WriteBuffer::detach`].
    #[inline]
    pub fn detach(&mut self) -> Option<Vec<u8>> {
        self.queue.detach()
    }

    /// Frees memory that is kept for speed.
    pub fn release(&mut self) {
        self.sender.release();
        self.queue.release();
    }

    /// Queues the reply to a received frame.
    pub(super) fn reply(&mut self, reply: Reply) {
        if !self.has_failed() {
            self.sender.reply(reply, self.queue.out());
        }
    }

    /// Queues the Close frame for an error of the peer.
    pub(super) fn fail_connection(&mut self, error: &ProtocolError) {
        if !self.has_failed() {
            self.sender.fail(error, self.queue.out());
        }
    }

    /// Records that the peer's direction has ended without a Close frame: no more messages are
    /// sent.
    pub(super) fn lose_peer(&mut self) {
        if !self.has_failed() {
            // It may still read.
            self.sender.append_deferred(self.queue.out());
        }
        self.sender.lose(self.unsent());
    }

    /// Ends the direction. Bytes that are still queued are discarded, and nothing follows.
    pub(super) fn end(&mut self) {
        if self.is_settled() {
            self.sender.lose(0);
        } else {
            self.failed();
        }
    }

    /// Returns whether writing failed because of the write timeout.
    #[must_use]
    pub const fn has_timed_out(&self) -> bool {
        self.has_timed_out
    }

    /// Returns when the transport becomes overdue.
    pub(super) fn due(&self) -> Timestamp {
        match &self.rare {
            _ if self.has_timed_out => Timestamp::default(),
            Some(rare) if rare.stall.is_refusing() && !self.has_failed() => {
                rare.stall.due(self.limit, self.taken)
            }
            _ => Timestamp::NEVER,
        }
    }

    /// Returns the number of bytes that the transport has taken in total, modulo 2^32.
    pub(super) const fn taken(&self) -> u32 {
        self.taken
    }

    /// Returns an estimate of when the buffers of the system will have passed on what they
    /// accepted.
    pub(super) fn backlog_until(&self) -> Timestamp {
        self.rare.as_ref().map(|rare| rare.stall.backlog_until()).unwrap_or_default()
    }

    /// Adds the progress of writing to the signs of life.
    pub(super) fn add_writes(&self, liveness: Liveness) -> Liveness {
        liveness.with_writes(self.taken, self.waiting()).with_backlog(self.backlog_until())
    }

    /// Returns the arguments for a poll of the watchdog.
    pub(super) fn sender_and_out(&mut self) -> (&mut Sender, &mut Vec<u8>) {
        self.note_failure();
        (&mut self.sender, self.queue.out())
    }

    /// # Errors
    ///
    /// Writing has failed, and nothing more can be sent.
    #[inline]
    const fn check(&self) -> Result<(), SendError> {
        if self.has_failed() { Err(SendError::Closed) } else { Ok(()) }
    }

    #[inline]
    fn lent(&self) -> usize {
        self.rare.as_ref().map_or(0, |rare| rare.lent)
    }

    /// Returns the stall, if the transport has refused queued bytes.
    fn refusal(&mut self) -> Option<&mut Stall> {
        let stall = self.rare.as_mut().map(|rare| &mut rare.stall);
        stall.filter(|stall| stall.is_refusing())
    }

    /// Returns the number of bytes that were not written or not flushed.
    fn unsent(&self) -> usize {
        self.waiting().saturating_add(usize::try_from(self.unflushed).unwrap_or(usize::MAX))
    }

    /// Records the failure if the transport has panicked.
    fn note_failure(&mut self) {
        if self.has_failed() {
            self.failed();
        }
    }
}
