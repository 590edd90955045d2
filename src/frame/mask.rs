//! The masking of payloads. Each kernel is a plain loop in a file of its own. The compiler vectorises
//! it for several sets of instructions, and `simd` chooses one of these at run time.

mod blocks;
#[cfg(test)]
mod naive;
mod simd;
mod words;

use core::fmt;

use self::{blocks::mask_blocks, words::mask_words};

/// A masking key: the four bytes that a frame's payload is masked with (RFC 6455 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "RFC 6455 5.3 fixes the size")]
pub struct MaskKey(pub [u8; 4]);

/// The masking of one payload, which may come in pieces: `payload[i] ^ key[i mod 4]`.
///
/// With the feature `std` it uses the best vector instructions of the processor, chosen at run
/// time.
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
        let (word, len) = (self.word(), piece.len());
        simd::run(
            len,
            #[inline(always)]
            move || mask_words(word, piece),
        );
        self.advance(len);
    }

    /// Works like [`apply`](Self::apply), but passes the result to `put`, block by block. Returns
    /// what is left after the last complete block: copy it, and apply the mask.
    #[inline]
    pub(crate) fn copy_blocks<'p>(&self, piece: &'p [u8], put: impl FnMut(&[u8])) -> &'p [u8] {
        let word = self.word();
        simd::run(
            piece.len(),
            #[inline(always)]
            move || mask_blocks(word, piece, put),
        )
    }

    /// Returns the key twice, in the order of the next bytes.
    #[inline]
    fn word(self) -> u64 {
        u64::from(self.key) << 32 | u64::from(self.key)
    }

    #[inline]
    fn advance(&mut self, len: usize) {
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
