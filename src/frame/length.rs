//! Conversions between the lengths of the RFC, which have 64 bits, and those of memory, which may
//! have 32.

/// Returns the length of a slice as a length of the RFC.
#[inline]
pub(crate) fn len_u64(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Converts a length that a peer claims to one of memory, at most `max`: the bytes that are there.
///
/// `L` is `usize`, and other types in tests. Where it has fewer bits than `len`, `len` must not be
/// truncated: a length of 2^32 + 5 is not one of 5.
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

    /// Checks a machine whose lengths have the type `L`.
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
    fn section_5_2_a_length_beyond_usize_is_not_truncated() {
        assert::<u8>();
        assert::<u16>();
        assert::<u32>();
        assert::<u64>();
    }
}
