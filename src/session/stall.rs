use core::time::Duration;

use crate::time::{Span, Timestamp};

/// A peer that takes less than this, in all of the time that it is given, might as well take
/// nothing.
const MIN_PROGRESS: u32 = 64 << 10;

/// How long the transport has refused to take what is queued. There is one from the first refusal
/// on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stall {
    /// Since when it has taken next to nothing; never, while nobody waits for it.
    since: Timestamp,
    /// How long it had taken next to nothing before that.
    spent: Duration,
    /// How much it had taken when that began.
    taken: u32,
    /// When it first refused some of what is queued; never, if it has taken all.
    refused_at: Timestamp,
    /// Until when the buffers of the system may need to pass on what they have taken.
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
    /// Records that the transport refuses to take more than `taken` bytes in all, since the time
    /// `at`.
    pub(super) fn refuse(&mut self, at: Timestamp, taken: u32) {
        let is_new = self.since == Timestamp::NEVER && self.spent.is_zero();
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

    /// Stops the time: while nobody writes, the peer cannot take anything.
    pub(super) fn pause(&mut self, now: Timestamp) {
        self.spent = self.spent.saturating_add(now.since(self.since));
        self.since = Timestamp::NEVER;
    }

    /// Records that nothing waits, once the transport has taken `taken` bytes in all: whoever writes
    /// may be stopped before it asks what is next and the stall [ends](Self::end).
    pub(super) const fn settle(&mut self, taken: u32) {
        self.since = Timestamp::NEVER;
        self.spent = Duration::ZERO;
        self.taken = taken;
    }

    /// When the transport has had its time, if `taken` is all that it has taken until then.
    pub(super) fn due(&self, limit: Span, taken: u32) -> Timestamp {
        if self.since == Timestamp::NEVER || self.has_progressed(taken) {
            return Timestamp::NEVER;
        }
        limit.less(self.spent).map_or(Timestamp::NEVER, |left| self.since + left)
    }

    /// Whether it has taken so much that it has all of the time again.
    const fn has_progressed(&self, taken: u32) -> bool {
        taken.wrapping_sub(self.taken) >= MIN_PROGRESS
    }

    /// Whether some of what is queued was refused.
    pub(super) fn is_refusing(&self) -> bool {
        self.refused_at != Timestamp::NEVER
    }

    /// Records that the transport has taken all. What the system has of it leaves as slowly as the
    /// queue did.
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
