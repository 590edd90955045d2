/// Masks bytes in place, a word at a time.
#[inline(always)]
pub(super) fn mask_words(word: u64, bytes: &mut [u8]) {
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for bytes in words {
        *bytes = (u64::from_le_bytes(*bytes) ^ word).to_le_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(word.to_le_bytes()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::mask_words;
    use crate::frame::mask::{naive, simd};

    #[test]
    fn words_are_masked_like_bytes_at_every_alignment() {
        naive::for_each_case(|word, memory, start| {
            let expected = naive::masked(word, &memory[start..]);
            simd::run_at_every_level(|| {
                let mut memory = memory.to_vec();
                mask_words(word, &mut memory[start..]);
                assert_eq!(memory[start..], expected);
            });
        });
    }
}
