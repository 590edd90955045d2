use std::collections::BTreeSet;

/// More positions than these are not tried: those near the ends, where headers are, and some between.
const MAX_POSITIONS: usize = 320;
const AT_THE_ENDS: usize = 128;

/// The positions at which what a case sends is cut.
pub(crate) fn positions(len: usize) -> Vec<usize> {
    if len <= MAX_POSITIONS {
        return (1..len).collect();
    }
    let between = MAX_POSITIONS - 2 * AT_THE_ENDS;
    let mut positions: BTreeSet<_> = (1..=AT_THE_ENDS).chain(len - AT_THE_ENDS..len).collect();
    positions
        .extend((0..between).map(|index| AT_THE_ENDS + (len - 2 * AT_THE_ENDS) / between * index));
    positions.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::positions;

    #[test]
    fn a_short_case_is_cut_at_every_byte_and_a_long_one_at_some() {
        assert_eq!(positions(4), [1, 2, 3]);
        assert!(positions(0).is_empty());
        let long = positions(1 << 20);
        assert!(long.len() <= 321 && long[0] == 1 && long.last() == Some(&((1 << 20) - 1)));
    }
}
