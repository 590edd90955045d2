use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::handshake::{Headers, headers::OwnedHeaders};

/// A final response other than 101: an error, a redirect, or a challenge (RFC 6455 4.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    pub(super) status: u16,
    pub(super) headers: OwnedHeaders,
    pub(super) body: Vec<u8>,
}

impl Refusal {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The header lines.
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        self.headers.as_headers()
    }

    /// Whether the same request may succeed later: with status 408, 425, 429 and all of 5xx but 501,
    /// 505 and 511 (RFC 9110 15.5.9 and 15.6, RFC 8470 5.2, RFC 6585 4 and 6).
    ///
    /// A `Retry-After` among the headers may say when.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self.status, 408 | 425 | 429 | 500 | 502..=504 | 506..=510 | 512..=599)
    }

    /// The start of the body, at most
    /// [`Limits::max_body_len`](crate::handshake::Limits::max_body_len) bytes.
    ///
    /// With a `Content-Length` it is as long as that says, unless the stream ended before. In any
    /// other case, such as that of a chunked body, it is what came together with the head, as it
    /// came.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl fmt::Debug for Refusal {
    // A body is most often text, and says why.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body", &String::from_utf8_lossy(&self.body))
            .finish()
    }
}
