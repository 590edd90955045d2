use alloc::{format, string::String};

/// The reason why a server answers a request with an error, before or instead of a session.
///
/// The response has status 400 (403 for [`Forbidden`](Self::Forbidden)), and JSON with the code that
/// clients know.
///
/// ```
/// use sansocket_socketio::engine_io::{Query, Rejection};
///
/// let rejection = Query::parse("EIO=3&transport=polling").unwrap_err();
/// assert_eq!(rejection, Rejection::UnsupportedProtocolVersion);
/// assert_eq!(rejection.status(), 400);
/// assert_eq!(rejection.body(), r#"{"code":5,"message":"Unsupported protocol version"}"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The client asked for a transport that the server does not have.
    #[error("the client asked for a transport that is unknown or not offered")]
    UnknownTransport,
    /// The client named a session that does not exist, or no longer.
    #[error("the client named a session that does not exist")]
    UnknownSid,
    /// The client opened a session with a method other than GET.
    #[error("the client opened a session with a method other than GET")]
    BadHandshakeMethod,
    /// The client sent a request that does not fit the session: a second poll, or one after an upgrade.
    #[error("the client sent a request that does not fit the state of the session")]
    BadRequest,
    /// The server refuses the client.
    #[error("the server refused the client")]
    Forbidden,
    /// The client speaks another version of the protocol, such as 3, that of Socket.IO 2.
    #[error("the client speaks a version of Engine.IO other than 4; Socket.IO 3 and later speak 4")]
    UnsupportedProtocolVersion,
}

impl Rejection {
    /// Returns the number that clients know.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::UnknownTransport => 0,
            Self::UnknownSid => 1,
            Self::BadHandshakeMethod => 2,
            Self::BadRequest => 3,
            Self::Forbidden => 4,
            Self::UnsupportedProtocolVersion => 5,
        }
    }

    /// Returns the text that clients know.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::UnknownTransport => "Transport unknown",
            Self::UnknownSid => "Session ID unknown",
            Self::BadHandshakeMethod => "Bad handshake method",
            Self::BadRequest => "Bad request",
            Self::Forbidden => "Forbidden",
            Self::UnsupportedProtocolVersion => "Unsupported protocol version",
        }
    }

    /// Returns the HTTP status of the response.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Forbidden => 403,
            _ => 400,
        }
    }

    /// Returns the body of the response, JSON.
    #[must_use]
    pub fn body(self) -> String {
        format!(r#"{{"code":{},"message":"{}"}}"#, self.code(), self.message())
    }
}
