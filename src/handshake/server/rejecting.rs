//! Converts an error to the response that rejects the request. This is a file of its own because
//! the error can hold a [`Rejection`] of the application, so `rejection` cannot depend on the
//! error.

use alloc::{string::String, vec::Vec};
use core::fmt::Write as _;

use super::Rejection;
use crate::handshake::{HandshakeError, RequestError};

impl Rejection {
    /// Appends the response to `out`.
    ///
    /// # Errors
    ///
    /// The status or a header is invalid. Nothing was appended then.
    pub fn send(&self, out: &mut Vec<u8>) -> Result<(), HandshakeError> {
        Ok(self.append_to(out)?)
    }
}

impl From<&HandshakeError> for Rejection {
    /// Creates the response to a request that failed with this error. The status is 500 if the
    /// client is not at fault.
    fn from(error: &HandshakeError) -> Self {
        let refused = match error {
            HandshakeError::Rejected(rejection) => return rejection.clone(),
            HandshakeError::Request(refused) => refused,
            _ => return Self::new(500),
        };
        let mut rejection = Self::new(refused.status());
        if let RequestError::Method(method) = refused {
            // RFC 9110 15.5.6: the methods that are allowed.
            rejection = rejection.header("Allow", "GET");
            // RFC 9110 9.3.2: no body in response to HEAD.
            if method == "HEAD" {
                return rejection;
            }
        }
        let mut body = String::new();
        // Writing to a string cannot fail. The client is not told more than it needs to know.
        let _ = match refused {
            RequestError::Origin { .. } => writeln!(body, "pages of this origin may not connect"),
            _ => writeln!(body, "{refused}"),
        };
        rejection.header("Content-Type", "text/plain").body(body)
    }
}
