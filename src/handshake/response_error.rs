use alloc::string::String;
use core::fmt;

use thiserror::Error;

use super::HeadError;
use crate::redacted::Redacted;

/// A response that does not open the connection that was asked for (RFC 6455 4.1). The server
/// erred.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// The head breaks a rule or a limit.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The stream ended before the first byte of a response.
    #[error("the server closed the connection without an answer")]
    Missing,
    /// The answer is a TLS record: the port is one for `wss` URLs.
    #[error("the server speaks TLS; meant wss://?")]
    Tls,
    /// The answer is no HTTP response, such as the banner of another protocol.
    #[error("the server does not speak HTTP")]
    NotHttp,
    /// The HTTP version is none in which a connection can be upgraded.
    #[error("the response is not HTTP/1.1")]
    HttpVersion,
    /// `Upgrade` is not `websocket`, or `Connection` does not hold `Upgrade`.
    #[error("the response does not upgrade to WebSocket")]
    NotWebSocket,
    /// `Sec-WebSocket-Accept` is not what follows from the key.
    #[error("Sec-WebSocket-Accept does not fit the key")]
    WrongAccept,
    /// A subprotocol that was not offered.
    #[error("a subprotocol of {:?} was not offered", Redacted(.0.as_str()))]
    UnofferedSubprotocol(String),
    /// No subprotocol, though the request requires one.
    #[error("none of the subprotocols was agreed on")]
    MissingSubprotocol,
    /// Compression in a way that was not offered, or that RFC 7692 7.1 does not know.
    #[cfg(feature = "deflate")]
    #[error(transparent)]
    Deflate(#[from] crate::deflate::InvalidParams),
    /// An extension that was not offered.
    #[error("extension {0:?} was not offered")]
    UnofferedExtension(String),
}

impl ResponseError {
    /// Whether the stream ended before or inside the response, which broke no rule so far.
    pub(super) const fn is_cut_off(&self) -> bool {
        matches!(self, Self::Missing | Self::Head(HeadError::Incomplete))
    }

    /// Whether the other end gave no HTTP response at all, so that nothing was decided about the
    /// request.
    #[cfg(feature = "url")]
    pub(crate) const fn is_no_response(&self) -> bool {
        self.is_cut_off() || matches!(self, Self::Tls | Self::NotHttp)
    }
}

// What it holds may be a secret, and the message tells enough without it.
impl fmt::Debug for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseError({self})")
    }
}
