//! The character classes of RFC 9110 5.5 and 5.6, and decimal numbers.

use core::str::FromStr;

use super::byte_set::ByteSet;

/// Returns whether a token may contain the byte (RFC 9110 5.6.2, the same as RFC 2616 2.2).
#[inline]
pub(super) fn is_token_byte(byte: u8) -> bool {
    static TOKEN_BYTES: ByteSet = ByteSet::alphanumeric_and(b"!#$%&'*+-.^_`|~");
    TOKEN_BYTES.contains(byte)
}

/// Returns whether the bytes are a token: at least one token byte and no others.
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| is_token_byte(byte))
}

/// Returns whether the value of a header may contain the byte (RFC 9110 5.5): a tab, or no control
/// character.
pub(super) const fn is_text_byte(byte: u8) -> bool {
    byte == b'\t' || !byte.is_ascii_control()
}

/// Parses a number that consists of decimal digits only: a port, a length or a status.
///
/// `str::parse` would also accept a `+`, which none of these grammars allows (RFC 3986 3.2.3, RFC
/// 9110 8.6).
pub(crate) fn parse_decimal<N: FromStr>(digits: &[u8]) -> Option<N> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse_decimal;

    #[test]
    fn a_number_has_decimal_digits_only() {
        assert_eq!(parse_decimal(b"0"), Some(0_u16));
        assert_eq!(parse_decimal(b"0065535"), Some(65_535_u16));
        for digits in
            ["", "+80", "-1", " 80", "80 ", "8_0", "0x50", "1e3", "8.0", "\u{668}", "65536"]
        {
            assert_eq!(parse_decimal::<u16>(digits.as_bytes()), None, "{digits}");
        }
        assert_eq!(parse_decimal::<u64>(b"\xFF"), None);
        assert_eq!(parse_decimal(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(parse_decimal::<u64>(b"18446744073709551616"), None);
    }
}
