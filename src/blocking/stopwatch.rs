use core::time::Duration;
#[cfg(not(test))]
use std::time::Instant;

#[cfg(test)]
use super::simulated::Instant;
use crate::{session::Clock, time::Timestamp};

/// The clock of a session. It does not run for streams without timeouts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stopwatch {
    start: Option<Instant>,
}

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self { start: Some(Instant::now()) }
    }

    pub(super) const fn is_running(&self) -> bool {
        self.start.is_some()
    }

    /// Returns the rest of a timeout of any length that began with the clock.
    pub(super) fn left_of(&self, limit: Duration) -> Duration {
        limit.saturating_sub(self.now().since(Timestamp::default()))
    }
}

impl Clock for Stopwatch {
    fn now(&self) -> Timestamp {
        self.start.map(|start| start.elapsed().into()).unwrap_or_default()
    }
}
