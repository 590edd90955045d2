use core::time::Duration;

use crate::{
    connection::{Config, Timeouts},
    deflate,
    handshake::Limits,
};

/// What an adapter can be told about a connection, beside what the handshake says.
///
/// | option | default |
/// | --- | --- |
/// | [`config`](Self::config) | see [`Config`] |
/// | [`timeouts`](Self::timeouts) | see [`Timeouts`] |
/// | [`handshake_limits`](Self::handshake_limits) | see [`Limits`] |
/// | [`handshake_timeout`](Self::handshake_timeout) | 10 s |
/// | [`write_timeout`](Self::write_timeout) | 30 s |
/// | `deflate`, with the feature | none |
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) config: Config,
    pub(crate) timeouts: Timeouts,
    pub(crate) handshake_limits: Limits,
    pub(crate) handshake_timeout: Duration,
    pub(crate) write_timeout: Option<Duration>,
    pub(crate) deflate: Option<deflate::Config>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            config: Config::default(),
            timeouts: Timeouts::default(),
            handshake_limits: Limits::default(),
            handshake_timeout: Duration::from_secs(10),
            write_timeout: Some(Duration::from_secs(30)),
            deflate: None,
        }
    }
}

impl Options {
    /// The limits of the connection.
    #[must_use]
    pub fn config(self, config: Config) -> Self {
        Self { config, ..self }
    }

    /// The limits in time of the open connection.
    #[must_use]
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// The limits of the HTTP head.
    #[must_use]
    pub fn handshake_limits(self, handshake_limits: Limits) -> Self {
        Self { handshake_limits, ..self }
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
}
