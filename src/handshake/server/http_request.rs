use super::Request;
use crate::{
    handshake::{
        HandshakeError, HeadError, Headers, RequestError,
        grammar::is_token,
        head::{Head, parse_version},
        target::Target,
    },
    redacted::RedactedTarget,
};

/// A request of HTTP/1, whatever it asks for: an upgrade, or the health of the server.
///
/// It borrows the input.
#[derive(Clone, Debug)]
pub struct HttpRequest<'b> {
    method: &'b str,
    target: RedactedTarget<&'b str>,
    is_http_1_1: bool,
    headers: Headers<'b>,
}

impl<'b> HttpRequest<'b> {
    pub(super) fn parse(head: &'b [u8], header_count: usize) -> Result<Self, RequestError> {
        let head = Head::parse(head, header_count)?;
        let mut words = head.start_line.split(|&byte| byte == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(HeadError::InvalidLine.into());
        };
        let method = str::from_utf8(method).map_err(|_| HeadError::InvalidLine)?;
        let version = parse_version(version).ok_or(HeadError::InvalidLine)?;
        if !is_token(method.as_bytes()) {
            return Err(HeadError::InvalidLine.into());
        }
        // HTTP/2 has another form.
        if version.0 != 1 {
            return Err(RequestError::HttpVersion);
        }
        let target = str::from_utf8(target).map_err(|_| RequestError::InvalidTarget)?;
        let target = RedactedTarget(target);
        Ok(Self { method, target, is_http_1_1: version.1 > 0, headers: head.headers })
    }

    /// Returns the method, such as `GET`.
    #[must_use]
    pub const fn method(&self) -> &'b str {
        self.method
    }

    /// Returns the target as it was written, such as `/health?full`.
    #[must_use]
    pub const fn target(&self) -> &'b str {
        self.target.0
    }

    /// Returns the target up to its query, such as `/health`.
    #[must_use]
    pub fn path(&self) -> &'b str {
        self.target.0.split_once('?').map_or(self.target.0, |(path, _)| path)
    }

    /// Returns what follows the first `?` of the target, such as `full`.
    #[must_use]
    pub fn query(&self) -> Option<&'b str> {
        self.target.0.split_once('?').map(|(_, query)| query)
    }

    /// Returns the header lines.
    #[must_use]
    pub const fn headers(&self) -> &Headers<'b> {
        &self.headers
    }

    /// Checks that it keeps all the rules of an upgrade request (RFC 6455 4.2.1).
    ///
    /// # Errors
    ///
    /// It cannot be accepted: [`Rejection`](super::Rejection) makes the answer.
    pub fn upgrade(self) -> Result<Request<'b>, HandshakeError> {
        let Self { method, target, is_http_1_1, headers } = self;
        // RFC 6455 4.2.1: HTTP/1.1 or higher.
        if !is_http_1_1 {
            return Err(RequestError::HttpVersion.into());
        }
        Ok(Request::check(method, target.0, Target::parse(target.0), headers)?)
    }
}

#[cfg(test)]
mod tests {
    use super::HttpRequest;

    #[test]
    fn a_target_is_a_path_and_perhaps_a_query() {
        for (target, path, query) in [
            ("/health", "/health", None),
            ("/health?", "/health", Some("")),
            ("/health?full&of=?", "/health", Some("full&of=?")),
            ("*", "*", None),
        ] {
            let head = alloc::format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n");
            let request = HttpRequest::parse(head.as_bytes(), 1).unwrap();
            assert_eq!((request.target(), request.path(), request.query()), (target, path, query));
        }
    }
}
