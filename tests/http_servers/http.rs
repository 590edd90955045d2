//! Requests and responses in text, straight from RFC 9112.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;

/// A valid upgrade request.
pub(crate) const UPGRADE: &str = "GET /chat HTTP/1.1\r\n\
    Host: localhost\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";

/// The request in the types of the crate `http`, as a server would read it.
pub(crate) fn upgrade() -> http::request::Builder {
    let lines = UPGRADE.lines().filter_map(|line| line.split_once(": "));
    lines.fold(http::Request::get("/chat"), |request, (name, value)| request.header(name, value))
}

/// The request with one more line.
pub(crate) fn upgrade_and(line: &str) -> String {
    UPGRADE.replace("\r\n\r\n", &format!("\r\n{line}\r\n\r\n"))
}

/// The request with a replacement.
#[track_caller]
pub(crate) fn upgrade_with(from: &str, to: &str) -> String {
    assert!(UPGRADE.contains(from));
    UPGRADE.replace(from, to)
}

/// A response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    lines: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Response {
    /// Reads a response with its body, and nothing after it.
    pub(crate) fn read(stream: &mut TcpStream) -> Self {
        // A buffer of one byte does not read ahead.
        let mut stream = BufReader::with_capacity(1, stream);
        let mut line = || {
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            line.strip_suffix("\r\n").unwrap().to_owned()
        };
        let status_line = line();
        let status = status_line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut lines = Vec::new();
        loop {
            let line = line();
            let Some((name, value)) = line.split_once(':') else {
                assert_eq!(line, "");
                break;
            };
            lines.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut response = Self { status, lines, body: String::new() };
        assert_eq!(response.header("transfer-encoding"), None);
        let len = match response.header("content-length") {
            Some(len) if status != 101 => len.parse().unwrap(),
            _ => 0,
        };
        stream.take(len).read_to_string(&mut response.body).unwrap();
        response
    }

    /// Returns the value of the only line with that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.lines.iter().filter(|(own, _)| own == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} came more than once");
        value
    }
}
