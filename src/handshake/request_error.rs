use alloc::string::String;

use thiserror::Error;

use super::{HeadError, excerpt::Excerpt};

/// A request that no WebSocket connection can be made of (RFC 6455 4.2.1). The client erred.
///
/// The messages hold no text that the client chose, except that of [`Origin`](Self::Origin). The
/// client is sent a shorter one for that.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The head breaks a rule or a limit.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The stream ended before the request was complete.
    #[error("the client left before its request")]
    Missing,
    /// The stream begins with a TLS record: the client uses a `wss` URL, or means another port.
    #[error("the client speaks TLS, where HTTP is expected")]
    Tls,
    /// The stream begins with no HTTP request, such as the banner of another protocol.
    #[error("the client does not speak HTTP")]
    NotHttp,
    /// The HTTP version is not 1.1 or a later 1.x.
    #[error("HTTP/1.1 is required")]
    HttpVersion,
    /// The method is this one, not GET.
    #[error("the method of an upgrade request is GET")]
    Method(String),
    /// The target is no path and no absolute `http` or `https` URI, or it has a fragment.
    #[error("malformed request target")]
    InvalidTarget,
    /// `Upgrade` does not hold `websocket`, or `Connection` does not hold `Upgrade`.
    #[error("this is not a WebSocket upgrade request")]
    NotWebSocket,
    /// The version of the protocol is not 13, or none is given.
    #[error("WebSocket version 13 is required")]
    WebSocketVersion,
    /// The request announces a body.
    #[error("an upgrade request has no body")]
    Body,
    /// The [`OriginPolicy`](super::OriginPolicy) does not let pages of this origin connect.
    #[error(
        "pages of origin \"{}\" may not connect to host \"{}\"; OriginPolicy decides which may",
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
    /// The HTTP status with which the request is refused.
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
