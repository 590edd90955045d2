use core::time::Duration;

use super::countdown::Countdown;
use crate::options::MIN_PROGRESS;

/// How long one call of a stream waits at most, so that whoever watches a slow peer sees soon how
/// much it takes.
pub(super) const SLICE: Duration = Duration::from_millis(100);

/// A limit for how long the peer takes next to nothing. It starts before the first write, and again
/// whenever the peer has taken [`MIN_PROGRESS`].
#[derive(Debug)]
pub(super) struct Stall {
    limit: Duration,
    /// What was left of the limit when the countdown started.
    rest: Duration,
    countdown: Countdown,
    /// The time of calls that have waited in vain: a stream that does not wait although it was told
    /// to is not called for all of the limit.
    waited: Duration,
    progress: usize,
}

impl Stall {
    pub(super) fn start(limit: Duration) -> Self {
        Self::go_on(limit, limit, 0)
    }

    fn go_on(limit: Duration, rest: Duration, progress: usize) -> Self {
        Self { limit, rest, countdown: Countdown::start(rest), waited: Duration::ZERO, progress }
    }

    /// Stops the time: while nobody writes, the peer cannot take anything.
    pub(super) fn paused(self) -> Self {
        Self { rest: self.left().unwrap_or_default(), ..self }
    }

    pub(super) fn resumed(self) -> Self {
        Self::go_on(self.limit, self.rest, self.progress)
    }

    /// How long the next call may wait.
    pub(super) fn patience(&self) -> Duration {
        self.left().unwrap_or_default().min(SLICE)
    }

    /// The timeout of a socket on which nothing waits.
    pub(super) fn initial_patience(limit: Duration) -> Duration {
        limit.min(SLICE)
    }

    /// A call has waited for so long, and nothing was taken. `false`: the peer is given up.
    pub(super) fn wait(&mut self, patience: Duration) -> bool {
        self.waited = self.waited.saturating_add(patience);
        self.left().is_some()
    }

    /// The peer has taken a part of what is there for it. `false`: the peer is given up.
    pub(super) fn take(&mut self, count: usize) -> bool {
        self.progress = self.progress.saturating_add(count);
        if self.progress >= MIN_PROGRESS {
            *self = Self::start(self.limit);
            return true;
        }
        self.left().is_some()
    }

    pub(super) fn left(&self) -> Option<Duration> {
        let left = self.countdown.left()?.min(self.rest.saturating_sub(self.waited));
        (!left.is_zero()).then_some(left)
    }
}
