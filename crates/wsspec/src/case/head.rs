use core::fmt;
use std::time::Duration;

use super::Payload;

/// The head that opens a connection, right or wrong: the request of a client, or the response of a server.
///
/// First line and values may hold placeholders. In a request these are `{host}`, `{path}`, `{scheme}`, which
/// is `http` or `https`, and `{key}`, which is new for each connection; in a response `{accept}`, the value for the key of the request, and
/// `{lowercase accept}`.
///
/// ```
/// use wsspec::Head;
///
/// let request = Head::request().without("Upgrade").and("Cookie", "a=b");
/// let text = request.to_string();
/// assert!(text.starts_with("GET {path} HTTP/1.1\r\nHost: {host}\r\n"));
/// assert!(text.ends_with("Cookie: a=b\r\n\r\n") && !text.contains("Upgrade: "));
/// ```
#[derive(Clone, Debug)]
pub struct Head {
    first_line: String,
    headers: Vec<(String, String)>,
    raw: Option<Payload>,
    text: Option<String>,
    body: Payload,
    pieces: Option<Pieces>,
}

/// How a head is cut, whatever the settings say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pieces {
    pub(crate) size: usize,
    /// The time between two writes.
    pub(crate) gap: Duration,
}

impl Head {
    /// A request that every server must accept.
    #[must_use]
    pub fn request() -> Self {
        Self::new("GET {path} HTTP/1.1")
            .and("Host", "{host}")
            .and("Upgrade", "websocket")
            .and("Connection", "Upgrade")
            .and("Sec-WebSocket-Key", "{key}")
            .and("Sec-WebSocket-Version", "13")
    }

    /// A response that every client must accept.
    #[must_use]
    pub fn response() -> Self {
        Self::new("HTTP/1.1 101 Switching Protocols")
            .and("Upgrade", "websocket")
            .and("Connection", "Upgrade")
            .and("Sec-WebSocket-Accept", "{accept}")
    }

    /// A head without headers.
    #[must_use]
    pub fn new(first_line: impl Into<String>) -> Self {
        Self {
            first_line: first_line.into(),
            headers: Vec::new(),
            raw: None,
            text: None,
            body: Payload::Bytes(Vec::new()),
            pieces: None,
        }
    }

    /// A text as it is, but for the placeholders: for heads whose lines are malformed.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::new("") }
    }

    /// Bytes as they are, in which nothing is replaced.
    #[must_use]
    pub fn raw(bytes: impl Into<Payload>) -> Self {
        Self { raw: Some(bytes.into()), ..Self::new("") }
    }

    /// Another first line, without its end.
    #[must_use]
    pub fn first_line(self, line: impl Into<String>) -> Self {
        Self { first_line: line.into(), ..self }
    }

    /// Leaves out the headers with this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// Replaces the first header with this name, in its place; adds it if there is none.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        let found = self.headers.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(name));
        match found {
            Some(header) => *header = (name.to_owned(), value.into()),
            None => return self.and(name, value),
        }
        self
    }

    /// Adds a header, even if there is one with this name.
    #[must_use]
    pub fn and(mut self, name: &str, value: impl Into<String>) -> Self {
        if let Some(text) = &mut self.text {
            let first_line = text.find('\n').map_or(text.len(), |end| end + 1);
            text.insert_str(first_line, &format!("{name}: {}\r\n", value.into()));
            return self;
        }
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sends these bytes after the head, in the same write.
    #[must_use]
    pub fn body(self, bytes: impl Into<Payload>) -> Self {
        Self { body: bytes.into(), ..self }
    }

    /// Sends in pieces of so many bytes, at least 1.
    #[must_use]
    pub fn in_pieces(self, size: usize) -> Self {
        self.dripped(size, Duration::ZERO)
    }

    /// Sends in pieces of so many bytes, at least 1, with this time between them.
    #[must_use]
    pub fn dripped(self, size: usize, gap: Duration) -> Self {
        Self { pieces: Some(Pieces { size: size.max(1), gap }), ..self }
    }

    /// Whether it was given as a text or as bytes, not header by header.
    pub(crate) const fn is_written_out(&self) -> bool {
        self.raw.is_some() || self.text.is_some()
    }

    pub(crate) const fn pieces(&self) -> Option<Pieces> {
        self.pieces
    }

    pub(crate) fn bytes(&self, replace: impl Fn(&str) -> String) -> Vec<u8> {
        let mut bytes = match &self.raw {
            Some(bytes) => bytes.to_vec(),
            None => replace(&self.to_string()).into_bytes(),
        };
        bytes.extend(self.body.to_vec());
        bytes
    }
}

/// As it is sent, but for the placeholders.
impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(bytes) = &self.raw {
            return f.write_str(&String::from_utf8_lossy(&bytes.to_vec()));
        }
        if let Some(text) = &self.text {
            return f.write_str(text);
        }
        write!(f, "{}\r\n", self.first_line)?;
        for (name, value) in &self.headers {
            write!(f, "{name}: {value}\r\n")?;
        }
        f.write_str("\r\n")
    }
}
