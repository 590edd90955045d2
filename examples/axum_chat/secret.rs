//! A secret, compared by its digest.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The token that clients must know.
pub(crate) struct Token([u8; 32]);

impl Token {
    pub(crate) fn new(token: &str) -> Self {
        Self(digest(token))
    }

    /// Returns whether this is the token. The time that it takes reveals how many bytes of the
    /// digests are the same, but nothing about the token.
    pub(crate) fn is(&self, token: &str) -> bool {
        self.0 == digest(token)
    }
}

/// Returns the id by which others know a page, made from a secret that only the page knows. It
/// stays the same after reconnecting, and after a restart of the server.
pub(crate) fn public_id(secret: &str) -> String {
    let mut id = String::new();
    for byte in &digest(secret)[..16] {
        // Writing to a string cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

#[cfg(test)]
mod tests {
    use super::{Token, public_id};

    #[test]
    fn only_the_whole_token_is_the_token() {
        let token = Token::new("sesame");
        assert!(token.is("sesame"));
        for other in ["", "s", "sesam", "sesame ", "Sesame", "sesamesesame"] {
            assert!(!token.is(other), "{other}");
        }
    }

    #[test]
    fn an_id_follows_from_the_secret_and_does_not_show_it() {
        // The example of one block in FIPS 180-2, B.1.
        assert_eq!(public_id("abc"), "ba7816bf8f01cfea414140de5dae2223");
        assert_ne!(public_id("abd"), public_id("abc"));
    }
}
