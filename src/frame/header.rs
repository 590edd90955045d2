use super::{FrameError, MaskKey, OpCode, inline_bytes::InlineBytes};
use crate::parsed::Parsed;

/// The three reserved bits of a frame, which belong to extensions (RFC 6455 5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rsv(u8);

impl Rsv {
    /// No bit is set.
    pub const NONE: Self = Self(0);
    /// RSV1 alone is set: for permessage-deflate, it marks a compressed message.
    pub const RSV1: Self = Self(0x40);

    /// The positions of the three bits in a frame's first byte.
    const BITS: u8 = 0x70;

    /// Extracts the three bits from a frame's first byte; its other bits are ignored.
    ///
    /// ```
    /// use sansocket::frame::Rsv;
    ///
    /// assert_eq!(Rsv::from_bits(0b1100_0001), Rsv::RSV1);
    /// assert_eq!(Rsv::from_bits(0x30).bits(), 0x30);
    /// ```
    #[must_use]
    pub const fn from_bits(first_byte: u8) -> Self {
        Self(first_byte & Self::BITS)
    }

    /// Returns the bits, in their positions in a frame's first byte.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Returns whether RSV1 is set.
    #[must_use]
    pub const fn rsv1(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// Returns whether RSV2 is set.
    #[must_use]
    pub const fn rsv2(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// Returns whether RSV3 is set.
    #[must_use]
    pub const fn rsv3(self) -> bool {
        self.0 & 0x10 != 0
    }
}

/// The header of a frame: everything that precedes its payload (RFC 6455 5.2).
///
/// [`FrameHeader::parse`] enforces the rules that hold for every frame. Rules that depend on the
/// role, on an extension or on earlier frames are enforced by the layer above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "RFC 6455 5.2 fixes the parts")]
pub struct FrameHeader {
    /// Whether this is the last fragment of its message.
    pub fin: bool,
    /// The reserved bits, which belong to extensions.
    pub rsv: Rsv,
    /// The type of the frame.
    pub opcode: OpCode,
    /// The key that the payload is masked with; `None` if it is not masked.
    pub mask: Option<MaskKey>,
    /// The length of the payload in bytes, below 2^63.
    pub payload_len: u64,
}

impl FrameHeader {
    /// The length of the longest header: two bytes, a 64-bit length and a masking key.
    pub const MAX_LEN: usize = 14;

    /// Parses the header at the start of `input`.
    ///
    /// # Errors
    ///
    /// No valid frame starts with these bytes. Rules are checked in the order of the bytes, each as
    /// soon as its bytes have arrived.
    ///
    /// ```
    /// use sansocket::Parsed;
    /// use sansocket::frame::{FrameHeader, MaskKey, OpCode};
    ///
    /// // A masked "Hello" (RFC 6455 5.7).
    /// let input = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    /// let Parsed::Complete { value, consumed } = FrameHeader::parse(&input)? else { panic!() };
    /// assert_eq!((value.opcode, value.fin, value.payload_len), (OpCode::Text, true, 5));
    /// assert_eq!(value.mask, Some(MaskKey([0x37, 0xfa, 0x21, 0x3d])));
    /// assert_eq!(consumed, 6);
    ///
    /// assert_eq!(FrameHeader::parse(&input[..3])?, Parsed::Partial { needed: 3 });
    /// # Ok::<(), sansocket::frame::FrameError>(())
    /// ```
    #[inline]
    pub fn parse(input: &[u8]) -> Result<Parsed<Self>, FrameError> {
        let Some((&[first, second], rest)) = input.split_first_chunk::<2>() else {
            return Ok(Parsed::Partial { needed: 2_usize.saturating_sub(input.len()) });
        };
        let fin = first & 0x80 != 0;
        // RFC 6455 5.2: an unknown opcode fails the connection.
        let Some(opcode) = OpCode::from_bits(first & 0x0F) else {
            return Err(FrameError::ReservedOpCode(first & 0x0F));
        };
        let short_len = second & 0x7F;
        // RFC 6455 5.5: control frames are not fragmented and carry at most 125 bytes.
        if opcode.is_control() {
            if !fin {
                return Err(FrameError::FragmentedControl);
            }
            if short_len > 125 {
                return Err(FrameError::ControlTooLong);
            }
        }

        let is_masked = second & 0x80 != 0;
        let header_len = header_len(short_len, is_masked);
        let partial = || {
            let needed = header_len.saturating_sub(input.len());
            Ok(Parsed::Partial { needed })
        };
        let Some((payload_len, rest)) = parse_len(short_len, rest)? else {
            return partial();
        };
        let mask = if is_masked {
            let Some(&key) = rest.first_chunk::<4>() else {
                return partial();
            };
            Some(MaskKey(key))
        } else {
            None
        };
        let value = Self { fin, rsv: Rsv::from_bits(first), opcode, mask, payload_len };
        Ok(Parsed::Complete { value, consumed: header_len })
    }

    /// Encodes the header for the wire, with the length in its shortest form.
    ///
    /// ```
    /// use sansocket::frame::{FrameHeader, OpCode, Rsv};
    ///
    /// let header = FrameHeader {
    ///     fin: true,
    ///     rsv: Rsv::NONE,
    ///     opcode: OpCode::Binary,
    ///     mask: None,
    ///     payload_len: 256,
    /// };
    /// assert_eq!(&header.encode()[..], [0x82, 0x7E, 0x01, 0x00]);
    /// ```
    #[inline]
    #[must_use]
    pub fn encode(&self) -> HeaderBytes {
        let mut header = InlineBytes::EMPTY;
        self.put_parts(|part| header.push(part));
        HeaderBytes(header)
    }

    /// Returns how many bytes the header has on the wire, 2 to 14.
    ///
    /// ```
    /// use sansocket::frame::{FrameHeader, MaskKey, OpCode, Rsv};
    ///
    /// let (rsv, opcode, mask) = (Rsv::NONE, OpCode::Text, Some(MaskKey([1, 2, 3, 4])));
    /// let header = FrameHeader { fin: true, rsv, opcode, mask, payload_len: 126 };
    /// assert_eq!(header.encoded_len(), 8);
    /// ```
    #[inline]
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        let short_len = match self.payload_len {
            0..=125 => 0,
            126..=0xFFFF => 126,
            _ => 127,
        };
        header_len(short_len, self.mask.is_some())
    }

    /// Returns the encoded header of an unmasked frame with FIN and `len` bytes of payload, at most
    /// 125.
    #[inline]
    pub(crate) const fn short_whole(opcode: OpCode, len: u8) -> [u8; 2] {
        [0x80 | opcode.to_bits(), len]
    }

    /// Passes the encoded header to `put` in parts. Each has a fixed length, so that the compiler
    /// copies it with a few instructions; copying the header as one slice would be a call to
    /// `memcpy`.
    #[inline]
    pub(crate) fn put_parts(&self, mut put: impl FnMut(&[u8])) {
        let fin = if self.fin { 0x80 } else { 0 };
        let masked = if self.mask.is_some() { 0x80 } else { 0 };
        let first = fin | self.rsv.0 | self.opcode.to_bits();
        if let Ok(len) = u8::try_from(self.payload_len)
            && len <= 125
        {
            put(&[first, masked | len]);
        } else if let Ok(len) = u16::try_from(self.payload_len) {
            put(&[first, masked | 126]);
            put(&len.to_be_bytes());
        } else {
            put(&[first, masked | 127]);
            put(&self.payload_len.to_be_bytes());
        }
        if let Some(MaskKey(key)) = self.mask {
            put(&key);
        }
    }
}

/// Returns the payload length, whose short form is in the second byte of the header, and the bytes
/// after it; `None` if it is incomplete.
#[inline]
pub(crate) fn parse_len(short_len: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, FrameError> {
    // RFC 6455 5.2: lengths are in network order, in the shortest form, below 2^63.
    Ok(match short_len {
        126 => {
            let Some((&bytes, rest)) = rest.split_first_chunk::<2>() else {
                return Ok(None);
            };
            let len = u64::from(u16::from_be_bytes(bytes));
            if len < 126 {
                return Err(FrameError::NonMinimalLength(len));
            }
            Some((len, rest))
        }
        127 => {
            let Some((&bytes, rest)) = rest.split_first_chunk::<8>() else {
                return Ok(None);
            };
            let len = u64::from_be_bytes(bytes);
            if len >> 63 != 0 {
                return Err(FrameError::LengthTopBit(len));
            }
            if len <= u64::from(u16::MAX) {
                return Err(FrameError::NonMinimalLength(len));
            }
            Some((len, rest))
        }
        short => Some((u64::from(short), rest)),
    })
}

/// Returns the length of the header, which its second byte determines.
#[inline]
const fn header_len(short_len: u8, is_masked: bool) -> usize {
    let unmasked_len: usize = match short_len {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    if is_masked { unmasked_len.saturating_add(4) } else { unmasked_len }
}

/// An encoded [`FrameHeader`], on the stack. Dereferences to its 2 to 14 bytes.
#[derive(Clone, Copy, Debug)]
pub struct HeaderBytes(InlineBytes<{ FrameHeader::MAX_LEN }>);

impl core::ops::Deref for HeaderBytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.0
    }
}
