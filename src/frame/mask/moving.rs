use super::words::mask_words;

const BLOCK_LEN: usize = 128;

/// Masks all bytes after the first `gap`, and moves the result to the front. A block stays in
/// registers between masking and moving.
#[inline(always)]
pub(super) fn mask_moving(word: u64, mut bytes: &mut [u8], gap: usize) {
    while let Some(&(mut block)) = bytes.get(gap..).and_then(<[u8]>::first_chunk::<BLOCK_LEN>)
        && let Some(place) = bytes.first_chunk_mut()
    {
        mask_words(word, &mut block);
        *place = block;
        bytes = bytes.get_mut(BLOCK_LEN..).unwrap_or_default();
    }
    if let Some(rest) = bytes.get_mut(gap..) {
        mask_words(word, rest);
        bytes.copy_within(gap.., 0);
    }
}

#[cfg(test)]
mod tests {
    use super::mask_moving;
    use crate::frame::mask::{naive, simd};

    #[test]
    fn bytes_move_to_the_front_unmasked_over_any_gap() {
        naive::for_each_case(|word, memory, start| {
            // The gap is a header or more: a header and control frames.
            for gap in [0, 2, 6, 14, 31, 200] {
                let masked = memory[start..].get(gap..).unwrap_or_default();
                let expected = naive::masked(word, masked);
                simd::run_at_every_level(|| {
                    let mut memory = memory.to_vec();
                    mask_moving(word, &mut memory[start..], gap);
                    assert_eq!(memory[start..][..expected.len()], expected);
                });
            }
        });
    }
}
