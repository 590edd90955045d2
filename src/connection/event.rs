use super::{Reply, control::ControlPayload, reply::ReplyKind};
use crate::{close::CloseFrame, frame::OpCode};

/// Whether a message is text or binary (RFC 6455 5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6455 5.6 knows two kinds of messages")]
pub enum MessageKind {
    /// UTF-8 text.
    Text,
    /// Any bytes.
    Binary,
}

impl MessageKind {
    /// The opcode of a message's first frame.
    pub(crate) const fn opcode(self) -> OpCode {
        match self {
            Self::Text => OpCode::Text,
            Self::Binary => OpCode::Binary,
        }
    }
}

/// Whether more of a message follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there is more or there is not")]
pub enum Part {
    /// More follows.
    More,
    /// The message ends here.
    Last,
}

/// What came from the peer.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6455 11.8 has no other frames")]
pub enum Event<'a> {
    /// A part of a message.
    Chunk(Chunk<'a>),
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

/// A part of a message, as much of it as the input held: neither frames nor reads of the
/// transport need to begin or end where it does.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "callers build none, and match on all of it")]
pub struct Chunk<'a> {
    /// The kind of the message.
    pub kind: MessageKind,
    /// The bytes, unmasked, in place in the input. Text is valid UTF-8 up to its last byte, where
    /// a character may be cut; the next chunk then goes on with the character.
    pub payload: &'a mut [u8],
    /// Whether the message begins here.
    pub is_first: bool,
    /// Whether the message ends here.
    pub part: Part,
}
