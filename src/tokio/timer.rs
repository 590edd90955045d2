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

impl TokioClock {
    pub(super) fn start() -> Self {
        Self { origin: Instant::now() }
    }

    /// Returns when it will be the time `at`. The end of time never comes.
    pub(super) fn instant(self, at: Timestamp) -> Option<Instant> {
        let since_origin = at.since(Timestamp::default());
        self.origin.checked_add(since_origin).filter(|_| at != Timestamp::NEVER)
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        Timestamp::from(self.origin.elapsed())
    }
}

/// A timer that wakes a task. Waiting for it needs a runtime with timers enabled.
#[derive(Debug, Default)]
pub(super) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    /// Ready from the deadline on. Before that, wakes the task then, or earlier.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
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
