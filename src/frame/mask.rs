//! The masking of payloads. Each kernel is a plain loop in a file of its own. The compiler vectorises
//! it for several sets of instructions, and `simd` chooses one of these at run time.

mod ascii;
mod blocks;
mod moving;
#[cfg(test)]
mod naive;
mod simd;
mod words;

use core::fmt;

use self::{ascii::mask_ascii, blocks::mask_blocks, moving::mask_moving, words::mask_words};

/// A masking key: the four bytes that a frame's payload is masked with (RFC 6455 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "RFC 6455 5.3 fixes the size")]
// Aligned like a word, so that headers are copied in words: in bytes it takes 20 % longer.
#[repr(align(4))]
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

    /// The masker of a payload that is not masked, which leaves it as it is.
    pub(crate) const NONE: Self = Self { key: 0 };

    /// Masks the next piece of the payload in place, or unmasks it.
    #[inline]
    pub fn apply(&mut self, piece: &mut [u8]) {
        if self.is_none() {
            return;
        }
        let (word, len) = (self.word(), piece.len());
        simd::run(
            len,
            #[inline(always)]
            move || mask_words(word, piece),
        );
        self.advance(len);
    }

    /// Works like [`apply`](Self::apply), and returns a length up to which the result is ASCII. The
    /// bytes after it were not all tested.
    #[inline]
    pub(crate) fn apply_to_text(self, piece: &mut [u8]) -> usize {
        if self.is_none() {
            return 0;
        }
        let word = self.word();
        simd::run(
            piece.len(),
            #[inline(always)]
            move || mask_ascii(word, piece),
        )
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

    /// Works like [`apply`](Self::apply) for the bytes after the first `gap`, and moves the result to
    /// the front.
    #[inline]
    pub(crate) fn close_gap(mut self, bytes: &mut [u8], gap: usize) {
        if gap == 0 {
            return self.apply(bytes);
        }
        if self.is_none() {
            if gap <= bytes.len() {
                bytes.copy_within(gap.., 0);
            }
            return;
        }
        let (word, len) = (self.word(), bytes.len().saturating_sub(gap));
        simd::run(
            len,
            #[inline(always)]
            move || mask_moving(word, bytes, gap),
        );
    }

    /// Returns whether `next` masks what follows `len` bytes of this payload.
    pub(crate) fn goes_on(mut self, len: usize, next: Self) -> bool {
        self.advance(len);
        self.key == next.key
    }

    /// Returns whether the bytes stay as they are: a peer may also choose the key 0.
    #[inline]
    pub(crate) const fn is_none(self) -> bool {
        self.key == 0
    }

    /// Returns the key twice, in the order of the next bytes.
    #[inline]
    fn word(self) -> u64 {
        u64::from(self.key) << 32 | u64::from(self.key)
    }

    /// Advances by `len` bytes of the payload, as if they had been masked.
    #[inline]
    pub(super) fn advance(&mut self, len: usize) {
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
