/// The type of a frame (RFC 6455 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6455 5.2 reserves all other values")]
pub enum OpCode {
    /// `0x0`: a further fragment of a message.
    Continuation = 0x0,
    /// `0x1`: a text message, or its first fragment.
    Text = 0x1,
    /// `0x2`: a binary message, or its first fragment.
    Binary = 0x2,
    /// `0x8`: closes the connection.
    Close = 0x8,
    /// `0x9`: asks for a Pong.
    Ping = 0x9,
    /// `0xA`: answers a Ping, or is unsolicited.
    Pong = 0xA,
}

impl OpCode {
    /// Returns the opcode in the low four bits of a frame's first byte, or `None` if it is
    /// reserved.
    #[inline]
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }

    /// Returns the four bits that encode the opcode on the wire.
    #[inline]
    #[must_use]
    #[expect(clippy::as_conversions, reason = "the discriminants are the values of the RFC")]
    pub const fn to_bits(self) -> u8 {
        self as u8
    }

    /// Returns whether the frame is a Close, Ping or Pong. Such a frame is not fragmented, has at
    /// most 125 bytes of payload, and may come between the fragments of a message (RFC 6455 5.5).
    #[inline]
    #[must_use]
    pub const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}
