//! `Sec-WebSocket-Key` and `Sec-WebSocket-Accept`, which prove that both ends speak the protocol
//! (RFC 6455 1.3).

use alloc::string::String;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha1::{Digest as _, Sha1};

use super::byte_set::ByteSet;

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
    static DIGITS: ByteSet = ByteSet::alphanumeric_and(b"+/");
    // RFC 4648 4: of the last digit only the two highest bits are used.
    let Some((digits, b"==")) = key.split_at_checked(22) else {
        return false;
    };
    digits.iter().all(|&digit| DIGITS.contains(digit))
        && digits.last().is_some_and(|last| b"AQgw".contains(last))
}

/// Returns the `Sec-WebSocket-Accept` for a key (RFC 6455 4.2.2).
pub(super) fn accept_key(key: &[u8]) -> String {
    let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    STANDARD.encode(digest)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    use super::{encode_nonce, is_valid_key};

    proptest! {
        #[test]
        fn a_key_is_valid_if_it_decodes_to_16_bytes(
            nonce: [u8; 16],
            place in 0_usize..24,
            byte: u8,
            digit in "[A-Za-z0-9+/=]",
        ) {
            let key = encode_nonce(nonce);
            prop_assert!(is_valid_key(key.as_bytes()));
            for changed in [byte, digit.as_bytes()[0]] {
                let mut key = key.clone().into_bytes();
                key[place] = changed;
                let is_nonce = STANDARD.decode(&key).is_ok_and(|nonce| nonce.len() == 16);
                prop_assert_eq!(is_valid_key(&key), is_nonce);
            }
            prop_assert!(!is_valid_key(&key.as_bytes()[..place]));
        }
    }
}
