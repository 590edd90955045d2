use alloc::string::String;
use core::fmt;

use thiserror::Error;

use crate::redacted::{Redacted, RedactedHost, RedactedTarget};

/// An invalid argument: a value from the application that cannot be sent.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidArgument {
    /// The host is invalid: it must be a name or an address, with or without a port.
    #[error("{:?} is not a valid host", RedactedHost(.0))]
    Host(String),
    /// The target is invalid: it must be a path with or without a query, in ASCII and without `#`
    /// (RFC 6455 3).
    #[error("{:?} is not a valid request target", RedactedTarget(.0))]
    Target(String),
    /// The origin is not ASCII, or is empty.
    #[error("{0:?} is not a valid origin")]
    Origin(String),
    /// The subprotocol is not a token (RFC 6455 4.1).
    #[error("a subprotocol of {:?} is not a token", Redacted(.0.as_str()))]
    Subprotocol(String),
    /// The subprotocol is offered twice (RFC 6455 4.1).
    #[error("a subprotocol of {:?} is offered twice", Redacted(.0.as_str()))]
    DuplicateSubprotocol(String),
    /// The client does not offer the subprotocol (RFC 6455 4.2.2).
    #[error("a subprotocol of {:?} is not offered by the client", Redacted(.0.as_str()))]
    UnofferedSubprotocol(String),
    /// The name of the header is not a token (RFC 9110 5.1).
    #[error("{0:?} is not a valid header name")]
    HeaderName(String),
    /// The value of this header contains a control character (RFC 9110 5.5).
    #[error("the value of header {0} contains a control character")]
    HeaderValue(String),
    /// The header is reserved for the handshake itself.
    #[error("header {0} is reserved for the handshake")]
    ReservedHeader(String),
    /// The user name or the password cannot be sent with this protocol, see
    /// [`Credentials`](super::Credentials).
    #[error("the user name or the password cannot be sent with this protocol")]
    Credentials,
    /// The status is not a final one that can have a body.
    #[error("status {0} cannot reject a request")]
    Status(u16),
}

// The value may be a secret. The message is sufficient without it.
impl fmt::Debug for InvalidArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvalidArgument({self})")
    }
}
