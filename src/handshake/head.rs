//! The form of an HTTP/1 head: a start line and header lines (RFC 9112 2.1).

use alloc::vec::Vec;

/// Parses the two digits of an HTTP version, such as `HTTP/1.1` (RFC 9112 2.3).
pub(super) fn parse_version(word: &[u8]) -> Option<(u8, u8)> {
    let &[major, b'.', minor] = word.strip_prefix(b"HTTP/")? else {
        return None;
    };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| byte.wrapping_sub(b'0'));
    Some((digit(major)?, digit(minor)?))
}

const USUAL_LEN: usize = 256;

/// Appends a head to `out`: the start line in pieces, the header lines and the empty line.
pub(super) fn write<'h>(
    start_line: &[&str],
    headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    out: &mut Vec<u8>,
) {
    // Enough for most heads.
    out.reserve(USUAL_LEN);
    for piece in start_line {
        out.extend_from_slice(piece.as_bytes());
    }
    for (name, value) in headers {
        for piece in ["\r\n", name, ": ", value] {
            out.extend_from_slice(piece.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n\r\n");
}
