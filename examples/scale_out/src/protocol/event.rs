use serde::{Deserialize, Serialize};

use super::{Message, Name, Position};

/// A message from a node to a client.
///
/// ```
/// use scale_out::protocol::Event;
///
/// let event = Event::Resume { room: "lobby".parse()? };
/// assert_eq!(event.to_json(), r#"{"type":"resume","room":"lobby"}"#);
/// # Ok::<(), scale_out::protocol::InvalidName>(())
/// ```
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Answers a join: the messages of the room follow, from the one after `position`. Without a join,
    /// reading goes on at another place than where it was interrupted: it has not `recovered`.
    Joined {
        /// The room.
        room: Name,
        /// Whether nothing is missing between the position of the client and this one.
        recovered: bool,
        /// The place before the first message that follows.
        position: Position,
    },
    /// A message of a room.
    Message(Message),
    /// No more messages of the room follow: the client was too slow for the node, or the node was too
    /// slow for the log. The log still has them. The client joins again, with its position.
    Resume {
        /// The room.
        room: Name,
    },
    /// The log has this message of the client.
    Acknowledged {
        /// The number of the message.
        sequence: u64,
    },
    /// Who is in the room, on all nodes.
    Present {
        /// The room.
        room: Name,
        /// The users, sorted, each once.
        users: Vec<Name>,
    },
    /// The node is up. A browser does not show Pings to a page, and without them a page cannot tell a
    /// silent room from a dead node.
    Alive,
    /// The node stops, and closes the connection with 1012. The client returns after this time, to any
    /// node.
    Leaving {
        /// Milliseconds.
        return_in: u64,
    },
}

impl Event {
    /// Encodes the event.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings and numbers always have a form in JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}
