//! The opening handshake of a server over TCP: how it rejects requests, and how a request may be
//! split. For every adapter.

use std::fmt::Debug;
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use sansocket::handshake::server::Rejection;
use sansocket::handshake::{InvalidArgument, RequestError};
use sansocket::{Error, Options, Role, TimeoutKind};

use super::sockets::Acceptor;
use crate::peer::{self, REQUEST, assert_handshake};
use crate::wire::{self, BINARY, CLOSE, FIN, PING, PONG, TEXT};

/// An HTTP response, as it was on the wire.
#[derive(Debug)]
struct Response {
    status_line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Response {
    #[track_caller]
    fn parse(bytes: Vec<u8>) -> Self {
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let mut lines = head.split("\r\n");
        Self {
            status_line: lines.next().unwrap().into(),
            headers: lines
                .map(|line| line.split_once(": ").expect("a header"))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.into()))
                .collect(),
            body: body.into(),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(own, _)| own == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert_eq!(values.next(), None, "one header {name}");
        value
    }
}

/// Returns the [`REQUEST`] with a replacement.
#[track_caller]
fn request_with(part: &str, replacement: &str) -> String {
    assert!(REQUEST.contains(part));
    REQUEST.replacen(part, replacement, 1)
}

/// Returns the [`REQUEST`] with more header lines.
fn request_and(lines: &str) -> String {
    request_with("\r\n\r\n", &format!("\r\n{lines}\r\n\r\n"))
}

/// Sends a request. Returns the response up to the end of the stream, which must not be a reset,
/// and the error of the server.
#[track_caller]
fn refusal<W: Debug + Send>(
    request: &[u8],
    accept: impl FnOnce(TcpStream) -> Result<W, Error> + Send,
) -> (Response, Error) {
    let (response, result) = last_response(request, accept);
    (response, result.unwrap_err())
}

/// The same, with the result of the server.
#[track_caller]
fn last_response<W: Send>(
    request: &[u8],
    serve: impl FnOnce(TcpStream) -> Result<W, Error> + Send,
) -> (Response, Result<W, Error>) {
    let (stream, mut peer) = peer::connect(Role::Server);
    thread::scope(|scope| {
        let server = scope.spawn(|| serve(stream));
        peer.write(request);
        let response = Response::parse(peer.read_to_end());
        drop(peer);
        let result = server.join().unwrap();
        assert_eq!(response.header("connection").unwrap()[..5], *"close");
        let len = response.header("content-length").unwrap();
        assert_eq!(len, response.body.len().to_string());
        (response, result)
    })
}

/// Checks how a server with the defaults rejects a request.
#[track_caller]
fn assert_refused(request: impl AsRef<[u8]>, status_line: &str) -> Response {
    let (response, error) = refusal(request.as_ref(), |stream| Acceptor::new().accept(stream));
    assert_eq!(response.status_line, status_line, "{error}");
    let Error::Handshake(error) = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.rejection_status().unwrap().to_string(), status_line[9..12]);
    response
}

/// The response has a short body in plain text that says why.
#[track_caller]
fn assert_tells_why(response: &Response) {
    assert_eq!(response.header("content-type"), Some("text/plain"));
    assert!((1..200).contains(&response.body.len()), "{response:?}");
}

// Shows 6455-4.2.1-12, 6455-7.2.2-1, 6455-10.7-3, own-server-11, own-server-13, own-server-17.
#[test]
fn malformed_requests_are_refused_with_400() {
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let requests = [
        request_with("Host: localhost\r\n", ""),
        request_and("Host: localhost"),
        request_with("localhost", "local host"),
        request_with(key, ""),
        request_and(key.trim_end()),
        request_with("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j"),
        // RFC 6455 erratum 3150: not canonical.
        request_with("dGhlIHNhbXBsZSBub25jZQ==", "AQIDBAUGBwgJCgsMDQ4PEC=="),
        request_and("Sec-WebSocket-Version: 13"),
        request_and("Content-Length: 5"),
        request_and("Transfer-Encoding: chunked"),
        request_and("Sec-WebSocket-Protocol: a b"),
        request_and("Sec-WebSocket-Extensions: x;;"),
        request_and("X: a\0b"),
        request_and("X: a\x7Fb"),
        request_and("X: a\rb"),
        request_and("X: folded\r\n value"),
        request_and("X : space before the colon"),
        request_and(": no name"),
        request_and("no colon"),
        request_with("\r\n", "\n"),
        request_with("\r\n\r\n", "\n\n"),
        request_with("GET", "\r\nGET"),
        request_with(" /chat", " chat"),
        request_with(" /chat", " /chat#fragment"),
        request_with(" /chat", ""),
        request_with(" /chat", "  /chat"),
        request_with("HTTP/1.1", "HTTP/1.1 "),
        request_with("HTTP/1.1", "HTPP/1.1"),
        "\x16\x03\x01\x02\0\x01\0\x01\x2a\x03\x03".into(),
        "\0".into(),
    ];
    for request in requests {
        let response = assert_refused(&request, "HTTP/1.1 400 Bad Request");
        assert_tells_why(&response);
    }
}

// Shows 6455-4.2.2-4, 6455-10.2-2, own-server-10.
#[test]
fn pages_of_other_origins_are_refused_with_403() {
    for origin in ["http://other.example", "http://localhost:81", "null"] {
        let request = request_and(&format!("Origin: {origin}"));
        let response = assert_refused(&request, "HTTP/1.1 403 Forbidden");
        assert_tells_why(&response);
    }
}

// Shows own-server-4.
#[test]
fn other_methods_are_refused_with_405() {
    for method in ["POST", "PUT", "OPTIONS", "CONNECT", "get"] {
        let request = request_with("GET", method);
        let response = assert_refused(&request, "HTTP/1.1 405 Method Not Allowed");
        assert_eq!(response.header("allow"), Some("GET"));
        assert_tells_why(&response);
    }
    // RFC 9110 9.3.2: no body in the response to HEAD.
    let response = assert_refused(request_with("GET", "HEAD"), "HTTP/1.1 405 Method Not Allowed");
    assert_eq!(response.header("allow"), Some("GET"));
    assert_eq!(response.body, "");
}

// Shows own-server-9.
#[test]
fn a_target_that_is_too_long_is_refused_with_414() {
    let request = request_with("/chat", &format!("/{}", "x".repeat(8 << 10)));
    let response = assert_refused(&request, "HTTP/1.1 414 URI Too Long");
    assert_tells_why(&response);
}

// Shows 6455-4.2.2-5, own-server-6, own-server-7.
#[test]
fn anything_but_an_upgrade_to_version_13_is_refused_with_426() {
    let requests = [
        request_with("Upgrade: websocket\r\n", ""),
        request_with("websocket", "h2c"),
        request_with("Connection: Upgrade\r\n", ""),
        request_with("Connection: Upgrade", "Connection: keep-alive"),
        request_with("Connection: Upgrade", "Connection: not-upgrade"),
        request_with("Sec-WebSocket-Version: 13\r\n", ""),
        request_with("Version: 13", "Version: 8"),
        request_with("Version: 13", "Version: 13, 8"),
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".into(),
    ];
    for request in requests {
        let response = assert_refused(&request, "HTTP/1.1 426 Upgrade Required");
        assert_eq!(response.header("upgrade"), Some("websocket"));
        assert_eq!(response.header("connection"), Some("close, Upgrade"));
        assert_eq!(response.header("sec-websocket-version"), Some("13"));
        assert_tells_why(&response);
    }
}

// Shows own-server-8.
#[test]
fn a_head_above_its_limits_is_refused_with_431() {
    let requests = [
        request_and(&format!("X: {}", "x".repeat(16 << 10))),
        request_and(&"X: x\r\n".repeat(130)),
    ];
    for request in requests {
        let line = "HTTP/1.1 431 Request Header Fields Too Large";
        assert_tells_why(&assert_refused(&request, line));
    }
}

// Shows own-server-5.
#[test]
fn other_versions_of_http_are_refused_with_505() {
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for request in [&request_with("HTTP/1.1", "HTTP/1.0"), preface] {
        let response = assert_refused(request, "HTTP/1.1 505 HTTP Version Not Supported");
        assert_tells_why(&response);
    }
}

// Shows 6455-4.2.2-6, 6455-7.2.2-1, own-server-14.
#[test]
fn the_application_rejects_with_any_response() {
    let (response, result) = last_response(REQUEST.as_bytes(), |stream| {
        let received = Acceptor::new().receive(stream)?;
        assert_eq!(received.request().unwrap().target(), "/chat");
        let rejection = Rejection::new(404)
            .header("Content-Type", "text/html")
            .header("X-Reason", "none")
            .body("<p>not here");
        received.reject(rejection)
    });
    assert_eq!(response.status_line, "HTTP/1.1 404 Not Found");
    assert_eq!(response.header("content-type"), Some("text/html"));
    assert_eq!(response.header("x-reason"), Some("none"));
    assert_eq!(response.body, "<p>not here");
    result.unwrap();
}

#[test]
fn an_invalid_response_of_the_application_becomes_a_bare_500() {
    let (response, error) = refusal(REQUEST.as_bytes(), |stream| {
        Acceptor::new().receive(stream)?.subprotocol("unoffered").accept()
    });
    assert_eq!(response.status_line, "HTTP/1.1 500 Internal Server Error");
    assert_eq!(response.body, "", "why is not for the client");
    let unoffered = InvalidArgument::UnofferedSubprotocol("unoffered".into());
    assert_handshake(error, unoffered);

    let (response, error) =
        refusal(REQUEST.as_bytes(), |stream| Acceptor::new().header("X", "a\r\nb").accept(stream));
    assert_eq!(response.status_line, "HTTP/1.1 500 Internal Server Error");
    assert_handshake(error, InvalidArgument::HeaderValue("X".into()));

    for (rejection, invalid) in [
        (Rejection::new(204), InvalidArgument::Status(204)),
        (
            Rejection::new(401).header("Connection", "keep-alive"),
            InvalidArgument::ReservedHeader("Connection".into()),
        ),
    ] {
        let (response, error) = refusal(REQUEST.as_bytes(), |stream| {
            Acceptor::new().receive(stream)?.reject(rejection)
        });
        assert_eq!(response.status_line, "HTTP/1.1 500 Internal Server Error");
        assert_handshake(error, invalid);
    }
}

// Shows own-server-12, own-server-24, own-limits-6 (server).
#[test]
fn a_head_that_takes_too_long_is_refused_with_408_however_often_bytes_arrive() {
    let options = Options::default().handshake_timeout(Duration::from_millis(100));
    let acceptor = Acceptor::new().options(options);
    let (response, error) = refusal(b"GET /cha", |stream| acceptor.accept(stream));
    assert_eq!(response.status_line, "HTTP/1.1 408 Request Timeout");
    assert!(matches!(error, Error::Timeout(TimeoutKind::Request)), "{error:?}");

    let (stream, mut peer) = peer::connect(Role::Server);
    let server = thread::spawn(move || acceptor.accept(stream));
    peer.write(b"GET /");
    while peer.waits_in_vain(Duration::from_millis(5)) {
        peer.write(b"x");
    }
    let response = Response::parse(peer.read_to_end());
    assert_eq!(response.status_line, "HTTP/1.1 408 Request Timeout");
    drop(peer);
    server.join().unwrap().unwrap_err();
}

#[test]
fn a_stream_that_ends_inside_a_head_is_not_a_request() {
    for len in [0, 1, 50, REQUEST.len() - 1] {
        let (stream, mut peer) = peer::connect(Role::Server);
        peer.write(&REQUEST.as_bytes()[..len]);
        peer.stream.shutdown(Shutdown::Write).unwrap();
        let error = Acceptor::new().accept(stream).unwrap_err();
        assert!(error.is_closed());
        assert_handshake(error, RequestError::Missing);
        assert_eq!(peer.read_to_end(), b"");
    }
}

// Shows own-server-13.
#[test]
fn a_client_that_writes_20_mib_of_head_can_read_the_refusal_afterwards() {
    let request = request_and(&format!("X: {}", "x".repeat(20 << 20)));
    let line = "HTTP/1.1 431 Request Header Fields Too Large";
    assert_refused(&request, line);
}

// Shows own-server-24.
#[test]
fn a_head_may_come_byte_by_byte() {
    let (stream, mut peer) = peer::connect(Role::Server);
    let server = thread::spawn(move || Acceptor::new().accept(stream).unwrap());
    for byte in REQUEST.as_bytes() {
        peer.write(&[*byte]);
    }
    assert!(peer.read_head().starts_with("HTTP/1.1 101 "));
    server.join().unwrap();
}

// Shows 6455-4.2.2-8, 6455-4.2.2-9, own-server-23.
#[test]
fn the_response_has_only_what_was_agreed_on() {
    let acceptors = [Acceptor::new(), Acceptor::new().subprotocol("chat")];
    let offers = [
        "X-Other: chat",
        "Sec-WebSocket-Protocol:",
        "Sec-WebSocket-Protocol: ,",
        "Sec-WebSocket-Protocol: other",
        "Sec-WebSocket-Extensions: permessage-deflate",
    ];
    for (acceptor, offer) in acceptors.iter().flat_map(|own| offers.map(|offer| (own, offer))) {
        let (stream, mut peer) = peer::connect(Role::Server);
        peer.write(request_and(offer).as_bytes());
        acceptor.accept(stream).unwrap();
        let least = "HTTP/1.1 101 Switching Protocols\r\n\
            Upgrade: websocket\r\n\
            Connection: Upgrade\r\n\
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
        assert_eq!(peer.read_head(), least, "{offer}");
    }
}

/// Echoes on a server's stream until the connection ends.
fn echo(stream: TcpStream) -> Result<(), Error> {
    let mut socket = Acceptor::new().accept(stream)?;
    while let Some(message) = socket.recv()? {
        socket.send(message)?;
    }
    Ok(())
}

// Shows 6455-4.2.2-12, 6455-5.1-6 (server), own-server-15, own-server-19.
#[test]
fn frames_in_the_same_segment_as_the_request_are_answered() {
    let frames = [
        wire::to(Role::Server, FIN | TEXT, b"early"),
        wire::to(Role::Server, FIN | PING, b"?"),
        // Longer than a head may be: the limit counts only the head.
        wire::to(Role::Server, FIN | BINARY, &vec![7; 100 << 10]),
        wire::to(Role::Server, FIN | CLOSE, &wire::close_payload(1000, "")),
    ]
    .concat();
    for len in [11, 12, 13, 20, 4000, frames.len()] {
        let (stream, mut peer) = peer::connect(Role::Server);
        let server = thread::spawn(|| echo(stream));
        peer.write(&[REQUEST.as_bytes(), &frames[..len]].concat());
        assert!(peer.read_head().starts_with("HTTP/1.1 101 "));
        peer.write(&frames[len..]);
        assert_eq!(peer.receive(), (FIN | TEXT, b"early".into()));
        assert_eq!(peer.receive(), (FIN | PONG, b"?".into()));
        assert_eq!(peer.receive(), (FIN | BINARY, vec![7; 100 << 10]));
        assert_eq!(peer.receive_close(), 1000);
        assert_eq!(peer.read_to_end(), b"");
        drop(peer);
        server.join().unwrap().unwrap();
    }
}

#[test]
fn garbage_after_a_request_fails_the_connection() {
    let garbage = [REQUEST, "\r\n", "SM\r\n\r\n", "\x16\x03\x01\x02", "\u{ff}\u{ff}"];
    for garbage in garbage {
        let (stream, mut peer) = peer::connect(Role::Server);
        let server = thread::spawn(|| echo(stream));
        peer.write(format!("{REQUEST}{garbage}").as_bytes());
        assert!(peer.read_head().starts_with("HTTP/1.1 101 "));
        assert_eq!(peer.receive_close(), 1002);
        assert_eq!(peer.read_to_end(), b"", "no second response");
        drop(peer);
        let error = server.join().unwrap().unwrap_err();
        assert!(matches!(error, Error::Protocol(_)), "{error:?}");
    }
}

// Shows own-adapters-6 (server).
#[test]
fn values_of_headers_stay_out_of_logs() {
    let acceptor = Acceptor::new().header("Set-Cookie", "id=0123");
    let logged = format!("{acceptor:?}");
    assert!(logged.contains("Set-Cookie") && !logged.contains("0123"), "{logged}");
}
