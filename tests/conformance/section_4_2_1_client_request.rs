//! RFC 6455 4.2.1: what a server checks in the request.

use sansocket::Parsed;
use sansocket::handshake::server::Request;
use sansocket::handshake::{HandshakeError, HeadError, HeadLimits, RequestError};

use crate::upgrade::{Head, KEY, refused, request};

#[test]
fn a_minimal_request_is_accepted() {
    let bytes = Head::request().bytes();
    let request = request(&bytes);
    assert_eq!(request.target(), "/chat");
    assert_eq!(request.host(), "server.example.com");
    assert_eq!((request.query(), request.origin()), (None, None));
    assert_eq!(request.subprotocols().next(), None);
    assert_eq!(request.headers().iter().count(), 5);
}

// Shows own-server-19.
#[test]
fn bytes_after_the_request_are_frames() {
    let mut input = Head::request().bytes();
    let head_len = input.len();
    input.extend_from_slice(b"\x81\x85\0\0\0\0Hello\r\n\r\n");
    match Request::parse(&input, &HeadLimits::default()).unwrap() {
        Parsed::Complete { consumed, .. } => assert_eq!(consumed, head_len),
        Parsed::Partial { .. } => panic!("the head is complete"),
    }
}

// Shows 6455-4.1-30 (server), 6455-4.2.1-11.
#[test]
fn the_order_of_the_headers_and_the_case_of_their_names_do_not_matter() {
    let bytes = b"GET / HTTP/1.1\r\n\
        SEC-WEBSOCKET-VERSION:13\r\n\
        sec-websocket-key:\tdGhlIHNhbXBsZSBub25jZQ==\t\r\n\
        x-unknown: whatever, \"even this\xFF\r\n\
        connection: Upgrade\r\n\
        uPGRADE: websocket\r\n\
        host: h\r\n\r\n";
    let request = request(bytes);
    assert_eq!(request.host(), "h");
    let unknown = request.headers().get("X-Unknown");
    assert_eq!(unknown, Some(&b"whatever, \"even this\xFF"[..]));
}

// Shows 6455-4.2.1-1.
#[test]
fn part_1_the_version_is_http_1_1_or_a_later_one() {
    request(&Head::request().start_line("GET / HTTP/1.2").bytes());
    for version in ["HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/3.0"] {
        let head = Head::request().start_line(&format!("GET / {version}"));
        assert_eq!(refused(&head), RequestError::HttpVersion);
    }
    assert_eq!(RequestError::HttpVersion.status(), 505);
}

// Shows 6455-4.2.1-1.
#[test]
fn part_1_the_method_is_get() {
    for method in ["POST", "HEAD", "CONNECT", "get", "OPTIONS"] {
        let head = Head::request().start_line(&format!("{method} / HTTP/1.1"));
        assert_eq!(refused(&head), RequestError::Method(method.into()));
    }
    assert_eq!(RequestError::Method("POST".into()).status(), 405);
}

// Shows 6455-4.2.1-1.
#[test]
fn part_1_the_request_line_has_three_words() {
    for line in [
        "GET /",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET / HTTP/1.1 x",
        "GET / HTTP/1.10",
        "GET / HTTP/11",
        "GET / HTTP/x.y",
        "GET / http/1.1",
        "GET / HTTPS/1.1",
        "G(T / HTTP/1.1",
    ] {
        let expected = RequestError::Head(HeadError::InvalidLine);
        assert_eq!(refused(&Head::request().start_line(line)), expected);
    }
    assert_eq!(refused(&Head::request().start_line("GET")), RequestError::NotHttp);
}

// Shows 6455-4.2.1-3, own-server-3.
#[test]
fn part_2_there_is_one_host_and_it_is_valid() {
    let missing = HeadError::MissingHeader("Host");
    assert_eq!(refused(&Head::request().without("Host")), missing.into());
    let twice = HeadError::DuplicateHeader("Host");
    for host in ["Host: other.example", "host: server.example.com"] {
        assert_eq!(refused(&Head::request().with(host)), twice.into());
    }
    let invalid = HeadError::InvalidHeader("Host");
    for host in
        ["", "a b", "a, b", "user@a", "a/b", "a:x", "a:+80", "a:65536", "::1", "[x]", "\u{fc}"]
    {
        let head = Head::request().replace("Host", host);
        assert_eq!(refused(&head), invalid.into());
    }
    assert_eq!(RequestError::Head(missing).status(), 400);
    assert_eq!(RequestError::Head(twice).status(), 400);
    assert_eq!(RequestError::Head(invalid).status(), 400);
}

// Shows 6455-4.2.1-3.
#[test]
fn part_2_an_absolute_uri_needs_a_host_header_too() {
    let head = Head::request().start_line("GET http://h/ HTTP/1.1");
    let expected = HeadError::MissingHeader("Host");
    assert_eq!(refused(&head.without("Host")), expected.into());
}

// Shows 6455-4.2.1-4, own-server-1.
#[test]
fn part_3_upgrade_holds_websocket() {
    for value in ["WebSocket", "WEBSOCKET", "h2c, websocket", "websocket,h2c", ", websocket ,"] {
        request(&Head::request().replace("Upgrade", value).bytes());
    }
    request(&Head::request().replace("Upgrade", "h2c").with("Upgrade: websocket").bytes());
    for value in ["", "h2c", "websocket2", "not-websocket", "websocket/13", "web socket"] {
        let head = Head::request().replace("Upgrade", value);
        assert_eq!(refused(&head), RequestError::NotWebSocket);
    }
    let head = Head::request().without("Upgrade");
    assert_eq!(refused(&head), RequestError::NotWebSocket);
    assert_eq!(RequestError::NotWebSocket.status(), 426);
}

// Shows 6455-4.2.1-5, own-server-1, own-server-22.
#[test]
fn part_4_connection_holds_upgrade() {
    for value in ["upgrade", "UPGRADE", "keep-alive, Upgrade", "Upgrade,keep-alive"] {
        request(&Head::request().replace("Connection", value).bytes());
    }
    let lines = Head::request().replace("Connection", "close");
    request(&lines.with("Connection: Upgrade").bytes());
    for value in ["", "keep-alive", "not-upgrade", "upgrade-not", "keep-alive Upgrade"] {
        let head = Head::request().replace("Connection", value);
        assert_eq!(refused(&head), RequestError::NotWebSocket);
    }
    let head = Head::request().without("Connection");
    assert_eq!(refused(&head), RequestError::NotWebSocket);
}

// Shows 6455-4.2.1-6.
#[test]
fn part_5_the_key_is_the_base64_of_16_bytes() {
    for key in ["AAAAAAAAAAAAAAAAAAAAAA==", "/////////////////////w==", KEY] {
        request(&Head::request().replace("Sec-WebSocket-Key", key).bytes());
    }
    let invalid = RequestError::Head(HeadError::InvalidHeader("Sec-WebSocket-Key"));
    for key in [
        "",
        "x",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ===",
        "dGhlIHNhbXBsZSBub25jZTE=",
        "dGhlIHNhbXBsZSBub25jZTEy",
        "dGhlIHNhbXBsZSBub25j",
        "dGhlIHNhbXBsZSBub25jZQ==, x",
        "dGhlIHNhbXBs ZSBub25jZQ==",
        "_____________________w==",
        "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ==",
        "\u{fc}",
    ] {
        let head = Head::request().replace("Sec-WebSocket-Key", key);
        assert_eq!(refused(&head), invalid);
    }
    let missing = HeadError::MissingHeader("Sec-WebSocket-Key");
    let head = Head::request().without("Sec-WebSocket-Key");
    assert_eq!(refused(&head), missing.into());
    assert_eq!(invalid.status(), 400);
}

// Shows own-server-2.
#[test]
fn erratum_3150_a_key_that_is_not_canonical_is_refused() {
    let invalid = HeadError::InvalidHeader("Sec-WebSocket-Key");
    // The example of RFC 6455 4.1, whose last bits are not zero.
    let head = Head::request().replace("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEC==");
    assert_eq!(refused(&head), invalid.into());
    // As corrected by the erratum.
    let head = Head::request().replace("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEA==");
    request(&head.bytes());
}

#[test]
fn part_7_there_is_at_most_one_origin() {
    let head = Head::request().with("Origin: http://a");
    let bytes = head.bytes();
    assert_eq!(request(&bytes).origin(), Some("http://a"));
    let expected = HeadError::DuplicateHeader("Origin");
    assert_eq!(refused(&head.with("Origin: http://b")), expected.into());
    let expected = HeadError::InvalidHeader("Origin");
    let head = Head::request().with("Origin: http://\u{fc}");
    assert_eq!(refused(&head), expected.into());
}

// Shows 6455-4.2.1-9.
#[test]
fn part_8_subprotocols_are_in_the_order_of_the_client() {
    let bytes = Head::request()
        .with("Sec-WebSocket-Protocol: b, a")
        .with("Sec-WebSocket-Protocol:")
        .with("sec-websocket-protocol: ,c,,")
        .bytes();
    assert!(request(&bytes).subprotocols().eq(["b", "a", "c"]));
}

// Shows own-server-17.
#[test]
fn a_request_has_no_body() {
    for line in [
        "Content-Length: 1",
        "Content-Length: -0",
        "Content-Length: 0, 5",
        "Content-Length:",
        "Transfer-Encoding: chunked",
        "transfer-encoding: identity",
    ] {
        let head = Head::request().with(line);
        assert_eq!(refused(&head), RequestError::Body);
    }
    let both = Head::request().with("Content-Length: 0").with("Content-Length: 7");
    assert_eq!(refused(&both), RequestError::Body);
    request(&Head::request().with("Content-Length: 0").bytes());
    assert_eq!(RequestError::Body.status(), 400);
}

// Shows 6455-4.2-1.
#[test]
fn the_same_is_checked_after_another_http_stack() {
    let lines = [
        ("host", "h"),
        ("upgrade", "websocket"),
        ("connection", " Upgrade "),
        ("sec-websocket-key", KEY),
        ("sec-websocket-version", "\t13 "),
    ];
    let parse = |skipped| {
        let kept = lines.iter().filter(|(name, _)| *name != skipped);
        let headers = kept.map(|(name, value)| (*name, value.as_bytes()));
        Request::from_parts("/a?b", headers).map(|request| request.path().to_string())
    };
    assert_eq!(parse(""), Ok("/a".into()));
    for (skipped, status) in [
        ("host", 400),
        ("upgrade", 426),
        ("connection", 426),
        ("sec-websocket-key", 400),
        ("sec-websocket-version", 426),
    ] {
        assert_eq!(parse(skipped).unwrap_err().rejection_status(), Some(status));
    }
    let error = Request::from_parts("*", core::iter::empty()).unwrap_err();
    assert_eq!(error, HandshakeError::Request(RequestError::InvalidTarget));
    let error = Request::from_parts("/", [("host", &b"a\r\nb"[..])].into_iter());
    assert_eq!(error.unwrap_err().rejection_status(), Some(400));
}
