use serde::{Deserialize, Serialize};

use super::{Name, Position};

/// A message from a client to a node.
///
/// ```
/// use scale_out::protocol::Request;
///
/// let request = r#"{"type":"publish","room":"lobby","sequence":1,"text":"Hello"}"#;
/// let expected = Request::Publish { room: "lobby".parse()?, sequence: 1, text: "Hello".into() };
/// assert_eq!(serde_json::from_str::<Request>(request)?, expected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Request {
    /// Read a room: what follows `after`, or the end of its log without a position. A client that reads
    /// the room already joins again after [`Resume`](super::Event::Resume).
    Join {
        /// The room.
        room: Name,
        /// The place up to which the client has read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Position>,
    },
    /// Append a message to the log of a room.
    Publish {
        /// The room.
        room: Name,
        /// Its number among the messages of this client, from 1.
        sequence: u64,
        /// The text.
        text: String,
    },
}
