use super::Request;
use crate::{
    handshake::{
        HandshakeError, HeadError, Headers, RequestError, byte_run::word_len, grammar::is_token,
        head::parse_version, head_lines::HeadLines, target::Target,
    },
    redacted::RedactedTarget,
};

/// An HTTP/1 request of any kind: an upgrade, or for example a health check.
///
/// It is borrowed from the input.
#[derive(Clone, Debug)]
pub struct HttpRequest<'b> {
    method: &'b str,
    target: RedactedTarget<&'b str>,
    is_http_1_1: bool,
    headers: Headers<'b>,
}

impl<'b> HttpRequest<'b> {
    /// Parses a complete head, which [`HeadScanner`](crate::handshake::HeadScanner) has validated.
    pub(super) fn parse(lines: &HeadLines, input: &'b [u8]) -> Result<Self, RequestError> {
        let (method, rest) = split_word(lines.start_line(input)).ok_or(HeadError::InvalidLine)?;
        let (target, version) = split_word(rest).ok_or(HeadError::InvalidLine)?;
        let method = str::from_utf8(method).map_err(|_| HeadError::InvalidLine)?;
        let version = parse_version(version).ok_or(HeadError::InvalidLine)?;
        if !is_token(method.as_bytes()) {
            return Err(HeadError::InvalidLine.into());
        }
        // HTTP/2 has a different form.
        if version.0 != 1 {
            return Err(RequestError::HttpVersion);
        }
        let target = str::from_utf8(target).map_err(|_| RequestError::InvalidTarget)?;
        let target = RedactedTarget(target);
        Ok(Self { method, target, is_http_1_1: version.1 > 0, headers: Headers::of(lines, input) })
    }

    /// Returns the method, such as `GET`.
    #[must_use]
    pub const fn method(&self) -> &'b str {
        self.method
    }

    /// Returns the target as written, such as `/health?full`.
    #[must_use]
    pub const fn target(&self) -> &'b str {
        self.target.0
    }

    /// Returns the target up to its query, such as `/health`.
    #[must_use]
    pub fn path(&self) -> &'b str {
        self.target.0.split_once('?').map_or(self.target.0, |(path, _)| path)
    }

    /// Returns the part of the target after the first `?`, such as `full`.
    #[must_use]
    pub fn query(&self) -> Option<&'b str> {
        self.target.0.split_once('?').map(|(_, query)| query)
    }

    /// Returns the header lines.
    #[must_use]
    pub const fn headers(&self) -> &Headers<'b> {
        &self.headers
    }

    /// Validates the request as an upgrade request (RFC 6455 4.2.1).
    ///
    /// # Errors
    ///
    /// The request cannot be accepted. Convert the error to a [`Rejection`](super::Rejection) to
    /// answer it.
    pub fn upgrade(self) -> Result<Request<'b>, HandshakeError> {
        let Self { method, target, is_http_1_1, headers } = self;
        // RFC 6455 4.2.1: HTTP/1.1 or higher.
        if !is_http_1_1 {
            return Err(RequestError::HttpVersion.into());
        }
        Ok(Request::check(method, target.0, Target::parse(target.0), headers)?)
    }
}

/// Splits text at its first space.
fn split_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (word, rest) = text.split_at_checked(word_len(text))?;
    Some((word, rest.strip_prefix(b" ")?))
}

#[cfg(test)]
mod tests {
    use super::HttpRequest;
    use crate::handshake::{HeadLimits, HeadScanner};

    #[test]
    fn a_target_is_a_path_and_perhaps_a_query() {
        for (target, path, query) in [
            ("/health", "/health", None),
            ("/health?", "/health", Some("")),
            ("/health?full&of=?", "/health", Some("full&of=?")),
            ("*", "*", None),
        ] {
            let head = alloc::format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n");
            let mut scanner = HeadScanner::new(&HeadLimits::default());
            scanner.scan(head.as_bytes()).unwrap();
            let request = HttpRequest::parse(scanner.lines(), head.as_bytes()).unwrap();
            assert_eq!((request.target(), request.path(), request.query()), (target, path, query));
        }
    }
}
