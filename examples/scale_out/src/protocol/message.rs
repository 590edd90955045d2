use std::sync::OnceLock;

use sansocket::PreparedMessage;
use serde::{Deserialize, Serialize};

use super::{Position, Publication};

/// A message of a room, as the log has it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Message {
    /// The place after it, in the log of its room.
    pub position: Position,
    /// What the publisher sent.
    #[serde(flatten)]
    pub publication: Publication,
    #[serde(skip)]
    frame: OnceLock<PreparedMessage>,
}

/// Compares without the encoded form.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.position == other.position && self.publication == other.publication
    }
}

impl Message {
    /// Puts a publication at a place in the log.
    #[must_use]
    pub const fn new(position: Position, publication: Publication) -> Self {
        Self { position, publication, frame: OnceLock::new() }
    }

    /// Returns the frame that a node sends to every reader. It is encoded once, at the first call.
    ///
    /// ```
    /// use scale_out::protocol::{Event, Message, Position, Publication};
    ///
    /// let publication = Publication {
    ///     room: "lobby".parse()?,
    ///     publisher: "a1".parse()?,
    ///     sequence: 1,
    ///     text: "Hello".into(),
    /// };
    /// let message = Message::new(Position { epoch: 7, number: 42 }, publication);
    /// assert_eq!(
    ///     message.frame().payload(),
    ///     br#"{"type":"message","position":{"epoch":7,"number":42},"room":"lobby","publisher":"a1","sequence":1,"text":"Hello"}"#
    /// );
    /// # Ok::<(), scale_out::protocol::InvalidName>(())
    /// ```
    pub fn frame(&self) -> &PreparedMessage {
        self.frame.get_or_init(|| {
            let tagged = Tagged { kind: "message", message: self };
            // Strings and numbers always have a form in JSON.
            PreparedMessage::text(&serde_json::to_string(&tagged).unwrap_or_default())
        })
    }
}

/// The same as `Event::Message`, without a copy of the message.
#[derive(Serialize)]
struct Tagged<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    message: &'a Message,
}

#[cfg(test)]
mod tests {
    use super::super::{Event, Message, Position, Publication};

    #[test]
    fn a_frame_is_the_event_that_a_client_reads() {
        let publication = Publication {
            room: "lobby".parse().unwrap(),
            publisher: "a1".parse().unwrap(),
            sequence: 3,
            text: "\"quoted\"\n".into(),
        };
        let message = Message::new(Position { epoch: 7, number: 42 }, publication);
        let event: Event = serde_json::from_slice(message.frame().payload()).unwrap();
        assert_eq!(event, Event::Message(message));
    }
}
