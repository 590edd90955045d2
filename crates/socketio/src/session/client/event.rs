use alloc::string::String;
use core::fmt;

use crate::{
    Arguments, Namespace,
    packet::ConnectError,
    session::{AckToken, DisconnectReason},
};

/// What happened in a client's session.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the driver must handle every case")]
pub enum Event {
    /// A namespace is connected, for the first time or again.
    Connected {
        /// The namespace.
        namespace: Namespace,
        /// The id of the client in it, for this connection.
        sid: String,
        /// Whether the server recovered the session: the events that were missed came before this one,
        /// or follow.
        recovered: bool,
    },
    /// The server refused the connection to a namespace. The session does not try it again, unless the
    /// application [connects](super::ClientSession::connect) again.
    ConnectError {
        /// The namespace.
        namespace: Namespace,
        /// The reason.
        error: ConnectError,
    },
    /// The server sent an event.
    Event {
        /// The namespace, which is connected or, for what was missed, about to be.
        namespace: Namespace,
        /// Asks for an [acknowledgement](super::ClientSession::acknowledge).
        ack: Option<AckToken>,
        /// The name of the event.
        name: String,
        /// What it carries. A server that can recover sessions adds the offset, a string.
        arguments: Arguments,
    },
    /// The server acknowledged an event.
    Acknowledged {
        /// The namespace.
        namespace: Namespace,
        /// The id that [`emit_with_ack`](super::ClientSession::emit_with_ack) returned.
        id: u64,
        /// The answer.
        arguments: Arguments,
    },
    /// The server did not acknowledge an event in time. If it was not sent yet, it is not sent.
    AcknowledgementTimeout {
        /// The namespace.
        namespace: Namespace,
        /// The id that [`emit_with_ack`](super::ClientSession::emit_with_ack) returned.
        id: u64,
    },
    /// The connection to a namespace has ended. Events that were sent and wait for an acknowledgement
    /// get none.
    ///
    /// If the reason is [`Server`](DisconnectReason::Server) or [`Client`](DisconnectReason::Client),
    /// it stays so until the application [connects](super::ClientSession::connect) again. Otherwise the
    /// session reconnects.
    Disconnected {
        /// The namespace, which was connected.
        namespace: Namespace,
        /// The reason.
        reason: DisconnectReason,
    },
    /// The transport is closed, or could not be opened. If namespaces are to be connected, the session
    /// [wants](super::ClientSession::wants_transport) another one after a delay.
    Closed(DisconnectReason),
}

impl fmt::Debug for Event {
    // Ids and what events carry stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected { namespace, recovered, .. } => f
                .debug_struct("Connected")
                .field("namespace", namespace)
                .field("recovered", recovered)
                .finish_non_exhaustive(),
            Self::ConnectError { namespace, error } => f
                .debug_struct("ConnectError")
                .field("namespace", namespace)
                .field("error", error)
                .finish(),
            Self::Event { namespace, ack, name, arguments } => f
                .debug_struct("Event")
                .field("namespace", namespace)
                .field("ack", ack)
                .field("name", name)
                .field("arguments", &arguments.len())
                .finish(),
            Self::Acknowledged { namespace, id, arguments } => f
                .debug_struct("Acknowledged")
                .field("namespace", namespace)
                .field("id", id)
                .field("arguments", &arguments.len())
                .finish(),
            Self::AcknowledgementTimeout { namespace, id } => f
                .debug_struct("AcknowledgementTimeout")
                .field("namespace", namespace)
                .field("id", id)
                .finish(),
            Self::Disconnected { namespace, reason } => f
                .debug_struct("Disconnected")
                .field("namespace", namespace)
                .field("reason", reason)
                .finish(),
            Self::Closed(reason) => f.debug_tuple("Closed").field(reason).finish(),
        }
    }
}
