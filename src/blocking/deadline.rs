use core::time::Duration;

#[cfg(not(test))]
pub(super) use std::time::Instant;

#[cfg(test)]
pub(super) use super::simulated::Instant;
use crate::{session::Clock, time::Timestamp};

/// A limit in time, of any length, that runs from its start on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    start: Instant,
    limit: Duration,
}

impl Deadline {
    pub(super) fn start(limit: Duration) -> Self {
        Self { start: Instant::now(), limit }
    }

    /// What is left of it; `None` once it is over.
    pub(super) fn left(&self) -> Option<Duration> {
        let left = self.limit.saturating_sub(self.start.elapsed());
        (!left.is_zero()).then_some(left)
    }
}

/// The clock of a session. It stands still where nothing limits how long a call waits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stopwatch {
    start: Option<Instant>,
}

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self { start: Some(Instant::now()) }
    }
}

impl Clock for Stopwatch {
    fn now(&self) -> Timestamp {
        self.start.map(|start| start.elapsed().into()).unwrap_or_default()
    }
}
