use core::fmt;

/// A masking key: the four bytes that a frame's payload is masked with (RFC 6455 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "RFC 6455 5.3 fixes the size")]
pub struct MaskKey(pub [u8; 4]);

/// The masking of one payload, which may come in pieces: `payload[i] ^ key[i mod 4]`.
///
/// ```
/// use sansocket::frame::{MaskKey, Masker};
///
/// let mut masker = Masker::new(MaskKey([0x37, 0xfa, 0x21, 0x3d]));
/// let (mut head, mut tail) = (*b"Hel", *b"lo");
/// masker.apply(&mut head);
/// masker.apply(&mut tail);
/// assert_eq!((head, tail), ([0x7f, 0x9f, 0x4d], [0x51, 0x58]));
/// ```
#[derive(Clone, Copy)]
pub struct Masker {
    /// Little-endian, rotated so that its lowest byte masks the next byte of the payload.
    key: u32,
}

impl Masker {
    /// Creates a masker at the start of a payload.
    #[inline]
    #[must_use]
    pub const fn new(key: MaskKey) -> Self {
        Self { key: u32::from_le_bytes(key.0) }
    }

    /// Masks the next piece of the payload in place, or unmasks it.
    #[inline]
    pub fn apply(&mut self, piece: &mut [u8]) {
        let word = u64::from(self.key) << 32 | u64::from(self.key);
        let len = piece.len();
        // Mask eight bytes at a time: the compiler vectorises this loop, so that it runs at memory
        // speed.
        let (words, rest) = piece.as_chunks_mut::<8>();
        for bytes in words {
            *bytes = (u64::from_le_bytes(*bytes) ^ word).to_le_bytes();
        }
        for (byte, key) in rest.iter_mut().zip(word.to_le_bytes()) {
            *byte ^= key;
        }
        let used = u32::try_from(len & 3).unwrap_or_default();
        self.key = self.key.rotate_right(used.wrapping_mul(8));
    }
}

impl fmt::Debug for Masker {
    // The payload can be unmasked with the key: keep it out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masker(..)")
    }
}
