use core::time::Duration;

/// The timeouts of an open connection: keepalive, idle and close. They are rounded up to
/// milliseconds; 49 days or more mean no timeout.
///
/// | timeout | default |
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
    /// Sets the interval of the keepalive: how often a Ping is sent to detect a peer that has
    /// vanished (RFC 6455 5.5.2). `None` disables it.
    #[must_use]
    pub fn ping_interval(self, ping_interval: Option<Duration>) -> Self {
        Self { ping_interval, ..self }
    }

    /// Sets how long the peer may show no sign of life after such a Ping. Each byte that it sends
    /// restarts the timeout, since the Pong may have to wait for the end of a large frame. So does
    /// each byte that it accepts while others wait, since the Ping may have to wait for those.
    ///
    /// If the Ping waited in the queue, the timeout is longer by the time that it waited: the
    /// buffers on the way hold about as much as the queue did.
    #[must_use]
    pub fn pong(self, pong: Duration) -> Self {
        Self { pong, ..self }
    }

    /// Sets how long the connection may be idle: without data in either direction. `None` disables
    /// the timeout.
    ///
    /// Any byte of a data frame counts as data; Pings, Pongs and their payload do not. So a peer
    /// that sends one byte of a message now and then is never idle; [`Limits`](super::Limits) bound
    /// the memory that it can make us hold. Queued data counts whenever the transport accepts some
    /// of it.
    #[must_use]
    pub fn idle(self, idle: Option<Duration>) -> Self {
        Self { idle, ..self }
    }

    /// Sets how long the closing handshake may take, from our Close frame on, and then how long the
    /// end of the transport may take. If the Close frame has to wait in the queue, the timeout
    /// starts when the peer last accepted bytes, and is longer by the time that the frame waited.
    #[must_use]
    pub fn close(self, close: Duration) -> Self {
        Self { close, ..self }
    }

    /// Returns the value of [`ping_interval`](Self::ping_interval).
    #[must_use]
    pub const fn get_ping_interval(&self) -> Option<Duration> {
        self.ping_interval
    }

    /// Returns the value of [`pong`](Self::pong).
    #[must_use]
    pub const fn get_pong(&self) -> Duration {
        self.pong
    }

    /// Returns the value of [`idle`](Self::idle).
    #[must_use]
    pub const fn get_idle(&self) -> Option<Duration> {
        self.idle
    }

    /// Returns the value of [`close`](Self::close).
    #[must_use]
    pub const fn get_close(&self) -> Duration {
        self.close
    }
}
