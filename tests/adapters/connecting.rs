//! The opening handshake of a client over TCP: its request, and how it fails. For every adapter.

use std::collections::HashSet;
use std::io::{ErrorKind, Write as _};
use std::net::{Ipv6Addr, Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use sansocket::handshake::{HandshakeError, HeadError, HeadLimits, OriginPolicy, ResponseError};
use sansocket::{Error, Options, OwnedMessage, Role, TimeoutKind, UrlError};

use super::sockets::{Acceptor, Connector, connect_over};
use crate::peer::{self, Peer, REQUEST, assert_handshake, handshake_error, innermost};
use crate::wire::{self, FIN, TEXT};

// Shows 6455-4.1-21, 6455-4.1-31.
#[test]
fn both_ends_agree_on_what_the_handshake_says() {
    let (listener, address) = peer::listen();
    let acceptor = Acceptor::new()
        .subprotocol("chat.v2")
        .subprotocol("chat.v1")
        .header("X-Served-By", "test")
        .origin_policy(OriginPolicy::List(vec!["https://example.com".into()]));
    let server = thread::spawn(move || {
        let stream = peer::accept(&listener);
        let received = acceptor.receive(stream).unwrap();
        let request = received.request().unwrap().upgrade().unwrap();
        assert_eq!(request.target(), "/chat?room=1");
        assert_eq!(request.host(), address.to_string());
        assert_eq!(request.origin(), Some("https://example.com"));
        let headers = request.headers();
        assert_eq!(headers.get("authorization"), Some(&b"Bearer 0123"[..]));
        assert_eq!(headers.get("cookie"), Some(&b"a=b"[..]));
        let mut socket = received.header("Set-Cookie", "a=c").accept().unwrap();
        assert_eq!(socket.subprotocol(), Some("chat.v1"));
        while let Some(message) = socket.recv().unwrap() {
            socket.send(message).unwrap();
        }
    });
    let connector = Connector::new()
        .subprotocol("chat.v0")
        .subprotocol("chat.v1")
        .subprotocol("chat.v2")
        .origin("https://example.com")
        .header("Authorization", "Bearer 0123")
        .header("Cookie", "a=b");
    let stream = TcpStream::connect(address).unwrap();
    let (mut socket, accepted) =
        connect_over(&connector, stream, &address.to_string(), "/chat?room=1").unwrap();
    assert_eq!(accepted.subprotocol(), Some("chat.v1"));
    let headers = accepted.headers();
    assert_eq!(headers.get("X-Served-By"), Some(&b"test"[..]));
    assert_eq!(headers.get("Set-Cookie"), Some(&b"a=c"[..]));
    assert_eq!(socket.subprotocol(), Some("chat.v1"));
    socket.send("Hello").unwrap();
    let echo = socket.recv().unwrap().unwrap();
    assert_eq!(echo, OwnedMessage::Text("Hello".into()));
    socket.close(1000.into(), "").unwrap();
    server.join().unwrap();
}

// Shows 6455-4.1-5, 6455-4.1-11, 6455-4.1-12, 6455-4.1-33, own-client-1, own-client-4.
#[test]
fn connect_sends_a_request_to_the_url() {
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || {
        Connector::new()
            .subprotocol("chat")
            .origin("http://example.com")
            .header("X-Own", "value")
            .connect(&format!("ws://{address}/a%20b?c=d"))
    });
    let mut peer = Peer::accept(&listener, Role::Client);
    let head = peer.read_head();
    let lines: Vec<&str> = head.trim_end().split("\r\n").collect();
    assert_eq!(lines[0], "GET /a%20b?c=d HTTP/1.1");
    for line in [
        &format!("Host: {address}"),
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: chat",
        "Origin: http://example.com",
        "X-Own: value",
    ] {
        assert!(lines.contains(&line), "{line} in {lines:?}");
    }
    // Interim responses are skipped, and the frame after the last one is kept.
    peer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    let frame = wire::to(Role::Client, FIN | TEXT, b"early");
    for byte in [response_to(&head), frame].concat() {
        peer.write(&[byte]);
    }
    let mut socket = connecting.join().unwrap().unwrap();
    assert_eq!(socket.subprotocol(), None, "an offer may be declined");
    let message = socket.recv().unwrap().unwrap();
    assert_eq!(message, OwnedMessage::Text("early".into()));
}

// Shows 6455-11.1-2.
#[test]
fn a_path_and_a_query_beyond_ascii_are_percent_encoded_on_the_wire() {
    for (target, expected) in [
        ("/\u{fc}", "/%C3%BC"),
        ("/?\u{fc}", "/?%C3%BC"),
        ("/a b/\u{1f44b}?c d", "/a%20b/%F0%9F%91%8B?c%20d"),
        ("/%C3%BC", "/%C3%BC"),
    ] {
        let (listener, address) = peer::listen();
        let url = format!("ws://{address}{target}");
        let connecting = thread::spawn(move || Connector::new().connect(&url));
        let mut peer = Peer::accept(&listener, Role::Client);
        let head = peer.read_head();
        assert!(head.is_ascii() && head.starts_with(&format!("GET {expected} HTTP/1.1\r\n")));
        peer.write(&response_to(&head));
        connecting.join().unwrap().unwrap();
    }
}

// Shows 6455-4.1-12.
#[test]
fn a_name_is_resolved_and_sent_in_the_host_header() {
    let Some(Ok(listener)) = peer::localhost(0).map(TcpListener::bind) else {
        return;
    };
    let port = listener.local_addr().unwrap().port();
    let url = format!("ws://localhost:{port}/");
    let connecting = thread::spawn(move || Connector::new().connect(&url));
    let mut peer = Peer::accept(&listener, Role::Client);
    let head = peer.read_head();
    assert!(head.contains(&format!("\r\nHost: localhost:{port}\r\n")), "{head}");
    peer.write(&response_to(&head));
    connecting.join().unwrap().unwrap();
}

// Shows 6455-4.1-22, 6455-5.1-6 (client).
#[test]
fn nothing_but_the_request_is_sent_before_the_response() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\n";
    let almost = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n";
    for answer in ["", interim, almost] {
        let (listener, address) = peer::listen();
        let connecting =
            thread::spawn(move || Connector::new().connect(&format!("ws://{address}/")));
        let mut peer = Peer::accept(&listener, Role::Client);
        peer.read_head();
        peer.write(answer.as_bytes());
        peer.stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(peer.read_to_end(), b"", "behind the request");
        let expected = match answer {
            "" => ResponseError::Missing,
            _ => HeadError::Incomplete.into(),
        };
        assert_handshake(connecting.join().unwrap().unwrap_err(), expected);
    }
}

// Shows 6455-4.1-16.
#[test]
fn every_connection_has_its_own_key_without_a_fixed_part() {
    let mut keys = Vec::new();
    for _ in 0..40 {
        refused_by(Connector::new(), |head| {
            keys.push(head.split("Sec-WebSocket-Key: ").nth(1).unwrap()[..24].to_owned());
            Vec::new()
        });
    }
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
    // All characters of the base64 except for the last, which has bits that are not in the key.
    for at in 0..21 {
        let characters: HashSet<u8> = keys.iter().map(|key| key.as_bytes()[at]).collect();
        assert!(characters.len() > 10, "character {at} is one of {characters:?}");
    }
}

// Shows 6455-4.1-29, 6455-7.2.1-3.
#[test]
fn a_client_that_fails_ends_the_stream() {
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || Connector::new().connect(&format!("ws://{address}/")));
    let mut peer = Peer::accept(&listener, Role::Client);
    peer.read_head();
    // The response to another request.
    peer.write(&peer::response_to(REQUEST));
    assert_eq!(peer.read_to_end(), b"");
    assert_handshake(connecting.join().unwrap().unwrap_err(), ResponseError::WrongAccept);
}

fn response_to(head: &str) -> Vec<u8> {
    // The origin is a different one, which this server allows.
    let head = head.replace("Origin: http://example.com\r\n", "");
    peer::response_to(&head)
}

#[test]
fn an_ipv6_address_is_written_in_brackets() {
    let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
        // Not every machine has IPv6.
        return;
    };
    let port = listener.local_addr().unwrap().port();
    let connecting =
        thread::spawn(move || Connector::new().connect(&format!("ws://[::1]:{port}/")));
    let mut peer = Peer::accept(&listener, Role::Client);
    let head = peer.read_head();
    assert!(head.contains(&format!("\r\nHost: [::1]:{port}\r\n")), "{head}");
    peer.write(&response_to(&head));
    connecting.join().unwrap().unwrap();
}

/// Returns the error of `connect` if the server gives this answer and then ends the stream.
#[track_caller]
fn refused_by(connector: Connector, answer: impl FnOnce(&str) -> Vec<u8>) -> Error {
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || connector.connect(&format!("ws://{address}/")));
    let mut peer = Peer::accept(&listener, Role::Client);
    let head = peer.read_head();
    let answer = answer(&head);
    // The client may have closed the stream before the end.
    let _ = peer.stream.write_all(&answer);
    let _ = peer.stream.shutdown(Shutdown::Write);
    let error = connecting.join().unwrap().unwrap_err();
    drop(peer);
    error
}

// Shows 6455-4.1-23, own-client-2.
#[test]
fn a_refusal_has_its_status_headers_and_body() {
    let response = "HTTP/1.1 401 Unauthorized\r\n\
        WWW-Authenticate: Basic\r\n\
        Content-Length: 15\r\n\r\n\
        first log in...";
    let error = refused_by(Connector::new(), |_| response.into());
    let HandshakeError::UnexpectedResponse(refusal) = handshake_error(&error) else {
        panic!("{error:?}");
    };
    assert_eq!(refusal.status(), 401);
    let headers = refusal.headers();
    assert_eq!(headers.get("www-authenticate"), Some(&b"Basic"[..]));
    assert_eq!(refusal.body(), b"first log in...");
    assert!(error.to_string().contains("401"));
    assert!(format!("{error:?}").contains("first log in"));
}

// Shows own-client-2.
#[test]
fn a_long_refusal_is_truncated() {
    let limits = HeadLimits::default().max_body_len(100);
    let connector = Connector::new().options(Options::default().head_limits(limits));
    let head = "HTTP/1.1 503 Busy\r\nContent-Length: 1000000\r\n\r\n";
    let error = refused_by(connector, |_| [head, &"x".repeat(1_000_000)].concat().into());
    let HandshakeError::UnexpectedResponse(refusal) = handshake_error(&error) else {
        panic!("{error:?}");
    };
    assert_eq!((refusal.status(), refusal.body()), (503, &[b'x'; 100][..]));
}

// Shows 6455-4.1-26.
#[test]
fn a_response_to_something_else_is_refused() {
    let other = |head: &str| {
        let key = head.split("Key: ").nth(1).unwrap().split("\r\n").next();
        let response = response_to(&head.replace(key.unwrap(), "dGhlIHNhbXBsZSBub25jZQ=="));
        String::from_utf8(response).unwrap()
    };
    let error = refused_by(Connector::new(), |head| other(head).into());
    assert_handshake(error, ResponseError::WrongAccept);

    let add = |head: &str, line: &str| {
        let response = String::from_utf8(response_to(head)).unwrap();
        response.replace("\r\n\r\n", &format!("\r\n{line}\r\n\r\n"))
    };
    let error =
        refused_by(Connector::new(), |head| add(head, "Sec-WebSocket-Protocol: chat").into());
    let unoffered = ResponseError::UnofferedSubprotocol("chat".into());
    assert_handshake(error, unoffered);
    let error = refused_by(Connector::new(), |head| {
        add(head, "Sec-WebSocket-Extensions: permessage-deflate").into()
    });
    let unoffered = ResponseError::UnofferedExtension("permessage-deflate".into());
    assert_handshake(error, unoffered);
    let error = refused_by(Connector::new(), |_| "SSH-2.0-OpenSSH_9.2\r\n".into());
    assert_handshake(error, ResponseError::NotHttp);
}

// Shows own-limits-1 (client).
#[test]
fn an_endless_response_head_is_refused() {
    let error = refused_by(Connector::new(), |head| {
        let response = response_to(head);
        let line = b"X: x\r\n".repeat(1 << 16);
        [&response[..response.len() - 2], &line].concat()
    });
    let HandshakeError::Response(ResponseError::Head(error)) = handshake_error(&error) else {
        panic!("{error:?}");
    };
    assert_eq!(*error, HeadError::TooManyHeaders { limit: 128 });
}

// Shows 6455-7.1.4-2.
#[test]
fn a_stream_that_ends_inside_a_response_is_not_a_response() {
    let len = |head: &str| response_to(head).len();
    for missing in [1, 2, 50] {
        let error =
            refused_by(Connector::new(), |head| response_to(head)[..len(head) - missing].into());
        assert_handshake(error, ResponseError::from(HeadError::Incomplete));
    }
    let error = refused_by(Connector::new(), |_| Vec::new());
    assert_handshake(error, ResponseError::Missing);
}

// Shows own-limits-6 (client).
#[test]
fn a_server_that_does_not_answer_in_time_is_dropped() {
    let options = Options::default().handshake_timeout(Duration::from_millis(100));
    let connector = Connector::new().options(options);
    let (listener, address) = peer::listen();
    let url = format!("ws://{address}/");
    // The system accepts the connection, but nobody answers.
    let error = connector.connect(&url).unwrap_err();
    assert!(matches!(innermost(&error), Error::Timeout(TimeoutKind::Response)), "{error:?}");
    drop(peer::accept(&listener));

    let connecting = thread::spawn(move || connector.connect(&url));
    let mut peer = Peer::accept(&listener, Role::Client);
    peer.read_head();
    peer.write(b"HTTP/1.1 ");
    while peer.waits_in_vain(Duration::from_millis(5)) {
        let _ = peer.stream.write_all(b"1");
    }
    let error = connecting.join().unwrap().unwrap_err();
    assert!(matches!(innermost(&error), Error::Timeout(TimeoutKind::Response)), "{error:?}");
}

// Shows 6455-4.1-7.
#[test]
fn a_server_that_accepts_nobody_times_out() {
    let (_listener, address) = peer::listen();
    // The system holds a few connections that wait to be accepted; further ones are not
    // established.
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        waiting.push(stream);
    }
    let options = Options::default().handshake_timeout(Duration::from_millis(100));
    let connector = Connector::new().options(options);
    let error = connector.connect(&format!("ws://{address}/")).unwrap_err();
    assert!(matches!(innermost(&error), Error::Timeout(TimeoutKind::Handshake)), "{error:?}");
}

// Shows 6455-4.1-7.
#[test]
fn connecting_fails_where_nobody_listens() {
    let (listener, address) = peer::listen();
    drop(listener);
    let error = Connector::new().connect(&format!("ws://{address}/")).unwrap_err();
    assert!(
        matches!(innermost(&error), Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused),
        "{error:?}"
    );
    assert!(error.is_retryable());
}

#[test]
fn an_invalid_url_is_not_connected_to() {
    for (url, expected) in [
        ("ftp://127.0.0.1/", UrlError::UnsupportedScheme("ftp".into())),
        ("ws://127.0.0.1/#fragment", UrlError::Fragment),
        ("ws://a:b%00@127.0.0.1/", UrlError::Credentials),
    ] {
        let error = Connector::new().connect(url).unwrap_err();
        assert!(matches!(&error, Error::Url(error) if **error == expected), "{error:?}");
        assert!(!error.is_retryable());
    }
    let error = Connector::new().connect("127.0.0.1:80").unwrap_err();
    assert!(
        matches!(&error, Error::Url(error) if matches!(**error, UrlError::MissingScheme(_))),
        "{error:?}"
    );
}

/// Returns the `Authorization` lines of the request for a URL with `user:p%40ss@`.
fn authorization_of(connector: Connector) -> Vec<String> {
    let (listener, address) = peer::listen();
    let connecting =
        thread::spawn(move || connector.connect(&format!("http://user:p%40ss@{address}/")));
    let mut peer = Peer::accept(&listener, Role::Client);
    let head = peer.read_head();
    assert!(head.contains(&format!("\r\nHost: {address}\r\n")));
    peer.write(&response_to(&head));
    connecting.join().unwrap().unwrap();
    let lines = head.split("\r\n").filter(|line| line.to_lowercase().starts_with("authorization"));
    lines.map(String::from).collect()
}

#[test]
fn credentials_in_the_url_are_sent_unless_the_application_sets_its_own() {
    let lines = authorization_of(Connector::new());
    assert_eq!(lines, ["Authorization: Basic dXNlcjpwQHNz"]);
    let lines = authorization_of(Connector::new().header("authorization", "Bearer 0123"));
    assert_eq!(lines, ["authorization: Bearer 0123"]);
}

// Shows own-adapters-6 (client).
#[test]
fn values_of_headers_stay_out_of_logs() {
    let connector = Connector::new().header("Authorization", "Bearer 0123");
    let logged = format!("{connector:?}");
    assert!(logged.contains("Authorization") && !logged.contains("0123"), "{logged}");
}

#[test]
fn an_invalid_request_fails_before_connecting() {
    for connector in [
        Connector::new().header("X", "a\r\nb"),
        Connector::new().header("Host", "other"),
        Connector::new().subprotocol("not a token"),
        Connector::new().subprotocol("twice").subprotocol("twice"),
        Connector::new().origin("a\r\nb"),
    ] {
        let (listener, address) = peer::listen();
        let error = connector.connect(&format!("ws://{address}/")).unwrap_err();
        assert!(matches!(handshake_error(&error), HandshakeError::InvalidArgument(_)), "{error:?}");
        listener.set_nonblocking(true).unwrap();
        assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}
