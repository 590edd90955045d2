//! Upgrade requests and responses, valid ones and modified ones.

use sansocket::Parsed;
use sansocket::handshake::client::{Accepted, AwaitingResponse, Request};
use sansocket::handshake::{HandshakeError, HeadLimits, RequestError, ResponseError, server};

/// The nonce of the example in RFC 6455 1.3, and its key and accept value.
pub(crate) const NONCE: [u8; 16] = *b"the sample nonce";
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub(crate) const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A head in lines, which can be modified before it is parsed.
pub(crate) struct Head {
    start_line: String,
    lines: Vec<String>,
}

impl Head {
    /// A valid request.
    pub(crate) fn request() -> Self {
        let key = format!("Sec-WebSocket-Key: {KEY}");
        Self {
            start_line: "GET /chat HTTP/1.1".into(),
            lines: [
                "Host: server.example.com",
                "Upgrade: websocket",
                "Connection: Upgrade",
                &key,
                "Sec-WebSocket-Version: 13",
            ]
            .map(String::from)
            .into(),
        }
    }

    /// A valid response to [`NONCE`].
    pub(crate) fn response() -> Self {
        let accept = format!("Sec-WebSocket-Accept: {ACCEPT}");
        Self {
            start_line: "HTTP/1.1 101 Switching Protocols".into(),
            lines: ["Upgrade: websocket", "Connection: Upgrade", &accept].map(String::from).into(),
        }
    }

    pub(crate) fn start_line(self, start_line: &str) -> Self {
        Self { start_line: start_line.into(), ..self }
    }

    /// Removes all lines with that name.
    pub(crate) fn without(mut self, name: &str) -> Self {
        let prefix = format!("{name}:");
        let count = self.lines.len();
        self.lines.retain(|line| !line.starts_with(&prefix));
        assert!(self.lines.len() < count, "there was no {name}");
        self
    }

    /// Adds a line.
    pub(crate) fn with(mut self, line: &str) -> Self {
        self.lines.push(line.into());
        self
    }

    /// Replaces the value of a line.
    pub(crate) fn replace(self, name: &str, value: &str) -> Self {
        self.without(name).with(&format!("{name}: {value}"))
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut text = self.start_line.clone();
        for line in &self.lines {
            text = text + "\r\n" + line;
        }
        (text + "\r\n\r\n").into_bytes()
    }
}

/// Parses input that must be a complete and valid request.
pub(crate) fn request(input: &[u8]) -> server::Request<'_> {
    match server::Request::parse(input, &HeadLimits::default()) {
        Ok(Parsed::Complete { value, consumed }) => {
            assert_eq!(consumed, input.len());
            value
        }
        other => panic!("{other:?}"),
    }
}

/// Returns why a request is refused.
pub(crate) fn refused(head: &Head) -> RequestError {
    match server::Request::parse(&head.bytes(), &HeadLimits::default()) {
        Err(HandshakeError::Request(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// Returns the response to a request that is refused.
pub(crate) fn rejection(head: &Head) -> String {
    let mut out = Vec::new();
    server::Rejection::from(&refused(head).into()).send(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A client that has sent a request without subprotocols.
pub(crate) fn awaiting() -> AwaitingResponse {
    sent(&Request::new("server.example.com", "/chat"))
}

/// A client that has sent this request.
pub(crate) fn sent(request: &Request) -> AwaitingResponse {
    request.send(NONCE, &mut Vec::new()).unwrap()
}

/// Parses input that must be a complete and valid response.
pub(crate) fn accepted(awaiting: &mut AwaitingResponse, input: &[u8]) -> Accepted {
    match awaiting.parse(input) {
        Ok(Parsed::Complete { value, consumed }) => {
            assert_eq!(consumed, input.len());
            value
        }
        other => panic!("{other:?}"),
    }
}

/// Returns why a response opens no connection.
pub(crate) fn failed(awaiting: &mut AwaitingResponse, head: &Head) -> ResponseError {
    match awaiting.parse(&head.bytes()) {
        Err(HandshakeError::Response(error)) => error,
        other => panic!("{other:?}"),
    }
}
