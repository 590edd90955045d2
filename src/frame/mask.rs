/// The four bytes that a frame's payload is masked with (RFC 6455 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "RFC 6455 5.3 fixes the size")]
pub struct MaskKey(pub [u8; 4]);

/// Masks or unmasks a payload that comes in pieces: `payload[i] ^ key[i mod 4]`.
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
#[derive(Clone, Copy, Debug)]
pub struct Masker {
    /// Rotated so that its first byte masks the next byte of the payload.
    key: [u8; 4],
}

impl Masker {
    /// A masker at the start of a payload.
    #[inline]
    #[must_use]
    pub const fn new(key: MaskKey) -> Self {
        Self { key: key.0 }
    }

    /// Masks the next piece of the payload in place, or takes the mask off.
    #[inline]
    pub fn apply(&mut self, piece: &mut [u8]) {
        let [a, b, c, d] = self.key;
        let word = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
        let len = piece.len();
        // Whole words first: the compiler turns this loop into SIMD, at the speed of memory.
        let (words, rest) = piece.as_chunks_mut::<8>();
        for bytes in words {
            *bytes = (u64::from_ne_bytes(*bytes) ^ word).to_ne_bytes();
        }
        for (byte, key) in rest.iter_mut().zip([a, b, c, d, a, b, c]) {
            *byte ^= key;
        }
        self.key.rotate_left(len & 3);
    }
}
