use alloc::string::String;

use crate::{
    Arguments, Namespace,
    session::{AckToken, DisconnectReason},
    value::Object,
};

/// What happened in a server's session.
#[derive(Clone, Debug, PartialEq, Eq)]
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
