//! The form of an HTTP/1 head: a start line and header lines (RFC 9112 2.1).

use alloc::vec::Vec;

use super::{HeadError, Headers};

/// A parsed head. It has no `Debug`, since the first line contains the query of a request.
pub(super) struct Head<'b> {
    /// The first line, without its CRLF.
    pub(super) start_line: &'b [u8],
    pub(super) headers: Headers<'b>,
}

impl<'b> Head<'b> {
    /// Parses a complete head, which [`HeadScanner`](super::HeadScanner) has validated.
    pub(super) fn parse(head: &'b [u8], header_count: usize) -> Result<Self, HeadError> {
        // Every CR is followed by an LF: the scanner has checked that.
        let start_line = head.split(|&byte| byte == b'\r').next().unwrap_or_default();
        let lines = head.get(start_line.len().saturating_add(2)..).unwrap_or_default();
        let headers = Headers::parse(lines, header_count).ok_or(HeadError::InvalidLine)?;
        Ok(Self { start_line, headers })
    }
}

/// Parses the two digits of an HTTP version, such as `HTTP/1.1` (RFC 9112 2.3).
pub(super) fn parse_version(word: &[u8]) -> Option<(u8, u8)> {
    let &[major, b'.', minor] = word.strip_prefix(b"HTTP/")? else {
        return None;
    };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| byte.wrapping_sub(b'0'));
    Some((digit(major)?, digit(minor)?))
}

/// Appends a head to `out`: the start line in pieces, the header lines and the empty line.
pub(super) fn write<'h>(
    start_line: &[&str],
    headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    out: &mut Vec<u8>,
) {
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
