use core::time::Duration;

/// The limits in time of an open connection. They count in milliseconds, rounded up; 49 days or more
/// are no limit.
///
/// | limit | default |
/// | --- | --- |
/// | [`ping_interval`](Self::ping_interval) | 20 s |
/// | [`pong`](Self::pong) | 20 s |
/// | [`idle`](Self::idle) | none |
/// | [`close`](Self::close) | 10 s |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub(crate) ping_interval: Option<Duration>,
    pub(crate) pong: Duration,
    pub(crate) idle: Option<Duration>,
    pub(crate) close: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            ping_interval: Some(Duration::from_secs(20)),
            pong: Duration::from_secs(20),
            idle: None,
            close: Duration::from_secs(10),
        }
    }
}

impl Timeouts {
    /// How often a Ping is sent, so that a peer that has vanished is noticed (RFC 6455 5.5.2).
    /// `None`: never.
    #[must_use]
    pub fn ping_interval(self, ping_interval: Option<Duration>) -> Self {
        Self { ping_interval, ..self }
    }

    /// How long after such a Ping the peer may show no sign of life. Any byte from it gives it that
    /// long again, since a Pong waits behind a large frame; and so does any byte that it takes
    /// while others wait, since the Ping itself waits behind them.
    ///
    /// A Ping that waited in the queue gives it as long again as it waited, since the system's
    /// buffers on the way hold about as much.
    #[must_use]
    pub fn pong(self, pong: Duration) -> Self {
        Self { pong, ..self }
    }

    /// How long no data may go either way. `None`: for ever.
    ///
    /// Any byte of a data frame counts, in either direction; Pings, Pongs and their payload do not. So
    /// a peer that sends one byte of a message now and then is never idle, and
    /// [`Limits`](super::Limits) bound what it can make us hold. Data that waits goes while the
    /// transport takes it.
    #[must_use]
    pub fn idle(self, idle: Option<Duration>) -> Self {
        Self { idle, ..self }
    }

    /// How long the closing handshake may take, from our Close frame, and then again the end of the
    /// transport. While bytes wait before the Close frame, the time runs from when the peer last took
    /// some, and is longer by as long as they waited.
    #[must_use]
    pub fn close(self, close: Duration) -> Self {
        Self { close, ..self }
    }

    /// Returns what [`ping_interval`](Self::ping_interval) was set to.
    #[must_use]
    pub const fn get_ping_interval(&self) -> Option<Duration> {
        self.ping_interval
    }

    /// Returns what [`pong`](Self::pong) was set to.
    #[must_use]
    pub const fn get_pong(&self) -> Duration {
        self.pong
    }

    /// Returns what [`idle`](Self::idle) was set to.
    #[must_use]
    pub const fn get_idle(&self) -> Option<Duration> {
        self.idle
    }

    /// Returns what [`close`](Self::close) was set to.
    #[must_use]
    pub const fn get_close(&self) -> Duration {
        self.close
    }
}
