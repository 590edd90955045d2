use alloc::string::String;
use core::fmt;

use super::{ConnectError, Namespace};
use crate::{Arguments, value::Object};

/// A Socket.IO packet, complete with its attachments.
///
/// ```
/// use sansocket_socketio::engine_io::EncodedPacket;
/// use sansocket_socketio::packet::Packet;
/// use sansocket_socketio::{Arguments, Namespace};
///
/// let packet = Packet::event("/admin".parse()?, "hello", Arguments::new("world")?);
/// assert_eq!(packet.encode()?, [EncodedPacket::Text(r#"42/admin,["hello","world"]"#.into())]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "version 5 has these fields")]
pub struct Packet {
    /// The namespace that the packet belongs to.
    pub namespace: Namespace,
    /// What it says.
    pub body: Body,
}

/// The type of a packet, and what it carries.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "version 5 has these packets")]
pub enum Body {
    /// `0`: asks for a connection to the namespace, or confirms one. A client sends data for
    /// authentication, a server the id of the socket.
    Connect(Option<Object>),
    /// `1`: leaves the namespace.
    Disconnect,
    /// `2`, or `5` with attachments.
    Event {
        /// Asks for an acknowledgement with this id.
        id: Option<u64>,
        /// The name of the event.
        name: String,
        /// What follows the name.
        arguments: Arguments,
    },
    /// `3`, or `6` with attachments: acknowledges an event.
    Ack {
        /// The id of the event.
        id: u64,
        /// The answer.
        arguments: Arguments,
    },
    /// `4`: refuses a connection to the namespace.
    ConnectError(ConnectError),
}

impl Packet {
    /// Creates an event that needs no acknowledgement.
    #[must_use]
    pub fn event(namespace: Namespace, name: impl Into<String>, arguments: Arguments) -> Self {
        Self { namespace, body: Body::Event { id: None, name: name.into(), arguments } }
    }
}

impl fmt::Debug for Body {
    // Data for authentication, private ids and what events carry stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(data) => {
                f.debug_struct("Connect").field("has_data", &data.is_some()).finish()
            }
            Self::Disconnect => f.write_str("Disconnect"),
            Self::Event { id, name, arguments } => f
                .debug_struct("Event")
                .field("id", id)
                .field("name", name)
                .field("arguments", &arguments.len())
                .finish(),
            Self::Ack { id, arguments } => {
                f.debug_struct("Ack").field("id", id).field("arguments", &arguments.len()).finish()
            }
            Self::ConnectError(error) => f.debug_tuple("ConnectError").field(error).finish(),
        }
    }
}
