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

    /// Returns how long the clock has been running.
    pub(super) fn elapsed(&self) -> Duration {
        self.start.map(|start| start.elapsed()).unwrap_or_default()
    }
}

impl Clock for Stopwatch {
    fn now(&self) -> Timestamp {
        self.elapsed().into()
    }
}
