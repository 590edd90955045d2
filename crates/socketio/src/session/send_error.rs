use crate::{Namespace, packet::EncodeError};

/// The caller tried to send what cannot be sent now. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The namespace is not connected. A client buffers instead, unless it never connected to it.
    #[error("the namespace {0} is not connected")]
    NotConnected(Namespace),
    /// On a server: the client has not asked for a connection to the namespace, or was answered.
    #[error("the client does not wait for an answer to its connection to the namespace {0}")]
    NotPending(Namespace),
    /// The protocol has no form for the packet.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The peer reads too slowly: the packet would exceed the limit of the queue.
    #[error(
        "{queued} bytes are queued for the peer; with another {len} they would exceed the limit \
         `max_queued_len`, {max}"
    )]
    QueueFull {
        /// The bytes in the queue, 128 for each packet included.
        queued: usize,
        /// The bytes of the packet and its attachments, 128 for each included.
        len: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// Too many events wait for their acknowledgements.
    #[error("the limit `max_acknowledgements`, {max}, of outstanding acknowledgements is reached")]
    TooManyAcknowledgements {
        /// The limit.
        max: usize,
    },
}
