use core::fmt;

use sansocket::Role;
use sansocket::frame::OpCode;

use super::Payload;

/// A frame of a script, right or wrong in any way that the format allows.
///
/// ```
/// use sansocket::Role;
/// use wsspec::{ping, text};
///
/// assert_eq!(text("Hi").encode(Role::Server, [0; 4]), b"\x81\x02Hi");
/// assert_eq!(text("Hi").encode(Role::Client, [1, 2, 3, 4]), b"\x81\x82\x01\x02\x03\x04\x49\x6B");
/// assert_eq!(text("Hi").wrongly_masked().encode(Role::Client, [0; 4]), b"\x81\x02Hi");
/// assert_eq!(ping("").unfinished().encode(Role::Server, [0; 4]), b"\x09\x00");
/// ```
#[derive(Clone, Debug)]
pub struct Frame {
    fin: bool,
    rsv: u8,
    opcode: u8,
    is_wrongly_masked: bool,
    key: Option<[u8; 4]>,
    length: Length,
    payload: Payload,
    is_compressed: bool,
    /// The size of the fragments, if it is a message in several.
    fragment: Option<usize>,
}

/// How the length is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    /// In as few bytes as possible.
    Minimal,
    /// In two bytes.
    Short,
    /// In eight bytes.
    Long,
    /// Another one, in as few bytes as possible.
    Claimed(u64),
}

/// A final frame with an opcode of 0 to 15.
#[must_use]
pub fn frame(opcode: u8, payload: impl Into<Payload>) -> Frame {
    Frame {
        fin: true,
        rsv: 0,
        opcode: opcode & 0x0F,
        is_wrongly_masked: false,
        key: None,
        length: Length::Minimal,
        payload: payload.into(),
        is_compressed: false,
        fragment: None,
    }
}

/// A whole text message. The payload may be invalid UTF-8.
#[must_use]
pub fn text(payload: impl Into<Payload>) -> Frame {
    frame(OpCode::Text.to_bits(), payload)
}

/// A whole binary message.
#[must_use]
pub fn binary(payload: impl Into<Payload>) -> Frame {
    frame(OpCode::Binary.to_bits(), payload)
}

/// The last fragment of a message.
#[must_use]
pub fn continuation(payload: impl Into<Payload>) -> Frame {
    frame(OpCode::Continuation.to_bits(), payload)
}

/// A Ping.
#[must_use]
pub fn ping(payload: impl Into<Payload>) -> Frame {
    frame(OpCode::Ping.to_bits(), payload)
}

/// A Pong.
#[must_use]
pub fn pong(payload: impl Into<Payload>) -> Frame {
    frame(OpCode::Pong.to_bits(), payload)
}

/// A Close frame with a code and a reason, which may be invalid. For one with another payload, use
/// [`frame`] with opcode 8.
#[must_use]
pub fn close(code: u16, reason: impl AsRef<[u8]>) -> Frame {
    let payload = [&code.to_be_bytes(), reason.as_ref()].concat();
    frame(OpCode::Close.to_bits(), payload)
}

impl Frame {
    /// Clears FIN: more fragments follow.
    #[must_use]
    pub fn unfinished(self) -> Self {
        Self { fin: false, ..self }
    }

    /// Sets reserved bits: `0b100` is RSV1, `0b001` is RSV3.
    #[must_use]
    pub fn rsv(self, rsv: u8) -> Self {
        Self { rsv: rsv & 7, ..self }
    }

    /// Leaves the frame of a client unmasked, and masks that of a server.
    #[must_use]
    pub fn wrongly_masked(self) -> Self {
        Self { is_wrongly_masked: true, ..self }
    }

    /// Masks with this key.
    #[must_use]
    pub fn key(self, key: [u8; 4]) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Writes the length in two bytes, though one may be enough.
    #[must_use]
    pub fn length_in_2_bytes(self) -> Self {
        Self { length: Length::Short, ..self }
    }

    /// Writes the length in eight bytes, though fewer may be enough.
    #[must_use]
    pub fn length_in_8_bytes(self) -> Self {
        Self { length: Length::Long, ..self }
    }

    /// Writes another length than that of the payload.
    #[must_use]
    pub fn claims(self, length: u64) -> Self {
        Self { length: Length::Claimed(length), ..self }
    }

    /// Compresses the payload as RFC 7692 says, and sets RSV1.
    #[must_use]
    pub fn compressed(self) -> Self {
        Self { is_compressed: true, rsv: 0b100, ..self }
    }

    /// Sends the message in fragments of so many bytes, at least 1. If it is compressed, that is done
    /// before.
    #[must_use]
    pub fn in_fragments(self, size: usize) -> Self {
        Self { fragment: Some(size.max(1)), ..self }
    }

    /// The frames of the message, with this payload.
    pub(crate) fn fragments(&self, payload: Vec<u8>) -> Vec<Self> {
        let size = match self.fragment {
            Some(size) if size < payload.len() => size,
            _ => return vec![self.with_payload(payload)],
        };
        let last = (payload.len() - 1) / size;
        let piece = |(at, piece): (usize, &[u8])| {
            let frame = Self { fin: self.fin && at == last, ..self.with_payload(piece.to_vec()) };
            if at == 0 { frame } else { Self { opcode: 0, rsv: 0, ..frame } }
        };
        payload.chunks(size).enumerate().map(piece).collect()
    }

    pub(crate) fn is_close(&self) -> bool {
        self.opcode == OpCode::Close.to_bits()
    }

    pub(crate) fn is_control(&self) -> bool {
        self.opcode >= 8
    }

    pub(crate) fn is_compressed(&self) -> bool {
        self.is_compressed
    }

    pub(crate) fn payload(&self) -> &Payload {
        &self.payload
    }

    pub(crate) fn with_payload(&self, payload: Vec<u8>) -> Self {
        Self { payload: payload.into(), ..self.clone() }
    }

    /// Whether less payload is sent than the header says, so that nothing can come after it.
    pub(crate) fn is_cut_off(&self) -> bool {
        matches!(self.length, Length::Claimed(length) if length != self.payload.len() as u64)
    }

    /// Returns the bytes of the frame, as `sender` sends it, masked with `key` if it masks and the frame
    /// has no key of its own. What is to be compressed is not.
    #[must_use]
    pub fn encode(&self, sender: Role, key: [u8; 4]) -> Vec<u8> {
        let is_masked = (sender == Role::Client) != self.is_wrongly_masked;
        let mask_bit = if is_masked { 0x80 } else { 0 };
        let fin = if self.fin { 0x80 } else { 0 };
        let mut bytes = vec![fin | self.rsv << 4 | self.opcode];
        let (length, width) = match self.length {
            Length::Minimal => (self.payload.len() as u64, 0),
            Length::Short => (self.payload.len() as u64, 2),
            Length::Long => (self.payload.len() as u64, 8),
            Length::Claimed(length) => (length, 0),
        };
        match (length, width) {
            (0..126, 0) => bytes.push(mask_bit | length as u8),
            (0..0x1_0000, 0 | 2) => {
                bytes.push(mask_bit | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            _ => {
                bytes.push(mask_bit | 127);
                bytes.extend(length.to_be_bytes());
            }
        }
        let start = bytes.len();
        let key = if is_masked { self.key.unwrap_or(key) } else { [0; 4] };
        if is_masked {
            bytes.extend(key);
        }
        bytes.extend(self.payload.to_vec());
        for (byte, key) in
            bytes.iter_mut().skip(start + if is_masked { 4 } else { 0 }).zip(key.iter().cycle())
        {
            *byte ^= key;
        }
        bytes
    }
}

/// In words, what is special last.
impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match OpCode::from_bits(self.opcode) {
            Some(OpCode::Continuation) => f.write_str("a continuation")?,
            Some(OpCode::Text) => f.write_str("a text")?,
            Some(OpCode::Binary) => f.write_str("a binary frame")?,
            Some(OpCode::Close) => f.write_str("a Close frame")?,
            Some(OpCode::Ping) => f.write_str("a Ping")?,
            Some(OpCode::Pong) => f.write_str("a Pong")?,
            None => write!(f, "a frame with opcode {}", self.opcode)?,
        }
        match &self.payload {
            payload if payload.is_empty() => f.write_str(" without payload")?,
            payload => write!(f, " {payload}")?,
        }
        if !self.fin {
            f.write_str(", FIN clear")?;
        }
        if self.is_compressed {
            f.write_str(", compressed")?;
        } else if self.rsv != 0 {
            write!(f, ", reserved bits {:03b}", self.rsv)?;
        }
        if self.is_wrongly_masked {
            f.write_str(", masked the wrong way")?;
        }
        if let Some(size) = self.fragment {
            write!(f, ", in fragments of {size} bytes")?;
        }
        if let Some([a, b, c, d]) = self.key {
            write!(f, ", key {a:02X} {b:02X} {c:02X} {d:02X}")?;
        }
        match self.length {
            Length::Minimal => Ok(()),
            Length::Short => f.write_str(", length in 2 bytes"),
            Length::Long => f.write_str(", length in 8 bytes"),
            Length::Claimed(length) => write!(f, ", length {length}"),
        }
    }
}
