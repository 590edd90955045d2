//! The character classes of RFC 9110 5.6 and 5.5.

/// Whether the byte may stand in a token (RFC 9110 5.6.2, the same as RFC 2616 2.2).
pub(super) const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

/// Whether the bytes are a token: at least one, and all of the class.
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| is_token_byte(byte))
}

/// Whether the byte may stand in the value of a header (RFC 9110 5.5): no control but the tab.
pub(super) const fn is_text_byte(byte: u8) -> bool {
    byte == b'\t' || !byte.is_ascii_control()
}
