use alloc::string::String;
use core::fmt;

use thiserror::Error;

use super::HeadError;
use crate::redacted::Redacted;

/// A response that does not open the requested connection (RFC 6455 4.1). The server erred.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// The head breaks a rule or a limit.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The stream ended before the first byte of a response.
    #[error("the server closed the connection without an answer")]
    Missing,
    /// The answer is a TLS record. The port is for `wss` URLs.
    #[error("the server speaks TLS; did you mean wss://?")]
    Tls,
    /// The answer is not an HTTP response, but the banner of another protocol, say.
    #[error("the server does not speak HTTP")]
    NotHttp,
    /// The HTTP version does not support upgrades.
    #[error("the response is not HTTP/1.1")]
    HttpVersion,
    /// `Upgrade` is not `websocket`, or `Connection` does not contain `Upgrade`.
    #[error("the response does not upgrade to WebSocket")]
    NotWebSocket,
    /// `Sec-WebSocket-Accept` does not match the key of the request.
    #[error("Sec-WebSocket-Accept does not match the key")]
    WrongAccept,
    /// The server selected a subprotocol that was not offered.
    #[error("a subprotocol of {:?} was not offered", Redacted(.0.as_str()))]
    UnofferedSubprotocol(String),
    /// The server selected no subprotocol, but the request requires one.
    #[error("the server selected none of the subprotocols")]
    MissingSubprotocol,
    /// The server selected parameters of compression that were not offered, or that are not defined in
    /// RFC 7692 7.1.
    #[cfg(feature = "deflate")]
    #[error(transparent)]
    Deflate(#[from] crate::deflate::InvalidParams),
    /// The server selected an extension that was not offered.
    #[error("extension {0:?} was not offered")]
    UnofferedExtension(String),
}

impl ResponseError {
    /// Returns whether the stream ended before or inside a response that was valid so far.
    pub(super) const fn is_cut_off(&self) -> bool {
        matches!(self, Self::Missing | Self::Head(HeadError::Incomplete))
    }

    /// Returns whether there is no complete HTTP response, and so no decision about the request.
    #[cfg(feature = "url")]
    pub(crate) const fn is_no_response(&self) -> bool {
        self.is_cut_off() || matches!(self, Self::Tls | Self::NotHttp)
    }
}

// The text that a variant contains may be a secret, and the message is sufficient without it.
impl fmt::Debug for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseError({self})")
    }
}
