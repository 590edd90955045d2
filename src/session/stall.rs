use core::time::Duration;

use crate::time::{Span, Timestamp};

/// The least number of bytes that the peer must accept within the write timeout.
const MIN_PROGRESS: u32 = 64 << 10;

/// The stall of a transport: how long it has refused queued bytes. It exists from the first refusal
/// on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stall {
    /// When the current stall began or was resumed; `NEVER` while nobody waits for the transport.
    since: Timestamp,
    /// How long it had lasted before it was resumed.
    spent: Duration,
    /// The number of bytes that were taken when it began.
    taken: u32,
    /// When the transport first refused queued bytes; `NEVER` if it has taken all.
    refused_at: Timestamp,
    /// An estimate of when the buffers of the system will have passed on what they accepted.
    backlog_until: Timestamp,
}

impl Default for Stall {
    fn default() -> Self {
        Self {
            since: Timestamp::NEVER,
            spent: Duration::ZERO,
            taken: 0,
            refused_at: Timestamp::NEVER,
            backlog_until: Timestamp::default(),
        }
    }
}

impl Stall {
    /// Records that at the time `at` the transport refused to take more than `taken` bytes in
    /// total.
    pub(super) fn refuse(&mut self, at: Timestamp, taken: u32) {
        let is_new = !self.has_begun();
        if is_new {
            self.refused_at = at;
        }
        if is_new || self.has_progressed(taken) {
            self.since = at;
            self.spent = Duration::ZERO;
            self.taken = taken;
        }
        self.since = self.since.min(at);
    }

    /// Returns whether a timeout is running, or paused.
    pub(super) fn has_begun(&self) -> bool {
        self.since != Timestamp::NEVER || !self.spent.is_zero()
    }

    /// Pauses the timeout: while nobody writes, the peer cannot accept anything.
    pub(super) fn pause(&mut self, now: Timestamp) {
        self.spent = self.spent.saturating_add(now.since(self.since));
        self.since = Timestamp::NEVER;
    }

    /// Records that nothing waits after `taken` bytes in total. A writer may be stopped before it
    /// asks for the next call, which would [end](Self::end) the stall.
    pub(super) const fn settle(&mut self, taken: u32) {
        self.since = Timestamp::NEVER;
        self.spent = Duration::ZERO;
        self.taken = taken;
    }

    /// Returns when the timeout passes, if the transport takes nothing more than `taken` bytes by
    /// then.
    pub(super) fn due(&self, limit: Span, taken: u32) -> Timestamp {
        if self.since == Timestamp::NEVER || self.has_progressed(taken) {
            return Timestamp::NEVER;
        }
        limit.less(self.spent).map_or(Timestamp::NEVER, |left| self.since + left)
    }

    /// Returns whether the transport has taken enough to restart the timeout.
    const fn has_progressed(&self, taken: u32) -> bool {
        taken.wrapping_sub(self.taken) >= MIN_PROGRESS
    }

    /// Returns whether the transport has refused queued bytes.
    pub(super) fn is_refusing(&self) -> bool {
        self.refused_at != Timestamp::NEVER
    }

    /// Records that the transport has taken everything. The buffers of the system are assumed to
    /// empty as slowly as the queue did.
    pub(super) fn end(&mut self, now: Timestamp) {
        self.backlog_until = self.backlog_until.max(now + now.since(self.refused_at));
        self.refused_at = Timestamp::NEVER;
        self.since = Timestamp::NEVER;
        self.spent = Duration::ZERO;
    }

    pub(super) const fn backlog_until(&self) -> Timestamp {
        self.backlog_until
    }
}
