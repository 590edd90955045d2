//! `Sec-WebSocket-Key` and `Sec-WebSocket-Accept`, which prove that both ends speak the protocol
//! (RFC 6455 1.3).

use alloc::string::String;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha1::{Digest as _, Sha1};

/// The suffix that the server appends to the key (RFC 6455 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Encodes a nonce as a `Sec-WebSocket-Key`.
pub(super) fn encode_nonce(nonce: [u8; 16]) -> String {
    STANDARD.encode(nonce)
}

/// Returns whether a `Sec-WebSocket-Key` is the base64 of 16 bytes.
///
/// Only the canonical form is valid: the unused bits after the last byte must be zero. The example
/// in RFC 6455 4.1 breaks that (erratum 3150).
pub(super) fn is_valid_key(key: &[u8]) -> bool {
    // 24 characters hold up to 18 bytes.
    STANDARD.decode_slice(key, &mut [0; 18]) == Ok(16)
}

/// Returns the `Sec-WebSocket-Accept` for a key (RFC 6455 4.2.2).
pub(super) fn accept_key(key: &[u8]) -> String {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    STANDARD.encode(digest)
}
