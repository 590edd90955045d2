//! RFC 6455 3: the resource name is a path and perhaps a query, and never a fragment.

use sansocket::handshake::client::Request;
use sansocket::handshake::{HandshakeError, InvalidArgument, RequestError};

use crate::upgrade::{Head, NONCE, refused, request};

fn with_target(target: &str) -> Head {
    Head::request().start_line(&format!("GET {target} HTTP/1.1"))
}

// Shows 6455-4.2.1-2.
#[test]
fn a_server_accepts_paths_and_absolute_uris() {
    for (target, path, query, host) in [
        ("/", "/", None, "server.example.com"),
        ("/a/b?c=d&e", "/a/b", Some("c=d&e"), "server.example.com"),
        ("/?", "/", Some(""), "server.example.com"),
        ("/%23?%23", "/%23", Some("%23"), "server.example.com"),
        ("//x?http://y", "//x", Some("http://y"), "server.example.com"),
        ("http://other.example/a?b", "/a", Some("b"), "other.example"),
        ("HTTPS://other.example:8443", "/", None, "other.example:8443"),
        ("http://[::1]:80?b", "/", Some("b"), "[::1]:80"),
    ] {
        let bytes = with_target(target).bytes();
        let request = request(&bytes);
        assert_eq!(request.target(), target);
        assert_eq!((request.path(), request.query(), request.host()), (path, query, host));
    }
}

// Shows 6455-3-4 (server), 6455-4.2.1-2.
#[test]
fn a_server_refuses_fragments_and_other_targets() {
    for target in [
        "/#",
        "/a#b",
        "/?a#b",
        "*",
        "chat",
        "?a",
        "server.example.com:80",
        "ws://server.example.com/",
        "http://",
        "http:///chat",
        "http://user@server.example.com/",
        "http://server.example.com:65536/",
        "http://server.example.com:+80/",
        "http://[::1/",
        "http://[::1]80/",
        "/\u{e9}",
    ] {
        assert_eq!(refused(&with_target(target)), RequestError::InvalidTarget);
    }
}

// Shows 6455-8.1-2 (server).
#[test]
fn a_target_that_is_not_utf8_is_refused() {
    let mut bytes = with_target("/x").bytes();
    bytes[5] = 0xFF;
    let error = sansocket::handshake::server::Request::parse(&bytes, &Default::default());
    assert_eq!(error.unwrap_err(), RequestError::InvalidTarget.into());
}

// Shows 6455-3-3, 6455-4.1-11.
#[test]
fn a_client_sends_the_resource_name_as_it_is() {
    for target in ["/", "/a/b?c=d", "/%23"] {
        let mut out = Vec::new();
        Request::new("h", target).send(NONCE, &mut out).unwrap();
        let expected = format!("GET {target} HTTP/1.1\r\nHost: h\r\n");
        assert!(out.starts_with(expected.as_bytes()));
    }
}

// Shows 6455-3-4 (client), 6455-4.1-1, own-server-25 (client).
#[test]
fn a_client_refuses_an_invalid_resource_name() {
    for target in
        ["", "chat", "*", "?a", "/#", "/a b", "/a\r\nX: y", "/\u{7f}", "/\u{e9}", "http://h/"]
    {
        let mut out = Vec::new();
        let error = Request::new("h", target).send(NONCE, &mut out).unwrap_err();
        let expected = InvalidArgument::Target(target.into());
        assert_eq!(error, HandshakeError::InvalidArgument(expected));
        assert_eq!(out, b"");
    }
}
