use std::time::Duration;

use sansocket::{Backoff, Seed};

/// How long a node may be silent. It sends something every two seconds.
const MAX_SILENCE: Duration = Duration::from_secs(5);

/// The connection of a client: when to open the next one, and when to give one up.
#[derive(Debug)]
pub(super) struct Link {
    state: State,
    backoff: Backoff,
    /// The hint of a node that stops.
    return_in: Option<Duration>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed { until: Duration },
    Opening,
    Open { since: Duration, heard: Duration },
}

/// What is due for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Connect,
    Abandon,
    At(Duration),
    Nothing,
}

impl Link {
    pub(super) fn new(seed: Seed) -> Self {
        let backoff = Backoff::new(seed)
            .first_delay(Duration::from_millis(500))
            .max_delay(Duration::from_secs(10))
            .min_uptime(Duration::from_secs(5));
        Self { state: State::Closed { until: Duration::ZERO }, backoff, return_in: None }
    }

    pub(super) const fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    pub(super) fn due(&mut self, now: Duration) -> Due {
        match self.state {
            State::Closed { until } if until <= now => {
                self.state = State::Opening;
                Due::Connect
            }
            State::Closed { until } => Due::At(until),
            State::Opening => Due::Nothing,
            State::Open { heard, .. } => match heard.saturating_add(MAX_SILENCE) {
                until if until <= now => Due::Abandon,
                until => Due::At(until),
            },
        }
    }

    pub(super) const fn opened(&mut self, now: Duration) {
        self.state = State::Open { since: now, heard: now };
    }

    pub(super) const fn heard(&mut self, now: Duration) {
        if let State::Open { heard, .. } = &mut self.state {
            *heard = now;
        }
    }

    pub(super) const fn return_in(&mut self, delay: Duration) {
        self.return_in = Some(delay);
    }

    pub(super) fn closed(&mut self, now: Duration) {
        if let State::Open { since, .. } = self.state {
            self.backoff.connected_for(now.saturating_sub(since));
        }
        // All clients of a node that stops return at times that it has spread.
        let delay = self.return_in.take().unwrap_or_else(|| self.backoff.next_delay());
        self.state = State::Closed { until: now.saturating_add(delay) };
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sansocket::Seed;

    use super::{Due, Link};

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_silent_node_is_given_up_after_five_seconds() {
        let mut link = Link::new(Seed::from([1; 32]));
        assert_eq!(link.due(seconds(10)), Due::Connect);
        assert_eq!(link.due(seconds(10)), Due::Nothing);
        link.opened(seconds(10));
        link.heard(seconds(12));
        assert_eq!(link.due(seconds(16)), Due::At(seconds(17)));
        assert_eq!(link.due(seconds(17)), Due::Abandon);
    }

    #[test]
    fn a_client_returns_when_the_node_has_said() {
        let mut link = Link::new(Seed::from([1; 32]));
        link.opened(seconds(10));
        link.return_in(seconds(3));
        link.closed(seconds(11));
        assert_eq!(link.due(seconds(12)), Due::At(seconds(14)));
        assert_eq!(link.due(seconds(14)), Due::Connect);
        // The hint is for once.
        link.closed(seconds(14));
        assert!(matches!(link.due(seconds(14)), Due::At(at) if at < seconds(15)));
    }
}
