use core::time::Duration;

use crate::{
    connection::{Limits, Timeouts},
    deflate,
    handshake::HeadLimits,
};

/// The options of a connection, apart from the contents of the handshake.
///
/// | option | default |
/// | --- | --- |
/// | [`limits`](Self::limits) | see [`Limits`] |
/// | [`timeouts`](Self::timeouts) | see [`Timeouts`] |
/// | [`head_limits`](Self::head_limits) | see [`HeadLimits`] |
/// | [`handshake_timeout`](Self::handshake_timeout) | 10 s |
/// | [`write_timeout`](Self::write_timeout) | 30 s |
/// | `deflate`, with the feature | none |
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    pub(crate) head_limits: HeadLimits,
    pub(crate) handshake_timeout: Duration,
    pub(crate) write_timeout: Option<Duration>,
    pub(crate) deflate: Option<deflate::Config>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            head_limits: HeadLimits::default(),
            handshake_timeout: Duration::from_secs(10),
            write_timeout: Some(Duration::from_secs(30)),
            deflate: None,
        }
    }
}

impl Options {
    /// Sets the limits of the connection.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Sets the timeouts of the open connection: keepalive, idle and close.
    #[must_use]
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// Sets the limits of the HTTP head.
    #[must_use]
    pub fn head_limits(self, head_limits: HeadLimits) -> Self {
        Self { head_limits, ..self }
    }

    /// Sets how long the opening handshake may take in total, even while bytes arrive.
    #[must_use]
    pub fn handshake_timeout(self, handshake_timeout: Duration) -> Self {
        Self { handshake_timeout, ..self }
    }

    /// Sets how long writing may stall. If the peer accepts less than 64 KiB in this time, the
    /// connection is dropped, after at most twice the time. `None`, or 49 days or more, means no
    /// timeout.
    #[must_use]
    pub fn write_timeout(self, write_timeout: Option<Duration>) -> Self {
        Self { write_timeout, ..self }
    }

    /// Sets the compression that a client offers or a server accepts. `None` disables it. The
    /// result of the negotiation depends on the peer as well.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflate(self, deflate: Option<deflate::Config>) -> Self {
        Self { deflate, ..self }
    }

    /// Returns the value of [`limits`](Self::limits).
    #[must_use]
    pub const fn get_limits(&self) -> &Limits {
        &self.limits
    }

    /// Returns the value of [`timeouts`](Self::timeouts).
    #[must_use]
    pub const fn get_timeouts(&self) -> &Timeouts {
        &self.timeouts
    }

    /// Returns the value of [`head_limits`](Self::head_limits).
    #[must_use]
    pub const fn get_head_limits(&self) -> &HeadLimits {
        &self.head_limits
    }

    /// Returns the value of [`handshake_timeout`](Self::handshake_timeout).
    #[must_use]
    pub const fn get_handshake_timeout(&self) -> Duration {
        self.handshake_timeout
    }

    /// Returns the value of [`write_timeout`](Self::write_timeout).
    #[must_use]
    pub const fn get_write_timeout(&self) -> Option<Duration> {
        self.write_timeout
    }
}
