use crate::time::{Span, Timestamp};

/// A peer that takes less than this, in all of the time that it is given, might as well take
/// nothing.
const MIN_PROGRESS: usize = 64 << 10;

/// How long a stream has refused to take what is queued. There is one from the first refusal on.
#[derive(Debug)]
pub(super) struct Stall {
    /// Since when it has taken next to nothing, and how much it had taken then; never, if nobody
    /// waits for it.
    since: Timestamp,
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
            taken: 0,
            refused_at: Timestamp::NEVER,
            backlog_until: Timestamp::default(),
        }
    }
}

impl Stall {
    /// The stream has just refused to take more than `taken` bytes in all. When it has had its time.
    pub(super) fn refuse(&mut self, now: Timestamp, taken: u32, timeout: Span) -> Timestamp {
        self.refused_at = self.refused_at.min(now);
        let progress = taken.wrapping_sub(self.taken);
        let is_slow = usize::try_from(progress).is_ok_and(|progress| progress < MIN_PROGRESS);
        if self.since == Timestamp::NEVER || !is_slow {
            self.since = now;
            self.taken = taken;
        }
        self.since + timeout
    }

    /// Nobody waits for the stream: no time passes.
    pub(super) const fn pause(&mut self) {
        self.since = Timestamp::NEVER;
    }

    /// Whether it has refused some of what is queued.
    pub(super) fn is_refusing(&self) -> bool {
        self.refused_at != Timestamp::NEVER
    }

    /// It has taken all. What the system has of it leaves as slowly as the queue did.
    pub(super) fn end(&mut self, now: Timestamp) {
        self.backlog_until = now + now.since(self.refused_at);
        self.refused_at = Timestamp::NEVER;
        self.since = Timestamp::NEVER;
    }

    pub(super) const fn backlog_until(&self) -> Timestamp {
        self.backlog_until
    }
}
