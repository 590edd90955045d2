use alloc::{format, string::String, vec::Vec};
use core::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::InvalidArgument;

/// A user name and a password.
///
/// Both are bytes, usually UTF-8. `Debug` shows neither.
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
    /// Creates credentials of any bytes. They are validated when they are used, as each protocol
    /// has its own rules.
    #[must_use]
    pub fn new(user: impl Into<Vec<u8>>, password: impl Into<Vec<u8>>) -> Self {
        Self { user: user.into(), password: password.into() }
    }

    /// Returns the value of an `Authorization` header with the scheme `Basic` (RFC 7617).
    ///
    /// # Errors
    ///
    /// [`InvalidArgument::Credentials`]: the user name contains a `:`, or the user name or the
    /// password a control character.
    pub fn basic(&self) -> Result<String, InvalidArgument> {
        let pair = [self.user.as_slice(), b":", &self.password].concat();
        // RFC 7617 2: the user name ends at the first colon.
        if self.user.contains(&b':') || pair.iter().any(u8::is_ascii_control) {
            return Err(InvalidArgument::Credentials);
        }
        Ok(format!("Basic {}", STANDARD.encode(pair)))
    }

    /// The version of the authentication protocol of [`socks5`](Self::socks5).
    pub(super) const SOCKS5_VERSION: u8 = 1;

    /// Encodes the request of SOCKS5 user name and password authentication (RFC 1929 2).
    pub(super) fn socks5(&self) -> Result<Vec<u8>, InvalidArgument> {
        let mut out = [Self::SOCKS5_VERSION].to_vec();
        for part in [&self.user, &self.password] {
            // RFC 1929 2: both have 1 to 255 bytes.
            match u8::try_from(part.len()) {
                Ok(len @ 1..) => out.push(len),
                _ => return Err(InvalidArgument::Credentials),
            }
            out.extend_from_slice(part);
        }
        Ok(out)
    }
}

impl fmt::Debug for Credentials {
    // Credentials must stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}
