use core::fmt;

use crate::case::{Kind, Payload};

/// Something that the target did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// It sent its head.
    Head(SeenHead),
    /// It sent a message, in one frame or more.
    Message(Kind, Vec<u8>),
    /// It sent a Ping.
    Ping(Vec<u8>),
    /// It sent a Pong.
    Pong(Vec<u8>),
    /// It sent a Close frame, with this code.
    Close(Option<u16>),
    /// It sent what cannot be read, for this reason.
    Unreadable(String),
    /// It ended the stream.
    End,
}

/// The head of the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenHead {
    /// The first line, without its end.
    pub first_line: String,
    /// The status of a response; 0 in a request.
    pub status: u16,
    /// Names and values of the headers, in order.
    pub headers: Vec<(String, String)>,
}

impl SeenHead {
    /// Returns the values of the headers with this name, in order.
    pub fn values<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h str> {
        let named = self.headers.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}

/// A frame of the target, right or wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenFrame {
    /// FIN.
    pub fin: bool,
    /// The reserved bits: `0b100` is RSV1.
    pub rsv: u8,
    /// The opcode.
    pub opcode: u8,
    /// The masking key, if it is masked.
    pub key: Option<[u8; 4]>,
    /// Whether the length is in as few bytes as possible.
    pub has_minimal_length: bool,
    /// How long the payload is.
    pub payload_len: u64,
    /// The payload of a control frame, unmasked.
    pub control: Vec<u8>,
    /// Whether it began to come in one piece with the end of the head.
    pub is_with_head: bool,
    /// Whether a Close frame came before it.
    pub is_after_close: bool,
    /// Whether it continues or begins a message as RFC 6455 5.4 says.
    pub is_in_order: bool,
    /// Whether it ends a text that is not UTF-8.
    pub ends_invalid_text: bool,
}

impl Event {
    /// Why no outcome can follow, now that the target has done this.
    pub(super) fn as_a_reason(&self) -> String {
        match self {
            Self::End => "it ended the stream".to_owned(),
            Self::Head(head) if head.status != 0 => {
                format!("it answered with status {}", head.status)
            }
            _ => format!("it sent {self}"),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(head) if head.status == 0 => write!(f, "the request {:?}", head.first_line),
            Self::Head(head) => write!(f, "status {}", head.status),
            Self::Message(kind, payload) => write!(f, "the {kind} {}", Payload::from(&payload[..])),
            Self::Ping(payload) => write!(f, "a Ping {}", Payload::from(&payload[..])),
            Self::Pong(payload) => write!(f, "a Pong {}", Payload::from(&payload[..])),
            Self::Close(Some(code)) => write!(f, "a Close frame with {code}"),
            Self::Close(None) => f.write_str("a Close frame without a code"),
            Self::Unreadable(reason) => f.write_str(reason),
            Self::End => f.write_str("the end of the stream"),
        }
    }
}
