use super::words::mask_words;

/// The length of the blocks that are tested for ASCII.
const BLOCK_LEN: usize = 128;

const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Masks bytes in place, and returns a length up to which the result is ASCII: the complete blocks
/// before the first one that is not.
#[inline(always)]
pub(super) fn mask_ascii(word: u64, bytes: &mut [u8]) -> usize {
    let (blocks, rest) = bytes.as_chunks_mut::<BLOCK_LEN>();
    let mut blocks = blocks.iter_mut();
    let mut ascii_len = 0_usize;
    for block in &mut blocks {
        let mut seen = 0;
        for bytes in block.as_chunks_mut::<8>().0 {
            let masked = u64::from_le_bytes(*bytes) ^ word;
            seen |= masked;
            *bytes = masked.to_le_bytes();
        }
        if seen & HIGH_BITS != 0 {
            break;
        }
        ascii_len = ascii_len.saturating_add(BLOCK_LEN);
    }
    mask_words(word, blocks.into_slice().as_flattened_mut());
    mask_words(word, rest);
    ascii_len
}

#[cfg(test)]
mod tests {
    use super::mask_ascii;
    use crate::frame::mask::{naive, simd};

    #[test]
    fn ascii_is_found_up_to_the_block_that_is_not() {
        naive::for_each_case(|word, memory, start| {
            let len = memory.len() - start;
            let mut text: alloc::vec::Vec<u8> = memory.iter().map(|byte| byte & 0x7F).collect();
            // All of it, and with one byte that is not, at the end, in the middle and at the start.
            for other in [None, len.checked_sub(1), Some(len / 2), Some(0)] {
                if let Some(byte) = other.and_then(|at| text.get_mut(start + at)) {
                    *byte |= 0x80;
                }
                let expected = &text[start..];
                let ascii_len =
                    expected.iter().take_while(|byte| byte.is_ascii()).count() / 128 * 128;
                let masked = naive::masked(word, expected);
                simd::run_at_every_level(|| {
                    let mut memory = memory.to_vec();
                    memory[start..].copy_from_slice(&masked);
                    assert_eq!(mask_ascii(word, &mut memory[start..]), ascii_len);
                    assert_eq!(&memory[start..], expected);
                });
            }
        });
    }
}
