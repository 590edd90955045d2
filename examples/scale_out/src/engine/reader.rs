use std::{collections::VecDeque, sync::Arc};

use super::seat::Seat;
use crate::protocol::{Event, Message, Name, Position};

/// A connection of a client, on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReaderId(pub(super) u64);

/// What to do next for a reader.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Send a message of a room: its [frame](Message::frame).
    Message(Arc<Message>),
    /// Send an event.
    Event(Event),
    /// Read a page of the log, and pass it to [`Node::page`](super::Node::page).
    Read {
        /// Belongs to the answer.
        ticket: u64,
        /// The room.
        room: Name,
        /// The place to read from; the end of the log without one.
        after: Option<Position>,
        /// The most messages that are read.
        limit: usize,
    },
    /// Close the connection with 1012.
    Close,
    /// Nothing, until [`Node::take_ready`](super::Node::take_ready) returns this reader.
    Wait,
}

#[derive(Debug)]
pub(super) struct Reader {
    pub(super) user: Name,
    /// The one whose turn it is comes first, so that no busy room keeps another waiting.
    pub(super) seats: VecDeque<Seat>,
    pub(super) outbox: VecDeque<Event>,
    pub(super) is_waiting: bool,
    pub(super) is_leaving: bool,
}

impl Reader {
    pub(super) fn new(user: Name) -> Self {
        Self {
            user,
            seats: VecDeque::new(),
            outbox: VecDeque::new(),
            is_waiting: false,
            is_leaving: false,
        }
    }
}
