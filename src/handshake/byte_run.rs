//! Runs of bytes of one class, of which heads consist.

use super::grammar::{is_text_byte, is_token_byte};

/// Returns the length of the longest prefix of token bytes.
#[inline]
pub(super) fn token_len(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| !is_token_byte(byte)).unwrap_or(bytes.len())
}

/// Returns the length of the longest prefix of text: tabs, and bytes that are no control characters.
#[inline]
pub(super) fn text_len(bytes: &[u8]) -> usize {
    run_len::<b' '>(bytes)
}

/// Returns the length of the longest prefix of text without a space.
#[inline]
pub(super) fn word_len(bytes: &[u8]) -> usize {
    run_len::<b'!'>(bytes)
}

/// Returns the length of the longest prefix of text without bytes between a tab and `LEAST`. Values
/// are long, so it takes eight bytes at a time.
#[inline]
fn run_len<const LEAST: u8>(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut len = 0_usize;
    for word in words {
        match others::<LEAST>(u64::from_le_bytes(*word)) {
            0 => len = len.wrapping_add(8),
            others => return len.wrapping_add(index(others)),
        }
    }
    let is_in = |byte: u8| is_text_byte(byte) && (byte >= LEAST || byte == b'\t');
    len.wrapping_add(rest.iter().take_while(|&&byte| is_in(byte)).count())
}

/// Sets the highest bit of the first byte that ends the run, if there is one. It may also set that of
/// bytes after it, and sets no other bits.
#[inline]
const fn others<const LEAST: u8>(word: u64) -> u64 {
    const HIGHEST: u64 = repeat(0x80);
    const DEL: u64 = repeat(0x7F);
    let is_least = (word | HIGHEST).wrapping_sub(repeat(LEAST));
    // This borrows only from bytes after a DEL, which ends the run.
    let is_del = (word ^ DEL).wrapping_sub(repeat(1));
    let is_not_tab = ((word ^ repeat(b'\t')) & !HIGHEST).wrapping_add(repeat(0x7F));
    !word & (!is_least | is_del) & is_not_tab & HIGHEST
}

/// Returns the index of the first byte whose highest bit is set, the only bits that are.
#[inline]
fn index(bits: u64) -> usize {
    usize::try_from(bits.trailing_zeros() / 8).unwrap_or_default()
}

const fn repeat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::{text_len, token_len, word_len};
    use crate::handshake::grammar::{is_text_byte, is_token_byte};

    fn naive(bytes: &[u8], class: impl Fn(u8) -> bool) -> usize {
        bytes.iter().take_while(|&&byte| class(byte)).count()
    }

    fn check(bytes: &[u8]) {
        assert_eq!(token_len(bytes), naive(bytes, is_token_byte), "{bytes:?}");
        assert_eq!(text_len(bytes), naive(bytes, is_text_byte), "{bytes:?}");
        assert_eq!(word_len(bytes), naive(bytes, |b| is_text_byte(b) && b != b' '), "{bytes:?}");
    }

    #[test]
    fn every_byte_is_of_its_class_at_every_place() {
        for byte in 0..=u8::MAX {
            for len in 1..20 {
                for place in 0..len {
                    let mut bytes = [b'x'; 20];
                    bytes[place] = byte;
                    check(&bytes[..len]);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_run_is_as_long_as_a_naive_search_finds(
            mut bytes in prop::collection::vec(prop_oneof![9 => b' '..=b'~', 1 => any::<u8>()], 0..64),
            end in prop::collection::vec(any::<u8>(), 0..16),
        ) {
            bytes.extend(end);
            check(&bytes);
            let tokens: Vec<_> = bytes.into_iter().filter(|byte| *byte != b' ').collect();
            check(&tokens);
        }
    }
}
