//! The proof that both ends speak the protocol: key and accept value (RFC 6455 1.3).

use alloc::string::String;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha1::{Digest as _, Sha1};

/// What the server puts behind the key (RFC 6455 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The `Sec-WebSocket-Key` that stands for a nonce.
pub(super) fn encode_nonce(nonce: [u8; 16]) -> String {
    STANDARD.encode(nonce)
}

/// Whether a `Sec-WebSocket-Key` is the base64 of 16 bytes.
///
/// Only the canonical form is: bits behind the last byte that are not zero are refused, such as
/// those of the example in RFC 6455 4.1 (erratum 3150).
pub(super) fn is_valid_key(key: &[u8]) -> bool {
    // 24 characters hold up to 18 bytes.
    STANDARD.decode_slice(key, &mut [0; 18]) == Ok(16)
}

/// The `Sec-WebSocket-Accept` that answers a key (RFC 6455 4.2.2).
pub(super) fn accept_key(key: &[u8]) -> String {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    STANDARD.encode(digest)
}
