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
    /// Whether the stream ended inside the response, which broke no rule so far.
    pub(super) const fn is_cut_off(&self) -> bool {
        matches!(self, Self::Head(HeadError::Incomplete))
    }
}

// What it holds may be a secret, and the message tells enough without it.
impl fmt::Debug for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseError({self})")
    }
}
