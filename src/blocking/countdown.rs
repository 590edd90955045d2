use core::time::Duration;
#[cfg(not(test))]
use std::time::Instant;

#[cfg(test)]
use tests::Instant;

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
pub(super) mod tests {
    use core::{cell::Cell, time::Duration};

    thread_local! {
        static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    }

    /// A time of a clock that tests set forward.
    #[derive(Clone, Copy, Debug)]
    pub(super) struct Instant(Duration);

    impl Instant {
        pub(super) fn now() -> Self {
            Self(NOW.get())
        }

        pub(super) fn elapsed(self) -> Duration {
            NOW.get() - self.0
        }
    }

    pub(in crate::blocking) fn now() -> Duration {
        NOW.get()
    }

    pub(in crate::blocking) fn pass(time: Duration) {
        NOW.set(NOW.get() + time);
    }
}
