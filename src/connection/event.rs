use super::{ChunkMut, Reply, control::ControlPayload, reply::ReplyKind};
use crate::close::CloseFrame;

/// What came from the peer.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6455 11.8 has no other frames")]
pub enum Event<'a> {
    /// A chunk of a message, unmasked in place in the input.
    Chunk(ChunkMut<'a>),
    /// A Ping and its data. A Pong is owed, see [`Event::reply`].
    Ping(&'a [u8]),
    /// A Pong and its data, asked for or not.
    Pong(&'a [u8]),
    /// The peer's Close frame, `None` if it was empty. Nothing more will come.
    Close(Option<CloseFrame<'a>>),
}

impl Event<'_> {
    /// What the event obliges us to send: a Pong for a Ping, a Close for a Close.
    ///
    /// [`Connection::receive`](super::Connection::receive) does that by itself.
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
