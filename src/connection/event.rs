use super::{ChunkMut, Reply, control::ControlPayload, reply::ReplyKind};
use crate::close::CloseFrame;

/// An event from the peer: a piece of a message, or a control frame.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6455 11.8 has no other frames")]
pub enum Event<'a> {
    /// A chunk of a message, unmasked in place in the input.
    Chunk(ChunkMut<'a>),
    /// A Ping and its data. It must be answered with a Pong, see [`Event::reply`].
    Ping(&'a [u8]),
    /// A Pong and its data, whether it answers a Ping or is unsolicited.
    Pong(&'a [u8]),
    /// The peer's Close frame, `None` if it was empty. No event follows it.
    Close(Option<CloseFrame<'a>>),
}

impl Event<'_> {
    /// Returns the reply that the event requires: a Pong for a Ping, a Close for a Close.
    ///
    /// [`Connection::receive`](super::Connection::receive) sends it automatically.
    #[inline]
    #[must_use]
    pub fn reply(&self) -> Option<Reply> {
        match self {
            Self::Ping(data) => Some(Reply(ReplyKind::Pong(ControlPayload::copy_of(data)))),
            Self::Close(frame) => Some(Reply(ReplyKind::Close((*frame).into()))),
            Self::Chunk(_) | Self::Pong(_) => None,
        }
    }
}
