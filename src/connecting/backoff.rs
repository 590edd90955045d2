use core::time::Duration;

use crate::random::{Random, Seed};

/// How long to wait before each attempt to connect again, after a connection was lost or could not
/// be opened (RFC 6455 7.2.3).
///
/// The first wait is random, so that the clients of a server that restarts do not all come back at
/// once. The bound of each further one is twice that of the one before, up to a limit, and the wait
/// lies anywhere in the upper half below its bound. It never ends: when to give up is for the
/// application to say.
///
/// | option | default |
/// | --- | --- |
/// | [`first_delay`](Self::first_delay) | up to 5 s |
/// | [`max_delay`](Self::max_delay) | 60 s |
/// | [`min_uptime`](Self::min_uptime) | 30 s |
///
/// It has no clock: the caller waits, and says how long connections have lasted.
///
/// ```
/// use core::time::Duration;
/// use sansocket::{Backoff, Seed};
///
/// let mut backoff = Backoff::new(Seed::from([7; 32]));
/// let seconds = |seconds| Duration::from_secs(seconds);
/// // The attempts fail.
/// let delays: Vec<_> = backoff.by_ref().take(3).collect();
/// assert!(delays[0] <= seconds(5));
/// assert!((seconds(5)..=seconds(10)).contains(&delays[1]));
/// assert!((seconds(10)..=seconds(20)).contains(&delays[2]));
/// // One succeeds, and the connection is lost after an hour.
/// backoff.connected_for(seconds(3600));
/// assert!(backoff.next_delay() <= seconds(5));
/// ```
#[derive(Debug)]
pub struct Backoff {
    random: Random,
    first_delay: Duration,
    max_delay: Duration,
    min_uptime: Duration,
    /// What the last delay could have been at most; `None` before the first.
    bound: Option<Duration>,
}

impl Backoff {
    /// Delays with the defaults, which `seed` decides. Each client is to have a seed of its own.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self {
            random: Random::new(seed),
            first_delay: Duration::from_secs(5),
            max_delay: Duration::from_secs(60),
            min_uptime: Duration::from_secs(30),
            bound: None,
        }
    }

    /// How long the first delay may be. It is anything from zero on.
    #[must_use]
    pub fn first_delay(self, first_delay: Duration) -> Self {
        Self { first_delay, ..self }
    }

    /// How long any delay may be.
    #[must_use]
    pub fn max_delay(self, max_delay: Duration) -> Self {
        Self { max_delay, ..self }
    }

    /// How long a connection must have lasted for the delays to start anew behind it. A server
    /// that accepts and then fails again and again is thus not taken for one that is well.
    #[must_use]
    pub fn min_uptime(self, min_uptime: Duration) -> Self {
        Self { min_uptime, ..self }
    }

    /// Reports how long the connection opened after the last delay stayed up.
    pub fn connected_for(&mut self, uptime: Duration) {
        if uptime >= self.min_uptime {
            self.bound = None;
        }
    }

    /// Returns how long to wait before the next attempt.
    pub fn next_delay(&mut self) -> Duration {
        let (least, bound) = match self.bound {
            // RFC 6455 7.2.3: the first delay is random.
            None => (Duration::ZERO, self.first_delay.min(self.max_delay)),
            // And further ones are increasingly longer, behind a first one of zero as well.
            Some(bound) => {
                let bound = bound.saturating_mul(2).max(LEAST_BOUND).min(self.max_delay);
                (bound.checked_div(2).unwrap_or_default(), bound)
            }
        };
        self.bound = Some(bound);
        let above_least = self.random.duration_up_to(bound.saturating_sub(least));
        least.saturating_add(above_least)
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    /// Returns [`next_delay`](Self::next_delay): there always is one.
    fn next(&mut self) -> Option<Duration> {
        Some(self.next_delay())
    }
}

const LEAST_BOUND: Duration = Duration::from_millis(1);
