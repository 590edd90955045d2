/// How large the storage of a read buffer is at first use, and how large it becomes because reads fill
/// it: two powers of two in one byte, for an idle connection holds them as well.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadLens(u8);

impl ReadLens {
    /// Rounds up, within 2 bytes to 64 KiB, and to at most 2^15 times that.
    pub(super) const fn new(min: usize, max: usize) -> Self {
        // Half of it is the room of a read, which must not be empty.
        let min = exponent(min, 1, 16);
        let more = exponent(max, min, min.saturating_add(15)).saturating_sub(min);
        Self(min.saturating_sub(1) << 4 | more)
    }

    /// The size at first use.
    pub(super) const fn min(self) -> usize {
        2 << (self.0 >> 4)
    }

    /// The size beyond which storage belongs to a large message.
    pub(super) const fn max(self) -> usize {
        self.min() << (self.0 & 0xF)
    }
}

/// The exponent of the least power of two that is not below `len`, between `least` and `most`.
const fn exponent(len: usize, least: u8, most: u8) -> u8 {
    let mut exponent = least;
    while exponent < most && 1 << exponent < len {
        exponent = exponent.saturating_add(1);
    }
    exponent
}

#[cfg(test)]
mod tests {
    use super::ReadLens;

    #[test]
    fn lengths_are_rounded_up_to_powers_of_two() {
        for (min, max, expected) in [
            (4 << 10, 256 << 10, (4 << 10, 256 << 10)),
            (200, 500, (256, 512)),
            (256, 257, (256, 512)),
            (0, 0, (2, 2)),
            (100, 0, (128, 128)),
            (usize::MAX, usize::MAX, (64 << 10, 2 << 30)),
            (2, usize::MAX, (2, 64 << 10)),
        ] {
            let lens = ReadLens::new(min, max);
            assert_eq!((lens.min(), lens.max()), expected, "{min}..={max}");
        }
    }
}
