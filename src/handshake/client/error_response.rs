use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use crate::handshake::{Headers, excerpt::Excerpt, headers::OwnedHeaders};

/// A final response other than 101: an error, a redirect, or a challenge (RFC 6455 4.1).
#[derive(Clone, PartialEq, Eq)]
pub struct ErrorResponse {
    status: u16,
    reason: Box<str>,
    headers: OwnedHeaders,
    pub(super) body: Vec<u8>,
}

impl ErrorResponse {
    pub(super) fn new(status: u16, reason: &[u8], headers: &Headers<'_>) -> Self {
        let reason = String::from_utf8_lossy(reason).into();
        Self { status, reason, headers: headers.into(), body: Vec::new() }
    }

    /// Returns the HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Returns the reason phrase, such as `Not Found`. Many servers send none.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns the header lines.
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        self.headers.as_headers()
    }

    /// Returns whether the same request may succeed later: with status 408, 425, 429 and all of 5xx but 501,
    /// 505 and 511 (RFC 9110 15.5.9 and 15.6, RFC 8470 5.2, RFC 6585 4 and 6).
    ///
    /// A `Retry-After` among the headers may say when.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self.status, 408 | 425 | 429 | 500 | 502..=504 | 506..=510 | 512..=599)
    }

    /// Returns the start of the body, at most
    /// [`HeadLimits::max_body_len`](crate::handshake::HeadLimits::max_body_len) bytes.
    ///
    /// The body ends where RFC 9112 6.3 says: with the last chunk, after `Content-Length` bytes, or
    /// with the stream. Chunks are decoded, other codings such as gzip are not. It is shorter if the
    /// stream broke or the time was over before, or where the chunks are malformed.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Returns the first line of the body, if people can read it: neither markup nor compressed data.
    fn first_line(&self) -> &str {
        let body = self.body.trim_ascii_start();
        let line = body.split(|&byte| byte == b'\n').next().unwrap_or_default();
        match str::from_utf8(line) {
            Ok(line) if !line.starts_with('<') => line,
            // The body ends inside a character.
            Err(error) if error.error_len().is_none() => {
                let valid = line.get(..error.valid_up_to()).unwrap_or_default();
                str::from_utf8(valid).unwrap_or_default()
            }
            _ => "",
        }
    }
}

/// The status, the reason phrase, and the first line of the body if it is text, each cut at 80
/// characters and without control characters: `401 Unauthorized: token expired`.
impl fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if !self.reason.is_empty() {
            write!(f, " {}", Excerpt(&self.reason))?;
        }
        match self.first_line() {
            "" => Ok(()),
            line => write!(f, ": {}", Excerpt(line)),
        }
    }
}

impl fmt::Debug for ErrorResponse {
    // A body is usually text with the reason.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorResponse")
            .field("status", &self.status)
            .field("reason", &self.reason)
            .field("headers", &self.headers)
            .field("body", &String::from_utf8_lossy(&self.body))
            .finish()
    }
}
