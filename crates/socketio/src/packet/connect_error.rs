use alloc::string::String;

use crate::Value;

/// The reason why a server refuses a connection to a namespace.
///
/// ```
/// use sansocket_socketio::packet::ConnectError;
///
/// let error = ConnectError::new("Not authorized");
/// assert_eq!((error.message.as_str(), error.data), ("Not authorized", None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the protocol has these fields")]
pub struct ConnectError {
    /// The text of the error.
    pub message: String,
    /// Details for the client's program.
    pub data: Option<Value>,
}

impl ConnectError {
    /// Creates an error without details.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), data: None }
    }

    /// Returns the error for a namespace that the server does not have: `Invalid namespace`.
    #[must_use]
    pub fn invalid_namespace() -> Self {
        Self::new("Invalid namespace")
    }
}
