//! From an error to the response that refuses the request. The error stands between: it can hold a
//! [`Rejection`] of the application's, which therefore knows nothing of it.

use alloc::{string::String, vec::Vec};
use core::fmt::Write as _;

use super::Rejection;
use crate::handshake::{HandshakeError, RequestError};

impl Rejection {
    /// Appends the response to `out`.
    ///
    /// # Errors
    ///
    /// The application erred: the status is none to refuse with, or a header may not be sent.
    /// Nothing was appended then.
    pub fn send(&self, out: &mut Vec<u8>) -> Result<(), HandshakeError> {
        Ok(self.append_to(out)?)
    }
}

impl From<&HandshakeError> for Rejection {
    /// The response to a request that failed with this error; 500 if the client did not err.
    fn from(error: &HandshakeError) -> Self {
        let refused = match error {
            HandshakeError::Rejected(rejection) => return rejection.clone(),
            HandshakeError::Request(refused) => refused,
            _ => return Self::new(500),
        };
        let mut rejection = Self::new(refused.status());
        if let RequestError::Method(method) = refused {
            // RFC 9110 15.5.6: what would be allowed.
            rejection = rejection.header("Allow", "GET");
            // RFC 9110 9.3.2: no body in response to HEAD.
            if method == "HEAD" {
                return rejection;
            }
        }
        let mut body = String::new();
        // A string takes all.
        let _ = writeln!(body, "{refused}");
        rejection.header("Content-Type", "text/plain").body(body)
    }
}
