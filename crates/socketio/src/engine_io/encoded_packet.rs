use alloc::{string::String, sync::Arc};
use core::fmt;

use super::{Message, Packet, SEPARATOR, packet::append_base64};
use crate::Binary;

/// A packet as a WebSocket message carries it, encoded once and shared by all receivers. A clone
/// costs a reference count.
///
/// ```
/// use sansocket_socketio::engine_io::{EncodedPacket, Packet};
///
/// let packet = EncodedPacket::from(&Packet::from("hello"));
/// assert_eq!(packet, EncodedPacket::Text("4hello".into()));
/// assert_eq!(packet.len(), 6);
/// ```
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6455 5.6 knows two kinds of messages")]
pub enum EncodedPacket {
    /// A text message: the type of the packet and its data.
    Text(Arc<str>),
    /// A binary message: a message packet, without its type.
    Binary(Binary),
}

impl EncodedPacket {
    /// What a packet takes in a queue at most, besides its bytes: two places, since a queue grows by
    /// doubling, the list of packets of an event that is buffered, and what an `Arc` and the allocator
    /// add.
    const OVERHEAD: usize = 128;

    /// Returns the length of the WebSocket message in bytes. In a payload, a binary packet takes four
    /// thirds of it.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(binary) => binary.len(),
        }
    }

    /// Returns whether this is a binary message without bytes. A text is never empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the length of the packet in a payload in bytes, without a separator.
    #[must_use]
    pub fn payload_len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(binary) => binary.len().div_ceil(3).saturating_mul(4).saturating_add(1),
        }
    }

    /// Returns the bytes that the packet counts in a queue: those of the message, and what it takes
    /// besides them.
    pub(crate) fn queued_len(&self) -> usize {
        self.len().saturating_add(Self::OVERHEAD)
    }

    /// Appends the packet to a payload, after a separator unless the payload is empty. A binary packet
    /// becomes `b` and base64.
    ///
    /// A text must not contain the separator 0x1E, which has no escape sequence. Packets of Socket.IO
    /// never do.
    pub fn append_to_payload(&self, payload: &mut String) {
        if !payload.is_empty() {
            payload.push(SEPARATOR);
        }
        match self {
            Self::Text(text) => payload.push_str(text),
            Self::Binary(binary) => append_base64(binary, payload),
        }
    }
}

impl From<&Packet<'_>> for EncodedPacket {
    fn from(packet: &Packet<'_>) -> Self {
        if let Packet::Message(Message::Binary(bytes)) = packet {
            return Self::Binary(Binary::from(bytes.to_vec()));
        }
        let mut text = String::new();
        packet.append_to(&mut text);
        Self::Text(text.into())
    }
}

impl fmt::Debug for EncodedPacket {
    // An open packet has the session id, a CONNECT a token: only type and length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => {
                write!(f, "Text({:?}, {} bytes)", text.chars().next(), text.len())
            }
            Self::Binary(binary) => write!(f, "Binary({} bytes)", binary.len()),
        }
    }
}
