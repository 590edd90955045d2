use super::words::mask_words;

/// As many bytes as fit into the vector registers of most processors.
const BLOCK_LEN: usize = 256;

/// The block length for the rest that does not fill a long block.
const SHORT_BLOCK_LEN: usize = 64;

/// Passes copies of all complete blocks to `put`, masked. A block stays in registers between copying
/// and masking. Returns what is left after the last one.
#[inline(always)]
pub(super) fn mask_blocks(word: u64, bytes: &[u8], mut put: impl FnMut(&[u8])) -> &[u8] {
    let (blocks, rest) = bytes.as_chunks::<BLOCK_LEN>();
    for &(mut block) in blocks {
        mask_words(word, &mut block);
        put(&block);
    }
    let (blocks, rest) = rest.as_chunks::<SHORT_BLOCK_LEN>();
    for &(mut block) in blocks {
        mask_words(word, &mut block);
        put(&block);
    }
    rest
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::mask_blocks;
    use crate::frame::mask::{naive, simd};

    #[test]
    fn complete_blocks_are_copied_masked_at_every_alignment() {
        naive::for_each_case(|word, memory, start| {
            let bytes = &memory[start..];
            let expected = naive::masked(word, bytes);
            simd::run_at_every_level(|| {
                let mut copied = Vec::new();
                let rest = mask_blocks(word, bytes, |block| copied.extend_from_slice(block));
                assert!(rest.len() < 64);
                assert_eq!(copied, expected[..bytes.len() - rest.len()]);
                assert_eq!(rest, &bytes[copied.len()..]);
            });
        });
    }
}
