use alloc::string::String;
use std::io;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sansocket::{Random, Seed};

/// Creates an id that nobody can guess: 128 bits of the operating system's generator.
pub(super) fn unpredictable_id() -> io::Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(Random::new(Seed::from_os()?).nonce()))
}
