use alloc::string::String;
use core::fmt;

use thiserror::Error;

use crate::redacted::{Redacted, RedactedHost, RedactedTarget};

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

// What it holds may be a secret, and the message tells enough without it.
impl fmt::Debug for InvalidArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvalidArgument({self})")
    }
}
