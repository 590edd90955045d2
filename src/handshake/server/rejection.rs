use alloc::{string::ToString as _, vec::Vec};

use crate::{
    handshake::{InvalidArgument, extra_headers::ExtraHeaders, head},
    redacted::Redacted,
};

/// A response that refuses a request. After it is written, the stream is to be closed.
///
/// [`Rejection::new`] makes one of the application's own; that for an error is made from it.
///
/// ```
/// use sansocket::handshake::server::Rejection;
///
/// let mut out = Vec::new();
/// Rejection::new(404)
///     .header("Content-Type", "text/plain")
///     .body("no such room\n")
///     .send(&mut out)?;
/// assert_eq!(
///     out,
///     b"HTTP/1.1 404 Not Found\r\n\
///     Connection: close\r\n\
///     Content-Length: 13\r\n\
///     Content-Type: text/plain\r\n\r\n\
///     no such room\n"
/// );
/// # Ok::<(), sansocket::handshake::HandshakeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    pub(super) status: u16,
    headers: ExtraHeaders,
    pub(super) body: Redacted<Vec<u8>>,
}

impl Rejection {
    /// A response with this status and no body.
    ///
    /// Any final status that can have a body will do: 401 with a challenge, 302 with a
    /// `Location`, also 200 for a health check.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, headers: ExtraHeaders::default(), body: Redacted::default() }
    }

    /// Adds a header. The handshake's own headers cannot be given.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(name, value);
        self
    }

    /// Sets the body; a `Content-Type` is for the caller to add.
    #[must_use]
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: Redacted(body.into()), ..self }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Appends the whole response to `out`; nothing if it may not be sent.
    pub(super) fn append_to(&self, out: &mut Vec<u8>) -> Result<(), InvalidArgument> {
        let len = self.body.len().to_string();
        let headers = self.headers(&len)?;
        let status = self.status.to_string();
        let start_line = ["HTTP/1.1 ", &status, " ", reason_phrase(self.status)];
        head::write(&start_line, headers, out);
        out.extend_from_slice(&self.body);
        Ok(())
    }

    /// The headers of the response, with the length of the body in digits.
    pub(super) fn headers<'a>(
        &'a self,
        len: &'a str,
    ) -> Result<impl Iterator<Item = (&'a str, &'a str)>, InvalidArgument> {
        // RFC 9110 6.4.1: neither an interim response nor one that cannot have a body.
        if !matches!(self.status, 200..=203 | 206..=303 | 305..=599) {
            return Err(InvalidArgument::Status(self.status));
        }
        let own: &[(&str, &str)] = match self.status {
            // RFC 9110 15.5.22 and 7.8: what to upgrade to. RFC 6455 4.4: and to which version.
            426 => &[
                ("Connection", "close, Upgrade"),
                ("Upgrade", "websocket"),
                ("Sec-WebSocket-Version", "13"),
            ],
            _ => &[("Connection", "close")],
        };
        let own = own.iter().copied();
        Ok(own.chain([("Content-Length", len)]).chain(self.headers.checked()?))
    }
}

/// The words for a status (RFC 9110 15), empty for those that are seldom used here.
const fn reason_phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        410 => "Gone",
        414 => "URI Too Long",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}
