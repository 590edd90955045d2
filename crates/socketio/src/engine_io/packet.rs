use alloc::{
    borrow::Cow,
    string::{String, ToString as _},
};
use core::fmt;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::{Handshake, PacketError};

/// An Engine.IO packet.
///
/// ```
/// use sansocket_socketio::engine_io::{Message, Packet, PacketError};
///
/// assert_eq!(Packet::parse("4hello"), Ok(Packet::Message(Message::Text("hello"))));
/// assert_eq!(Packet::parse("2probe"), Ok(Packet::Ping("probe")));
/// assert_eq!(Packet::parse("abc"), Err(PacketError::UnknownType('a')));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "version 4 has these packets")]
pub enum Packet<'a> {
    /// `0`: the server opens a session.
    Open(Handshake),
    /// `1`: the session ends.
    Close,
    /// `2`: asks for a pong, with the same text: none in the heartbeat, `probe` before an upgrade.
    Ping(&'a str),
    /// `3`: answers a ping, with its text.
    Pong(&'a str),
    /// `4`, or a binary message.
    Message(Message<'a>),
    /// `5`: the client completes an upgrade.
    Upgrade,
    /// `6`: ends a poll that has nothing else to deliver.
    Noop,
}

/// The payload of a message packet.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "version 4 has these payloads")]
pub enum Message<'a> {
    /// Text.
    Text(&'a str),
    /// Bytes: borrowed from a WebSocket message, owned from the base64 of a payload.
    Binary(Cow<'a, [u8]>),
}

impl<'a> Packet<'a> {
    /// Parses a packet that arrived as a text message, or as a part of a payload. A binary WebSocket
    /// message needs no parsing: it is the [message](Packet::from) itself.
    ///
    /// # Errors
    ///
    /// The packet is invalid. Its length is the caller's to check.
    pub fn parse(text: &'a str) -> Result<Self, PacketError> {
        let mut characters = text.chars();
        let kind = characters.next().ok_or(PacketError::Empty)?;
        let data = characters.as_str();
        let without_data = |packet, name| match data {
            "" => Ok(packet),
            _ => Err(PacketError::UnexpectedData(name)),
        };
        match kind {
            '0' => Handshake::parse(data).map(Self::Open),
            '1' => without_data(Self::Close, "close"),
            '2' => Ok(Self::Ping(data)),
            '3' => Ok(Self::Pong(data)),
            '4' => Ok(Self::Message(Message::Text(data))),
            '5' => without_data(Self::Upgrade, "upgrade"),
            '6' => without_data(Self::Noop, "noop"),
            'b' => match BASE64.decode(data) {
                Ok(bytes) => Ok(Self::Message(Message::Binary(Cow::Owned(bytes)))),
                Err(error) => Err(PacketError::Base64(error.to_string())),
            },
            unknown => Err(PacketError::UnknownType(unknown)),
        }
    }

    /// Appends the packet in the form that it has in a payload.
    pub(crate) fn append_to(&self, text: &mut String) {
        let (kind, data) = match self {
            Self::Open(handshake) => {
                text.push('0');
                return handshake.append_to(text);
            }
            Self::Message(Message::Binary(bytes)) => return append_base64(bytes, text),
            Self::Close => ('1', ""),
            Self::Ping(data) => ('2', *data),
            Self::Pong(data) => ('3', *data),
            Self::Message(Message::Text(data)) => ('4', *data),
            Self::Upgrade => ('5', ""),
            Self::Noop => ('6', ""),
        };
        text.push(kind);
        text.push_str(data);
    }
}

impl Message<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }
}

// Tokens and private ids are in packets: only their types and lengths belong in logs.
impl fmt::Debug for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(handshake) => f.debug_tuple("Open").field(handshake).finish(),
            Self::Close => f.write_str("Close"),
            Self::Ping(data) => write!(f, "Ping({} bytes)", data.len()),
            Self::Pong(data) => write!(f, "Pong({} bytes)", data.len()),
            Self::Message(message) => f.debug_tuple("Message").field(message).finish(),
            Self::Upgrade => f.write_str("Upgrade"),
            Self::Noop => f.write_str("Noop"),
        }
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Binary(bytes) => write!(f, "Binary({} bytes)", bytes.len()),
        }
    }
}

/// Makes a message of a text.
impl<'a> From<&'a str> for Packet<'a> {
    fn from(text: &'a str) -> Self {
        Self::Message(Message::Text(text))
    }
}

/// Makes a message of bytes, such as a binary WebSocket message.
impl<'a> From<&'a [u8]> for Packet<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Message(Message::Binary(Cow::Borrowed(bytes)))
    }
}

pub(super) fn append_base64(bytes: &[u8], text: &mut String) {
    text.push('b');
    BASE64.encode_string(bytes, text);
}

// Some encoders leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
