use alloc::{boxed::Box, vec::Vec};
use core::time::Duration;

use super::{Clock, Want, stall::Stall};
use crate::{
    buffered::{Message, Sendable, WriteBuffer},
    close::CloseFrame,
    connection::{Limits, Liveness, ProtocolError, Reply, SendError, Sender},
    time::{Span, Timestamp},
};

/// The half of a session that writes: what was sent and has not left yet.
///
/// Whoever writes asks what is [wanted](Self::wants), makes that one call of the transport, and
/// records its result: [`written`](Self::written), [`flushed`](Self::flushed),
/// [`refused`](Self::refused) or [`failed`](Self::failed). As every result is recorded at once,
/// nothing is lost and nothing is written twice, however often the work is interrupted.
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
    /// How many the transport has taken in all, modulo 2^32.
    taken: u32,
    /// How many of them it may not have passed on.
    unflushed: u32,
    /// How long it may take next to nothing.
    limit: Span,
    /// Most connections need none of it.
    rare: Option<Box<Rare>>,
    /// Whether a write has failed. Half a frame may be out, and nothing can follow it.
    has_failed: bool,
    /// Whether that was because the transport took next to nothing for too long.
    has_timed_out: bool,
    /// Whether the transport is being called, or has panicked when it was.
    is_called: bool,
}

/// What is there from the first time on that the transport refuses something or bytes are lent.
#[derive(Debug, Default)]
struct Rare {
    stall: Stall,
    /// How many bytes were [lent](Writing::lend) and not taken so far.
    lent: usize,
}

impl Writing {
    /// Creates one for a connection that is to be opened. Until then nothing can be sent but what
    /// [`out`](Self::out) takes.
    ///
    /// A transport that takes less than 64 KiB in the `write_timeout` while more waits is given up.
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
            rare: None,
            has_failed: false,
            has_timed_out: false,
            is_called: false,
        }
    }

    /// Returns where the heads of the opening handshake are appended.
    pub fn out(&mut self) -> &mut Vec<u8> {
        self.queue.out()
    }

    /// Has it send what `sender` makes from now on.
    pub(super) fn open(&mut self, sender: Sender) {
        self.sender = sender;
    }

    /// Takes it apart into the sender and the bytes that wait. If nothing can be written any more, the
    /// sender is closed: nothing can follow half a frame.
    #[must_use]
    pub fn into_parts(mut self) -> (Sender, WriteBuffer) {
        self.note_failure();
        (self.sender, self.queue)
    }

    /// Takes it out, and leaves one that has failed.
    #[must_use]
    pub fn take(&mut self) -> Self {
        let limits = Limits::default();
        let spent = Self {
            has_failed: true,
            ..Self::of(Sender::server(&limits), WriteBuffer::default(), self.limit)
        };
        core::mem::replace(self, spent)
    }

    /// Queues a message, or whatever else can be sent.
    ///
    /// # Errors
    ///
    /// As for [`WriteBuffer::send`], and [`SendError::Closed`] once the transport is lost.
    #[inline(always)]
    pub fn send(&mut self, item: impl Sendable) -> Result<(), SendError> {
        self.check()?;
        self.queue.send(&mut self.sender, item)
    }

    /// Queues the header of a message whose payload is written from where it is, right after
    /// [`unwritten`](Self::unwritten) and with it in one call. What the transport leaves of the
    /// payload, give to [`leave`](Self::leave). `false`: nothing was queued, since the payload has to
    /// be masked or compressed.
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

    /// Queues the rest of a payload whose header was [sent](Self::send_header) alone.
    pub fn leave(&mut self, rest: &[u8]) {
        if !self.has_failed() {
            self.queue.out().extend_from_slice(rest);
        }
    }

    /// Queues a Close frame, unless one was sent before.
    ///
    /// # Errors
    ///
    /// The code or the reason may not be sent.
    pub fn close(&mut self, frame: CloseFrame<'_>) -> Result<(), SendError> {
        self.note_failure();
        match self.sender.send_close(Some(frame), self.queue.out()) {
            Ok(()) | Err(SendError::Closed) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Returns the sender, for its state.
    #[inline]
    #[must_use]
    pub const fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Returns the sender, for its settings.
    pub const fn sender_mut(&mut self) -> &mut Sender {
        &mut self.sender
    }

    /// Calls the transport, with what is to be written next. If it panics, a header may be out without
    /// its payload, and what is written after that would be taken for payload: then nothing can be
    /// written any more.
    #[inline]
    pub fn call<T>(&mut self, action: impl FnOnce(&[u8]) -> T) -> T {
        let is_called = core::mem::replace(&mut self.is_called, true);
        let result = action(self.queue.unwritten());
        self.is_called = is_called;
        result
    }

    /// Returns the bytes to write next, in order, but for those that were lent.
    #[inline]
    #[must_use]
    pub fn unwritten(&self) -> &[u8] {
        self.queue.unwritten()
    }

    /// Returns how many bytes wait to be written.
    #[inline]
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.unwritten().len().saturating_add(self.lent())
    }

    /// Whether `more` bytes would bring the queue, without what was lent, to the high-water mark.
    #[inline]
    #[must_use]
    pub fn would_reach_high_water(&self, more: usize) -> bool {
        self.sender.reaches_high_water(self.unwritten().len().saturating_add(more))
    }

    /// Whether there is nothing to do for it, not even a Pong that was kept back.
    #[inline]
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.is_settled() && (self.has_failed() || !self.sender.has_deferred())
    }

    /// Returns which call of the transport is next.
    pub fn wants(&mut self, clock: impl Clock) -> Want {
        if self.has_failed() {
            return Want::Nothing;
        }
        if self.waiting() == 0 && self.unflushed == 0 {
            if let Some(stall) = self.refusal() {
                stall.end(clock.now());
            }
            // A Pong that was kept back while the queue was long.
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
    #[inline]
    pub fn written(&mut self, count: usize) {
        match &mut self.rare {
            Some(rare) if rare.lent > 0 => rare.lent = rare.lent.saturating_sub(count),
            _ => self.queue.written(count),
        }
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.taken = self.taken.wrapping_add(count);
        self.unflushed = self.unflushed.saturating_add(count);
    }

    /// Records that the transport has passed on all that it has taken.
    #[inline]
    pub fn flushed(&mut self) {
        self.unflushed = 0;
        if self.waiting() == 0
            && let Some(rare) = &mut self.rare
        {
            rare.stall.settle(self.taken);
        }
    }

    /// Records that since the time `at` the transport takes nothing more, or less than there is.
    /// Returns when it is [overdue](Self::is_overdue): wait until it can take something again, or
    /// until then.
    pub fn refused(&mut self, at: Timestamp) -> Timestamp {
        let Rare { stall, .. } = &mut **self.rare.get_or_insert_default();
        stall.refuse(at, self.taken);
        stall.due(self.limit, self.taken)
    }

    /// Returns until when a call that begins at the time `at` may wait, where calls do: until then
    /// it would be overdue.
    #[must_use]
    pub fn deadline(&self, at: Timestamp) -> Timestamp {
        let mut stall = self.rare.as_ref().map(|rare| rare.stall).unwrap_or_default();
        stall.refuse(at, self.taken);
        stall.due(self.limit, self.taken)
    }

    /// Records that nobody waits for the transport any more: until it is next
    /// [refused](Self::refused) something, no time passes for the peer.
    pub fn pause(&mut self, clock: impl Clock) {
        if let Some(stall) = self.refusal() {
            stall.pause(clock.now());
        }
    }

    /// Records that nothing can be written any more. What is queued is given up, and
    /// [`send`](Self::send) fails from now on.
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

    /// As [`failed`](Self::failed), because the transport takes next to nothing: it is
    /// [overdue](Self::is_overdue), or the system has given the peer up.
    pub fn timed_out(&mut self) {
        self.has_timed_out |= !self.has_failed;
        self.failed();
    }

    /// Whether nothing can be written any more.
    #[inline]
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.has_failed || self.is_called
    }

    /// Whether the transport has taken next to nothing for all of the time that it has. Then give it
    /// up: tell [`timed_out`](Self::timed_out).
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.due() <= now
    }

    /// Lends what is queued to `buffer`, which is empty: for a write that needs bytes of its own, by
    /// another thread or by the kernel. What was lent before has been written. Tell
    /// [`written`](Self::written) as it goes on; meanwhile more can be queued. Once nothing can be
    /// written any more, nothing is lent.
    pub fn lend(&mut self, buffer: &mut WriteBuffer) {
        self.lend_with(buffer, &[]);
    }

    /// Lends what is queued, as [`lend`](Self::lend) does, and counts the `payload` as lent too: that of
    /// the message whose header was [sent](Self::send_header) last, written right after it.
    pub fn lend_with(&mut self, buffer: &mut WriteBuffer, payload: &[u8]) {
        if !self.has_failed() && self.lent() == 0 && buffer.unwritten().is_empty() {
            core::mem::swap(&mut self.queue, buffer);
            let lent = buffer.unwritten().len().saturating_add(payload.len());
            self.rare.get_or_insert_default().lent = lent;
            self.sender.send_deferred(self.queue.out());
        }
    }

    /// Takes back what was lent to `buffer` and not written, with what is left of the payload that was
    /// [lent with it](Self::lend_with): both come before what was queued since. The storage of a buffer
    /// of which nothing is left is used again.
    pub fn take_back(&mut self, buffer: &mut WriteBuffer, payload: &[u8]) {
        if self.has_failed() {
            return;
        }
        if self.lent() > 0 {
            let out = buffer.out();
            out.extend_from_slice(payload);
            out.extend_from_slice(self.queue.unwritten());
            self.queue = core::mem::take(buffer);
            self.rare.get_or_insert_default().lent = 0;
        } else if let Some(storage) = buffer.detach() {
            self.attach(|| storage);
        }
    }

    /// Whether all has left, or nothing can leave any more, so that nobody need wait for it.
    #[inline]
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.has_failed() || self.waiting() == 0 && self.unflushed == 0
    }

    /// Whether it has no storage, see [`WriteBuffer::is_detached`].
    #[inline]
    #[must_use]
    pub const fn is_detached(&self) -> bool {
        self.queue.is_detached()
    }

    /// Lends it storage if it has none, see [`WriteBuffer::attach`].
    #[inline]
    pub fn attach(&mut self, storage: impl FnOnce() -> Vec<u8>) {
        if self.queue.is_detached() && !self.has_failed() {
            self.queue.attach(storage());
        }
    }

    /// Gives its storage back if nothing waits, see [`WriteBuffer::detach`].
    #[inline]
    pub fn detach(&mut self) -> Option<Vec<u8>> {
        self.queue.detach()
    }

    /// Gives back memory that is kept for speed.
    pub fn release(&mut self) {
        self.sender.release();
        self.queue.release();
    }

    /// Queues what a received frame obliges us to send.
    pub(super) fn reply(&mut self, reply: Reply) {
        if !self.has_failed() {
            self.sender.reply(reply, self.queue.out());
        }
    }

    /// Queues the Close frame that an error of the peer deserves.
    pub(super) fn fail_connection(&mut self, error: &ProtocolError) {
        if !self.has_failed() {
            self.sender.fail(error, self.queue.out());
        }
    }

    /// Records that the peer has ended its direction without a Close frame: nothing more is sent to
    /// it.
    pub(super) fn lose_peer(&mut self) {
        if !self.has_failed() {
            // It may read on.
            self.sender.append_deferred(self.queue.out());
        }
        self.sender.lose(self.unsent());
    }

    /// Ends the direction. What is still queued has had its time, and nothing follows.
    pub(super) fn end(&mut self) {
        if self.is_settled() {
            self.sender.lose(0);
        } else {
            self.failed();
        }
    }

    /// Whether the peer was given up because it took next to nothing.
    #[must_use]
    pub const fn has_timed_out(&self) -> bool {
        self.has_timed_out
    }

    /// When the transport is overdue.
    pub(super) fn due(&self) -> Timestamp {
        match &self.rare {
            _ if self.has_timed_out => Timestamp::default(),
            Some(rare) if rare.stall.is_refusing() && !self.has_failed() => {
                rare.stall.due(self.limit, self.taken)
            }
            _ => Timestamp::NEVER,
        }
    }

    /// How many bytes the transport has taken in all, modulo 2^32.
    pub(super) const fn taken(&self) -> u32 {
        self.taken
    }

    /// Until when the buffers of the system may need to pass on what they have taken.
    pub(super) fn backlog_until(&self) -> Timestamp {
        self.rare.as_ref().map(|rare| rare.stall.backlog_until()).unwrap_or_default()
    }

    /// Adds how writing goes to the signs of life.
    pub(super) fn add_writes(&self, liveness: Liveness) -> Liveness {
        liveness.with_writes(self.taken, self.waiting()).with_backlog(self.backlog_until())
    }

    /// What a watchdog polls.
    pub(super) fn sender_and_out(&mut self) -> (&mut Sender, &mut Vec<u8>) {
        self.note_failure();
        (&mut self.sender, self.queue.out())
    }

    /// # Errors
    ///
    /// The transport is lost, and nothing can be sent any more.
    #[inline]
    const fn check(&self) -> Result<(), SendError> {
        if self.has_failed() { Err(SendError::Closed) } else { Ok(()) }
    }

    #[inline]
    fn lent(&self) -> usize {
        self.rare.as_ref().map_or(0, |rare| rare.lent)
    }

    /// How the transport refuses some of what is queued, if it does.
    fn refusal(&mut self) -> Option<&mut Stall> {
        let stall = self.rare.as_mut().map(|rare| &mut rare.stall);
        stall.filter(|stall| stall.is_refusing())
    }

    /// How many bytes never left, as far as that is known.
    fn unsent(&self) -> usize {
        self.waiting().saturating_add(usize::try_from(self.unflushed).unwrap_or(usize::MAX))
    }

    /// Tells the sender that nothing leaves any more, if the transport has panicked.
    fn note_failure(&mut self) {
        if self.has_failed() {
            self.failed();
        }
    }
}
