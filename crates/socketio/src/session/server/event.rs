use alloc::string::String;
use core::fmt;

use crate::{
    Arguments, Namespace,
    session::{AckToken, DisconnectReason},
    value::Object,
};

/// What happened in a server's session.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the driver must handle every case")]
pub enum Event {
    /// The client asks for a connection to a namespace. Answer with
    /// [`accept`](super::ServerSession::accept) or [`reject`](super::ServerSession::reject).
    Connect {
        /// The namespace, of any name.
        namespace: Namespace,
        /// What the client sent for authentication. To be recovered, a client sends a `pid` and an
        /// `offset` in it, both strings.
        auth: Object,
    },
    /// The client sent an event.
    Event {
        /// The namespace, which is connected.
        namespace: Namespace,
        /// Asks for an [acknowledgement](super::ServerSession::acknowledge).
        ack: Option<AckToken>,
        /// The name of the event.
        name: String,
        /// What it carries.
        arguments: Arguments,
    },
    /// The client acknowledged an event.
    Acknowledged {
        /// The namespace.
        namespace: Namespace,
        /// The id that [`emit_with_ack`](super::ServerSession::emit_with_ack) returned.
        id: u64,
        /// The answer.
        arguments: Arguments,
    },
    /// The client did not acknowledge an event in time.
    AcknowledgementTimeout {
        /// The namespace.
        namespace: Namespace,
        /// The id that [`emit_with_ack`](super::ServerSession::emit_with_ack) returned.
        id: u64,
    },
    /// The connection to a namespace has ended. Events that wait for an acknowledgement get none.
    Disconnected {
        /// The namespace, which was connected.
        namespace: Namespace,
        /// The reason.
        reason: DisconnectReason,
    },
    /// The session has ended. No other event follows.
    Closed(DisconnectReason),
}

impl fmt::Debug for Event {
    // Data for authentication and what events carry stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect { namespace, .. } => {
                f.debug_struct("Connect").field("namespace", namespace).finish_non_exhaustive()
            }
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
