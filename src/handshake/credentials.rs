use alloc::{format, string::String, vec::Vec};
use core::fmt;

use base64::{display::Base64Display, engine::general_purpose::STANDARD};

use super::InvalidArgument;

/// A user name and a password.
///
/// Both are bytes, most often UTF-8. `Debug` shows neither.
///
/// ```
/// use sansocket::handshake::Credentials;
///
/// // The example of RFC 7617 2.
/// let credentials = Credentials::new("Aladdin", "open sesame");
/// assert_eq!(credentials.basic()?, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
/// assert!(Credentials::new("Ala:ddin", "open sesame").basic().is_err());
/// # Ok::<(), sansocket::handshake::InvalidArgument>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    user: Vec<u8>,
    password: Vec<u8>,
}

impl Credentials {
    /// Credentials of any bytes: what may stand in them depends on where they are sent.
    #[must_use]
    pub fn new(user: impl Into<Vec<u8>>, password: impl Into<Vec<u8>>) -> Self {
        Self { user: user.into(), password: password.into() }
    }

    /// The value of an `Authorization` header in the scheme `Basic` (RFC 7617).
    ///
    /// # Errors
    ///
    /// [`InvalidArgument::Credentials`]: the user name holds a `:`, or one of both a control
    /// character.
    pub fn basic(&self) -> Result<String, InvalidArgument> {
        let pair = [self.user.as_slice(), b":", &self.password].concat();
        // RFC 7617 2: what stands before the first colon is the user name.
        if self.user.contains(&b':') || pair.iter().any(u8::is_ascii_control) {
            return Err(InvalidArgument::Credentials);
        }
        Ok(format!("Basic {}", Base64Display::new(&pair, &STANDARD)))
    }
}

impl fmt::Debug for Credentials {
    // Credentials are to stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}
