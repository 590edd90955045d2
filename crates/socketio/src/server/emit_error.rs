use super::AdapterError;
use crate::{
    packet::{EncodeError, NamespaceError},
    session::SendError,
    value::ValueError,
};

/// An event or an acknowledgement was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The arguments have no form in Socket.IO.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// The name of the namespace is invalid.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// It cannot be sent now, for example since the socket is disconnected.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The adapter did not publish it.
    #[error(transparent)]
    Adapter(#[from] AdapterError),
}

impl From<EncodeError> for EmitError {
    fn from(error: EncodeError) -> Self {
        SendError::from(error).into()
    }
}

/// An event was not acknowledged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AckError {
    /// The event was not sent.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The client did not acknowledge it in time.
    #[error("the client did not acknowledge the event in time")]
    Timeout,
    /// The socket was disconnected first.
    #[error("the socket was disconnected before the client acknowledged the event")]
    Disconnected,
}
