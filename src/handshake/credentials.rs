use alloc::{format, string::String, vec::Vec};
use core::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

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
        Ok(format!("Basic {}", STANDARD.encode(pair)))
    }

    /// The version of the method of authentication that [`socks5`](Self::socks5) speaks.
    pub(super) const SOCKS5_VERSION: u8 = 1;

    /// The request of the method of SOCKS5 (RFC 1929 2).
    pub(super) fn socks5(&self) -> Result<Vec<u8>, InvalidArgument> {
        let mut out = [Self::SOCKS5_VERSION].to_vec();
        for part in [&self.user, &self.password] {
            // RFC 1929 2: of 1 to 255 bytes each.
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
    // Credentials are to stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}
