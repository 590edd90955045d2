use alloc::boxed::Box;
use core::{
    future::Future as _,
    pin::Pin,
    task::{Context, Poll, ready},
};

use ::tokio::time::{Instant, Sleep, sleep_until};

use crate::{session::Clock, time::Timestamp};

/// The time since a connection was opened here.
#[derive(Clone, Copy, Debug)]
pub(super) struct TokioClock {
    origin: Instant,
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        Timestamp::from(self.origin.elapsed())
    }
}

/// A clock, and a timer that wakes a task. Waiting for it needs a runtime with timers enabled.
#[derive(Debug)]
pub(super) struct Timer {
    clock: TokioClock,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    pub(super) fn new() -> Self {
        Self { clock: TokioClock { origin: Instant::now() }, sleep: None }
    }

    /// Returns another timer with the same clock, for another task.
    pub(super) const fn sibling(&self) -> Self {
        Self { clock: self.clock, sleep: None }
    }

    pub(super) const fn clock(&self) -> TokioClock {
        self.clock
    }

    /// Ready from the time `at` on. Before that, wakes the task then, or earlier.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, at: Timestamp) -> Poll<()> {
        let since_origin = at.since(Timestamp::default());
        // The end of time never comes, so it needs no timer.
        let deadline =
            self.clock.origin.checked_add(since_origin).filter(|_| at != Timestamp::NEVER);
        let Some(deadline) = deadline else {
            return Poll::Pending;
        };
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        // Under traffic, the deadline moves with every wait. An earlier one serves until it has
        // passed.
        if deadline < sleep.deadline() {
            sleep.as_mut().reset(deadline);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
    }
}
