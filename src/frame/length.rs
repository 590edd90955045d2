//! Lengths: of 64 bits as the RFC counts them, and as memory is counted, in 32 bits perhaps.

/// A slice's length as the RFC counts.
#[inline]
pub(crate) fn len_u64(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// A length as memory is counted, but at most `max`: of what a peer claims, how much is there.
///
/// `L` is `usize`. That of a smaller machine has fewer bits than `len`, and takes no part of them
/// for the whole.
#[inline]
pub(crate) fn at_most<L: TryFrom<u64> + Ord>(len: u64, max: L) -> L {
    match L::try_from(len) {
        Ok(len) => len.min(max),
        Err(_) => max,
    }
}

#[cfg(test)]
mod tests {
    use super::at_most;

    /// On a machine whose lengths are an `L`.
    fn assert<L: TryFrom<u64> + Ord + Copy>()
    where
        u64: From<L>,
    {
        let edges = [0, 1, 125, 1 << 7, 1 << 8, 1 << 15, 1 << 16, 1 << 31, 1 << 32, 1 << 63];
        let lens = || edges.into_iter().flat_map(|edge| [edge, edge - edge.min(1), edge | 5]);
        for len in lens() {
            for max in lens().chain([u64::MAX]).filter_map(|max| L::try_from(max).ok()) {
                let expected = len.min(max.into());
                assert_eq!(u64::from(at_most(len, max)), expected, "{len}");
            }
        }
    }

    #[test]
    fn section_5_2_a_length_beyond_what_the_machine_counts_keeps_its_upper_bits() {
        assert::<u8>();
        assert::<u16>();
        assert::<u32>();
        assert::<u64>();
    }
}
