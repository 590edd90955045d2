/// A set of bytes, in which each is found without a comparison.
pub(super) struct ByteSet([bool; 256]);

impl ByteSet {
    /// Creates the set of ASCII letters, digits and `others`.
    pub(super) const fn alphanumeric_and(others: &[u8]) -> Self {
        let mut table = [false; 256];
        let (mut byte, mut slots): (u8, &mut [bool]) = (0, &mut table);
        while let Some((slot, rest)) = slots.split_first_mut() {
            *slot = byte.is_ascii_alphanumeric() || is_in(others, byte);
            (byte, slots) = (byte.wrapping_add(1), rest);
        }
        Self(table)
    }

    #[inline]
    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).is_some_and(|&is_in| is_in)
    }
}

const fn is_in(mut bytes: &[u8], byte: u8) -> bool {
    while let Some((first, rest)) = bytes.split_first() {
        if *first == byte {
            return true;
        }
        bytes = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::ByteSet;

    #[test]
    fn a_set_contains_letters_digits_and_what_it_is_given() {
        for others in [&b""[..], b"!-", b"\0\xFF"] {
            let set = ByteSet::alphanumeric_and(others);
            for byte in 0..=u8::MAX {
                let expected = byte.is_ascii_alphanumeric() || others.contains(&byte);
                assert_eq!(set.contains(byte), expected, "{byte:#04x}");
            }
        }
    }
}
