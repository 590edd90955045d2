use alloc::sync::Arc;
use core::time::Duration;

use super::TransportError;
use crate::{Namespace, packet, session::DisconnectReason};

/// The reason why a namespace could not be connected.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The server refused the connection to the namespace: it does not exist, or a middleware said no.
    #[error("the server refused the connection to the namespace: {}", .0.message)]
    Refused(packet::ConnectError),
    /// The transport could not be opened.
    #[error(transparent)]
    Transport(Arc<TransportError>),
    /// The connection ended before the server answered.
    #[error("the connection ended before the server answered: {0}")]
    Closed(DisconnectReason),
    /// The server did not answer in time.
    #[error("the server did not connect the client to the namespace {0} within {1:?}")]
    Timeout(Namespace, Duration),
    /// The namespace has a [`Socket`](super::Socket) already. Drop it first, or use another
    /// [`Client`](super::Client).
    #[error("the client has a socket of the namespace {0} already")]
    InUse(Namespace),
}
