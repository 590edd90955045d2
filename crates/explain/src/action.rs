use core::fmt;

use sansocket::CloseCode;

/// What a receiver must do about a [`Violation`](crate::Violation).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Send a Close frame with this code, and close the connection (RFC 6455 7.1.7).
    Close(CloseCode),
    /// Answer the request with this HTTP status.
    Reject(u16),
    /// Close the connection without a Close frame: the handshake has failed.
    Fail,
    /// Discard the bytes.
    Discard,
}

/// ```
/// use sansocket::CloseCode;
/// use sansocket_explain::Action;
///
/// let action = Action::Close(CloseCode::PROTOCOL_ERROR);
/// assert_eq!(action.to_string(), "the receiver must close with 1002");
/// ```
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Close(code) => write!(f, "the receiver must close with {code}"),
            Self::Reject(status) => write!(f, "the server must answer with status {status}"),
            Self::Fail => f.write_str("the client must close the connection"),
            Self::Discard => f.write_str("the receiver must discard it"),
        }
    }
}
