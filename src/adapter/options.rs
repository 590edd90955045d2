use core::time::Duration;

use crate::{
    connection::{Limits, Timeouts},
    deflate,
    handshake::HeadLimits,
};

/// What an adapter can be told about a connection, beside what the handshake says.
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
    /// The limits of the connection.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The limits in time of the open connection.
    #[must_use]
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// The limits of the HTTP head.
    #[must_use]
    pub fn head_limits(self, head_limits: HeadLimits) -> Self {
        Self { head_limits, ..self }
    }

    /// How long the opening handshake may take in all, however many bytes come.
    #[must_use]
    pub fn handshake_timeout(self, handshake_timeout: Duration) -> Self {
        Self { handshake_timeout, ..self }
    }

    /// How long the peer may take none of what is written, or next to none: less than 64 KiB.
    /// It may be noticed after up to twice that time. `None`, or 49 days or more: for ever.
    #[must_use]
    pub fn write_timeout(self, write_timeout: Option<Duration>) -> Self {
        Self { write_timeout, ..self }
    }

    /// How compression is offered, or answered to an offer; `None`: not at all. What is agreed on
    /// is the peer's choice as well.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflate(self, deflate: Option<deflate::Config>) -> Self {
        Self { deflate, ..self }
    }

    /// Returns what [`limits`](Self::limits) was set to.
    #[must_use]
    pub const fn get_limits(&self) -> &Limits {
        &self.limits
    }

    /// Returns what [`timeouts`](Self::timeouts) was set to.
    #[must_use]
    pub const fn get_timeouts(&self) -> &Timeouts {
        &self.timeouts
    }

    /// Returns what [`head_limits`](Self::head_limits) was set to.
    #[must_use]
    pub const fn get_head_limits(&self) -> &HeadLimits {
        &self.head_limits
    }

    /// Returns what [`handshake_timeout`](Self::handshake_timeout) was set to.
    #[must_use]
    pub const fn get_handshake_timeout(&self) -> Duration {
        self.handshake_timeout
    }

    /// Returns what [`write_timeout`](Self::write_timeout) was set to.
    #[must_use]
    pub const fn get_write_timeout(&self) -> Option<Duration> {
        self.write_timeout
    }
}
