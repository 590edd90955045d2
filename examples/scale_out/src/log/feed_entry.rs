use crate::protocol::{Message, Position};

/// An entry of the feed of a shard.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedEntry {
    /// The place after it in the feed, whose entries are numbered without gaps like those of a room.
    pub position: Position,
    /// The message.
    pub message: Message,
}
