//! The verdict of the engine on a head. The conformance tests use it too.

use sansocket::{Parsed, handshake::HandshakeError};

/// Returns the first error of a parser that gets one byte more at a time, and the last of them.
pub(crate) fn first_error(
    bytes: &[u8],
    mut parse: impl FnMut(&[u8]) -> Result<bool, HandshakeError>,
) -> Option<(HandshakeError, u64)> {
    for len in 1..=bytes.len() {
        match parse(&bytes[..len]) {
            Ok(true) => return None,
            Ok(false) => {}
            Err(error) => return Some((error, len as u64 - 1)),
        }
    }
    None
}

pub(crate) fn is_complete<T>(parsed: Parsed<T>) -> bool {
    matches!(parsed, Parsed::Complete { .. })
}
