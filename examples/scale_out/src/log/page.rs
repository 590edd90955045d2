use crate::protocol::Message;

/// A part of the log of a room, as it was at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The epoch of the log.
    pub epoch: u64,
    /// The number of the last message of the room; 0 if there is none in this epoch.
    pub last: u64,
    /// Messages of this epoch, in order. There may be more after them.
    pub messages: Vec<Message>,
}
