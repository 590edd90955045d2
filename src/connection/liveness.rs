use core::fmt;

use crate::time::Timestamp;

/// Signs of life from the peer: what it sent, counted by the [`Receiver`](super::Receiver), and
/// [what it took](Self::with_writes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liveness {
    pub(super) received: ReceivedCounts,
    pub(super) taken: u32,
    pub(super) waiting: u32,
    pub(super) backlog_until: Timestamp,
}

/// What has come from the peer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReceivedCounts {
    pub(super) bytes: u32,
    pub(super) data: u32,
    pub(super) pongs: u16,
    /// The number in the last Pong that carried one.
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
    /// Adds how writing goes: how many bytes the transport has taken in all, modulo 2^32, and how
    /// many are `waiting` because it has refused them.
    ///
    /// A transport that refuses bytes and takes them later has a peer that reads. That keeps a
    /// connection alive whose Ping waits behind megabytes, and lets a Close frame wait there.
    /// Bytes that are taken at once show nothing: the system buffers them.
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
    /// poll(20, 0); // A Ping is queued, behind a large message.
    /// // Some of the message was taken meanwhile. The time for the Pong starts again, and is longer
    /// // by the time that the Ping has waited.
    /// assert_eq!(poll(40, 1 << 20), WatchdogAction::WakeAt(Timestamp::from(Duration::from_secs(80))));
    /// ```
    #[must_use]
    pub fn with_writes(self, taken: u32, waiting: usize) -> Self {
        Self { taken, waiting: u32::try_from(waiting).unwrap_or(u32::MAX), ..self }
    }

    /// Adds until when the buffers of the system may need to pass on what they have taken: as long
    /// again as the transport refused to take more, from when it took the last of it.
    ///
    /// A Ping or a Close frame that is sent before then waits behind what is in those buffers.
    #[must_use]
    pub const fn with_backlog(self, until: Timestamp) -> Self {
        Self { backlog_until: until, ..self }
    }

    /// The count of taken bytes at which all is taken that waits, and `more`.
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
    // Without the number: it is what a Pong holds, which may be the application's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedCounts")
            .field("bytes", &self.bytes)
            .field("data", &self.data)
            .field("pongs", &self.pongs)
            .finish_non_exhaustive()
    }
}
