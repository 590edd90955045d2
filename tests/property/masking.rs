//! The word-wise mask equals the one line of RFC 6455 5.3.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sansocket::frame::{MaskKey, Masker};

use crate::wire;

proptest! {
    // Shows 6455-5.3-5 (both).
    #[test]
    fn masking_in_pieces_equals_masking_byte_by_byte(
        key in any::<[u8; 4]>(),
        // The alignment of the payload determines the words that are masked.
        memory in vec(any::<u8>(), 0..200),
        offset in 0..20_usize,
        cuts in vec(any::<Index>(), 0..6),
    ) {
        let offset = offset.min(memory.len());
        let mut masked = memory.clone();
        let mut cuts: Vec<usize> =
            cuts.iter().map(|cut| offset + cut.index(memory.len() - offset + 1)).collect();
        cuts.extend([offset, memory.len()]);
        cuts.sort_unstable();

        let mut masker = Masker::new(MaskKey(key));
        for piece in cuts.windows(2) {
            masker.apply(&mut masked[piece[0]..piece[1]]);
        }
        prop_assert_eq!(&masked[..offset], &memory[..offset]);
        prop_assert_eq!(&masked[offset..], &wire::masked(&memory[offset..], key));
    }
}
