use super::MessageKind;

/// A piece of a message, as received, or to be sent as a frame of its own (RFC 6455 5.4).
///
/// A received chunk is as much of a message as the input held: neither frames nor reads of the
/// transport need to begin or end where it does. A chunk that is sent becomes one frame, and all
/// chunks up to a [last](Self::last) one make one message.
///
/// ```
/// use sansocket::connection::Connection;
/// use sansocket::{Chunk, Limits, MessageKind};
///
/// let mut sender = Connection::server(&Limits::default()).sender;
/// let mut out = Vec::new();
/// sender.send_chunk(Chunk::more(MessageKind::Text, b"Hel"), &mut out)?;
/// sender.send_chunk(Chunk::last(MessageKind::Text, b"lo"), &mut out)?;
/// assert_eq!(out, b"\x01\x03Hel\x80\x02lo");
/// # Ok::<(), sansocket::connection::SendError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "relays match on all of it, and make some")]
pub struct Chunk<'a> {
    /// The kind of the message.
    pub kind: MessageKind,
    /// The bytes, unmasked. Text is valid UTF-8 up to its last byte, where a character may be cut;
    /// the next chunk then goes on with the character.
    pub payload: &'a [u8],
    /// Whether the message begins here. Sending does not look at it: a [`Sender`](super::Sender)
    /// knows whether it has begun a message.
    pub is_first: bool,
    /// Whether the message ends here.
    pub is_last: bool,
}

impl<'a> Chunk<'a> {
    /// Makes a chunk to send that is followed by others of the same message.
    #[must_use]
    pub const fn more(kind: MessageKind, payload: &'a [u8]) -> Self {
        Self { kind, payload, is_first: false, is_last: false }
    }

    /// Makes a chunk to send that ends its message.
    #[must_use]
    pub const fn last(kind: MessageKind, payload: &'a [u8]) -> Self {
        Self { kind, payload, is_first: false, is_last: true }
    }
}

/// A [`Chunk`] that is lent mutably, where it was received: a relay can
/// [frame it in place](super::Sender::frame_in_place).
///
/// ```
/// use sansocket::connection::{ChunkMut, Connection};
/// use sansocket::{Limits, MessageKind};
///
/// let mut payload = *b"Hello";
/// let chunk = ChunkMut::last(MessageKind::Text, &mut payload);
/// let frame = Connection::server(&Limits::default()).sender.frame_in_place(chunk)?;
/// assert_eq!((&*frame.header, &*frame.payload), (&b"\x81\x05"[..], &b"Hello"[..]));
/// # Ok::<(), sansocket::connection::SendError>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "relays match on all of it, and make some")]
pub struct ChunkMut<'a> {
    /// The kind of the message.
    pub kind: MessageKind,
    /// The bytes, as those of a [`Chunk`].
    pub payload: &'a mut [u8],
    /// Whether the message begins here. Sending does not look at it.
    pub is_first: bool,
    /// Whether the message ends here.
    pub is_last: bool,
}

impl<'a> ChunkMut<'a> {
    /// Makes a chunk to send that is followed by others of the same message.
    #[must_use]
    pub const fn more(kind: MessageKind, payload: &'a mut [u8]) -> Self {
        Self { kind, payload, is_first: false, is_last: false }
    }

    /// Makes a chunk to send that ends its message.
    #[must_use]
    pub const fn last(kind: MessageKind, payload: &'a mut [u8]) -> Self {
        Self { kind, payload, is_first: false, is_last: true }
    }

    /// Lends the chunk immutably.
    #[must_use]
    pub const fn as_chunk(&self) -> Chunk<'_> {
        let Self { kind, is_first, is_last, .. } = *self;
        Chunk { kind, payload: self.payload, is_first, is_last }
    }
}

/// The chunk, for as long as its bytes are borrowed.
impl<'a> From<ChunkMut<'a>> for Chunk<'a> {
    fn from(ChunkMut { kind, payload, is_first, is_last }: ChunkMut<'a>) -> Self {
        Self { kind, payload, is_first, is_last }
    }
}
