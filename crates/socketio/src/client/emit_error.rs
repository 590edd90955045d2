use core::time::Duration;

use crate::{Namespace, session::SendError, value::ValueError};

/// The reason why an event was not sent, or not acknowledged.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The arguments have no form in Socket.IO. Nothing was sent.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// It cannot be sent now. Nothing was sent.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The server did not acknowledge the event in time. It may have received it.
    #[error("the server did not acknowledge the event within {0:?}")]
    AckTimeout(Duration),
    /// The namespace was disconnected before the server acknowledged the event. It may have received
    /// it.
    #[error("the namespace {0} was disconnected before the server acknowledged the event")]
    Disconnected(Namespace),
}
