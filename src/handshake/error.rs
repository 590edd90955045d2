use alloc::string::String;
use core::fmt;

use thiserror::Error;

use super::{client::ErrorResponse, proxy::ProxyError, server::Rejection};
use crate::redacted::{Redacted, RedactedHost, RedactedTarget};

/// The opening handshake failed: there is no connection.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// To a server: the client's request is none that can be accepted.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// To a server: the application refused the request.
    #[error("the application refused the request with status {}", .0.status())]
    Rejected(Rejection),
    /// To a client: the server refused the request, or wants something else first.
    #[error("the server answered with status {}", .0.status())]
    UnexpectedResponse(ErrorResponse),
    /// To a client: the server's response is none to this request.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// To a client: the proxy opens no tunnel to the server.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The application asked for something that may not be sent. Nothing was sent.
    #[error(transparent)]
    InvalidArgument(#[from] InvalidArgument),
}

impl HandshakeError {
    /// Returns the HTTP status with which a server rejects the request; `None` if the error is not
    /// one of a server, such as a client's [`UnexpectedResponse`](Self::UnexpectedResponse).
    ///
    /// [`Rejection`] makes the whole response from an error.
    #[must_use]
    pub const fn rejection_status(&self) -> Option<u16> {
        match self {
            Self::Request(error) => Some(error.status()),
            Self::Rejected(rejection) => Some(rejection.status()),
            Self::UnexpectedResponse(_)
            | Self::Response(_)
            | Self::Proxy(_)
            | Self::InvalidArgument(_) => None,
        }
    }

    /// Returns the response with which a server, or a proxy, has refused a client's request; `None`
    /// if the error is another.
    #[must_use]
    pub const fn error_response(&self) -> Option<&ErrorResponse> {
        match self {
            Self::UnexpectedResponse(response)
            | Self::Proxy(ProxyError::UnexpectedResponse(response)) => Some(response),
            _ => None,
        }
    }

    /// Whether it makes sense to a client to try the same again later, with
    /// [`Backoff`](crate::Backoff) (RFC 6455 7.2.3):
    ///
    /// - after a refusal that [is temporary](ErrorResponse::is_retryable);
    /// - after a stream that ended inside the response, as when a server restarts;
    /// - after a failure of a proxy [that may pass](ProxyError::is_retryable).
    ///
    /// Not where the same would fail in the same way: whatever breaks a rule or a limit, other
    /// refusals, and errors of the application. What a server fails with is nothing to try again.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::UnexpectedResponse(refusal) => refusal.is_retryable(),
            Self::Response(error) => error.is_cut_off(),
            Self::Proxy(error) => error.is_retryable(),
            Self::Request(_) | Self::Rejected(_) | Self::InvalidArgument(_) => false,
        }
    }
}

/// An HTTP head that breaks a rule or a limit, whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeadError {
    /// The stream ended inside the head.
    #[error("the HTTP head is incomplete")]
    Incomplete,
    /// A byte that may not stand where it does (RFC 9112 2.2 and 5, RFC 9110 5.5).
    #[error("byte {byte:#04x} at {position} in the HTTP head is not allowed there")]
    InvalidByte {
        /// The byte.
        byte: u8,
        /// How many bytes precede it.
        position: usize,
    },
    /// A head above [`HeadLimits::max_head_len`](super::HeadLimits::max_head_len).
    #[error("HTTP head of more than {limit} bytes")]
    TooLong {
        /// The limit in force.
        limit: usize,
    },
    /// A head above [`HeadLimits::max_headers`](super::HeadLimits::max_headers).
    #[error("HTTP head with more than {limit} headers")]
    TooManyHeaders {
        /// The limit in force.
        limit: usize,
    },
    /// A target above [`HeadLimits::max_target_len`](super::HeadLimits::max_target_len).
    #[error("request target of more than {limit} bytes")]
    TargetTooLong {
        /// The limit in force.
        limit: usize,
    },
    /// A line that is no request line, status line or header line (RFC 9112 3, 4 and 5).
    #[error("malformed line in the HTTP head")]
    InvalidLine,
    /// A header that must be there is not.
    #[error("header {0} is missing")]
    MissingHeader(&'static str),
    /// A header that may come once came twice.
    #[error("header {0} came more than once")]
    DuplicateHeader(&'static str),
    /// The value of a header breaks the header's grammar.
    #[error("header {0} is malformed")]
    InvalidHeader(&'static str),
}

/// A request that no WebSocket connection can be made of (RFC 6455 4.2.1). The client erred.
///
/// The messages hold no text that the client chose, and can be sent back to it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The head breaks a rule or a limit.
    #[error(transparent)]
    Head(#[from] HeadError),
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
    #[error("pages of this origin may not connect")]
    Origin(String),
}

impl RequestError {
    /// The HTTP status with which the request is refused.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Origin(_) => 403,
            Self::Method(_) => 405,
            Self::Head(HeadError::TargetTooLong { .. }) => 414,
            Self::NotWebSocket | Self::WebSocketVersion => 426,
            Self::Head(HeadError::TooLong { .. } | HeadError::TooManyHeaders { .. }) => 431,
            Self::HttpVersion => 505,
            Self::Head(_) | Self::InvalidTarget | Self::Body => 400,
        }
    }
}

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

/// Something that the application supplied and that may not be sent. The caller erred.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidArgument {
    /// It is no host with or without a port.
    #[error("{:?} is no host", RedactedHost(.0))]
    Host(String),
    /// It is no path with or without a query, in ASCII and without `#` (RFC 6455 3).
    #[error("{:?} is no request target", RedactedTarget(.0))]
    Target(String),
    /// It is no origin in ASCII.
    #[error("{0:?} is no origin")]
    Origin(String),
    /// It is no token (RFC 6455 4.1).
    #[error("a subprotocol of {:?} is no token", Redacted(.0.as_str()))]
    Subprotocol(String),
    /// The subprotocol is offered twice (RFC 6455 4.1).
    #[error("a subprotocol of {:?} is offered twice", Redacted(.0.as_str()))]
    DuplicateSubprotocol(String),
    /// The client offers other subprotocols or none (RFC 6455 4.2.2).
    #[error("a subprotocol of {:?} is not offered by the client", Redacted(.0.as_str()))]
    UnofferedSubprotocol(String),
    /// It is no token (RFC 9110 5.1).
    #[error("{0:?} is no header name")]
    HeaderName(String),
    /// The value of the header of this name holds a control character (RFC 9110 5.5).
    #[error("the value of header {0} holds a control character")]
    HeaderValue(String),
    /// The header of this name is written by the handshake itself.
    #[error("header {0} is not for the application")]
    ReservedHeader(String),
    /// The user name or the password holds what cannot be sent in this way, see
    /// [`Credentials`](super::Credentials).
    #[error("the user name or the password cannot be sent in this way")]
    Credentials,
    /// It is no final status that can have a body.
    #[error("status {0} is none to refuse a request with")]
    Status(u16),
}

// What these hold may be a secret, and the message tells enough without it.
impl fmt::Debug for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseError({self})")
    }
}

impl fmt::Debug for InvalidArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvalidArgument({self})")
    }
}
