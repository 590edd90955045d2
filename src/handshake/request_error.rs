use alloc::string::String;

use thiserror::Error;

use super::{HeadError, excerpt::Excerpt};

/// A request that cannot open a WebSocket connection (RFC 6455 4.2.1). The client erred.
///
/// The messages contain no text that the client chose and can be sent back to it, except the one of
/// [`Origin`](Self::Origin). The client is sent a shorter message in its place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The head breaks a rule or a limit.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The stream ended before the request was complete.
    #[error("the client left before its request")]
    Missing,
    /// The stream begins with a TLS record. The client used a `wss` URL, or the wrong port.
    #[error("the client speaks TLS, where HTTP is expected")]
    Tls,
    /// The stream does not begin with an HTTP request, but with the banner of another protocol, say.
    #[error("the client does not speak HTTP")]
    NotHttp,
    /// The HTTP version is not 1.1 or a later 1.x.
    #[error("HTTP/1.1 is required")]
    HttpVersion,
    /// The method is not GET.
    #[error("the method of an upgrade request is GET")]
    Method(String),
    /// The target is neither a path nor an absolute `http` or `https` URI, or it has a fragment.
    #[error("malformed request target")]
    InvalidTarget,
    /// `Upgrade` does not contain `websocket`, or `Connection` does not contain `Upgrade`.
    #[error("this is not a WebSocket upgrade request")]
    NotWebSocket,
    /// The version of the protocol is missing or not 13.
    #[error("WebSocket version 13 is required")]
    WebSocketVersion,
    /// The request announces a body.
    #[error("an upgrade request has no body")]
    Body,
    /// The [`OriginPolicy`](super::OriginPolicy) does not let pages of this origin connect.
    #[error(
        "origin \"{}\" may not connect to host \"{}\"; allow it with OriginPolicy",
        Excerpt(origin),
        Excerpt(host)
    )]
    Origin {
        /// The origin of the page, as the request names it.
        origin: String,
        /// The host that the request is for.
        host: String,
    },
}

impl RequestError {
    /// Returns the HTTP status with which the request is rejected.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Origin { .. } => 403,
            Self::Method(_) => 405,
            Self::Head(HeadError::TargetTooLong { .. }) => 414,
            Self::NotWebSocket | Self::WebSocketVersion => 426,
            Self::Head(HeadError::TooLong { .. } | HeadError::TooManyHeaders { .. }) => 431,
            Self::HttpVersion => 505,
            Self::Missing
            | Self::Head(_)
            | Self::Tls
            | Self::NotHttp
            | Self::InvalidTarget
            | Self::Body => 400,
        }
    }
}
