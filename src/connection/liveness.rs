use core::fmt;

use crate::time::Timestamp;

/// The signs of life of a peer: what it sent, counted by the [`Receiver`](super::Receiver), and
/// [what it accepted](Self::with_writes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liveness {
    pub(super) received: ReceivedCounts,
    pub(super) taken: u32,
    pub(super) waiting: u32,
    pub(super) backlog_until: Timestamp,
}

/// Counters of what the peer sent. They wrap around.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReceivedCounts {
    pub(super) bytes: u32,
    pub(super) data: u32,
    pub(super) pongs: u16,
    /// The number in the last Pong that had one.
    pub(super) pong: u32,
}

impl From<ReceivedCounts> for Liveness {
    fn from(received: ReceivedCounts) -> Self {
        Self { received, taken: 0, waiting: 0, backlog_until: Timestamp::default() }
    }
}

impl Default for ReceivedCounts {
    fn default() -> Self {
        // No Ping has this number.
        Self { bytes: 0, data: 0, pongs: 0, pong: u32::MAX }
    }
}

impl Liveness {
    /// Adds the progress of writing: how many bytes the transport has `taken` in total, modulo
    /// 2^32, and how many are `waiting` because it refused them.
    ///
    /// If a transport refuses bytes and accepts them later, the peer is reading. That keeps a
    /// connection alive while its Ping waits in the queue after megabytes of data, and gives a
    /// Close frame the time to get through. Bytes that are accepted at once prove nothing: the
    /// system buffers them.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sansocket::connection::{Connection, WatchdogAction, Watchdog};
    /// use sansocket::{Limits, Timeouts, Timestamp};
    ///
    /// let Connection { receiver, mut sender } = Connection::server(&Limits::default());
    /// let mut watchdog = Watchdog::new(Timeouts::default());
    /// let mut poll = |seconds, taken| {
    ///     let now = Timestamp::from(Duration::from_secs(seconds));
    ///     let liveness = receiver.liveness().with_writes(taken, 2 << 20);
    ///     watchdog.poll(now, liveness, &mut sender, &mut Vec::new())
    /// };
    /// poll(0, 0);
    /// poll(20, 0); // A Ping is queued after a large message.
    /// // The transport has accepted some of the message since. The timeout for the Pong starts
    /// // again, and is longer by the 20 s that the Ping has waited.
    /// let pong_due = Timestamp::from(Duration::from_secs(80));
    /// assert_eq!(poll(40, 1 << 20), WatchdogAction::WakeAt(pong_due));
    /// ```
    #[must_use]
    pub fn with_writes(self, taken: u32, waiting: usize) -> Self {
        Self { taken, waiting: u32::try_from(waiting).unwrap_or(u32::MAX), ..self }
    }

    /// Adds an estimate of when the buffers of the system will have passed on what they accepted:
    /// after the transport accepts the last bytes, as long again as it had refused them.
    ///
    /// A Ping or a Close frame that is sent before then waits for the data in those buffers.
    #[must_use]
    pub const fn with_backlog(self, until: Timestamp) -> Self {
        Self { backlog_until: until, ..self }
    }

    /// Returns the value of `taken` at which everything that waits is taken, and `more` bytes.
    pub(super) fn end(self, more: usize) -> u32 {
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        self.taken.wrapping_add(self.waiting).wrapping_add(more)
    }
}

impl ReceivedCounts {
    #[inline]
    pub(crate) fn count_bytes(&mut self, count: usize) {
        self.bytes = self.bytes.wrapping_add(u32::try_from(count).unwrap_or(u32::MAX));
    }

    #[inline]
    pub(crate) const fn count_data(&mut self) {
        self.data = self.data.wrapping_add(1);
    }

    pub(crate) fn note_pong(&mut self, number: Option<u64>) {
        self.pongs = self.pongs.wrapping_add(1);
        self.pong = number.and_then(|number| number.try_into().ok()).unwrap_or(self.pong);
    }
}

impl fmt::Debug for ReceivedCounts {
    // Without the number: it comes from the data of a Pong, which may be the application's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedCounts")
            .field("bytes", &self.bytes)
            .field("data", &self.data)
            .field("pongs", &self.pongs)
            .finish_non_exhaustive()
    }
}
