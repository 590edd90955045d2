use std::collections::HashMap;

use super::{FeedEntry, LogError};
use crate::protocol::{Message, Name, Position, Publication};

/// An entry of a stream: its id, and its fields.
pub(super) type Entry = (String, HashMap<String, String>);

/// Reads an entry of the stream of a room.
pub(super) fn message(room: &Name, (id, mut fields): Entry) -> Result<Message, LogError> {
    let read = |fields: &mut HashMap<_, _>| {
        Some(Message::new(position(&id)?, publication(room.clone(), fields)?))
    };
    read(&mut fields).ok_or(LogError::Foreign { id })
}

/// Reads an entry of a feed.
pub(super) fn feed_entry((id, mut fields): Entry) -> Result<FeedEntry, LogError> {
    let read = |fields: &mut HashMap<String, String>| {
        let at = position(&id)?;
        let room = fields.get("room")?.parse().ok()?;
        // Room and feed are of the same epoch, since one script writes both.
        let in_room = Position { number: fields.get("number")?.parse().ok()?, ..at };
        let message = Message::new(in_room, publication(room, fields)?);
        Some(FeedEntry { position: at, message })
    };
    read(&mut fields).ok_or(LogError::Foreign { id })
}

/// The id of an entry is its position: the epoch, where other streams have milliseconds, and the number.
fn position(id: &str) -> Option<Position> {
    let (epoch, number) = id.split_once('-')?;
    Some(Position { epoch: epoch.parse().ok()?, number: number.parse().ok()? })
}

fn publication(room: Name, fields: &mut HashMap<String, String>) -> Option<Publication> {
    Some(Publication {
        room,
        publisher: fields.get("publisher")?.parse().ok()?,
        sequence: fields.get("sequence")?.parse().ok()?,
        text: fields.remove("text")?,
    })
}

#[cfg(test)]
mod tests {
    use super::{LogError, feed_entry, message};
    use crate::protocol::Position;

    fn fields(pairs: &[(&str, &str)]) -> std::collections::HashMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    #[test]
    fn an_entry_of_a_feed_has_two_positions() {
        let pairs = [
            ("room", "lobby"),
            ("number", "3"),
            ("publisher", "a1"),
            ("sequence", "9"),
            ("text", "Hello"),
        ];
        let entry = feed_entry(("1700000000000000-41".into(), fields(&pairs))).unwrap();
        assert_eq!(entry.position, Position { epoch: 1_700_000_000_000_000, number: 41 });
        assert_eq!(entry.message.position, Position { epoch: 1_700_000_000_000_000, number: 3 });
        assert_eq!(entry.message.publication.sequence, 9);
    }

    #[test]
    fn an_entry_of_another_program_is_an_error() {
        let room = "lobby".parse().unwrap();
        for pairs in [&[][..], &[("publisher", "a1"), ("sequence", "x"), ("text", "")]] {
            let read = message(&room, ("7-1".into(), fields(pairs)));
            assert!(matches!(read, Err(LogError::Foreign { id }) if id == "7-1"));
        }
    }
}
