use core::time::Duration;

#[cfg(not(test))]
pub(super) use std::time::Instant;

/// A limit in time, of any length, that runs from its start on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Countdown {
    start: Instant,
    limit: Duration,
}

impl Countdown {
    pub(super) fn start(limit: Duration) -> Self {
        Self { start: Instant::now(), limit }
    }

    /// What is left of it; `None` once it is over.
    pub(super) fn left(&self) -> Option<Duration> {
        let left = self.limit.saturating_sub(self.start.elapsed());
        (!left.is_zero()).then_some(left)
    }
}

#[cfg(test)]
pub(super) use super::simulated::Instant;
