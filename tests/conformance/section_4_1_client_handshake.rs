//! RFC 6455 4.1: the request that a client sends.

use sansocket::handshake::client::Request;
use sansocket::handshake::{HandshakeError, InvalidArgument};
use sansocket::{Random, Seed};

use crate::chacha::ChaCha;
use crate::upgrade::NONCE;

fn sent(request: &Request) -> String {
    let mut out = b"kept".to_vec();
    request.send(NONCE, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Returns the mistake of the application, for which nothing was sent.
fn invalid(request: &Request) -> InvalidArgument {
    let mut out = b"kept".to_vec();
    let error = request.send(NONCE, &mut out).unwrap_err();
    assert_eq!(out, b"kept");
    assert_eq!(error.rejection_status(), None);
    match error {
        HandshakeError::InvalidArgument(error) => error,
        other => panic!("{other:?}"),
    }
}

fn request() -> Request {
    Request::new("server.example.com", "/chat")
}

// Shows 6455-4.1-10, 6455-4.1-13, 6455-4.1-14, 6455-4.1-18, 6455-11.3.1-1 (client),
// 6455-11.3.5-1 (client).
#[test]
fn the_least_request() {
    assert_eq!(
        sent(&request()),
        "keptGET /chat HTTP/1.1\r\n\
         Host: server.example.com\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Version: 13\r\n\r\n"
    );
}

// Shows 6455-4.1-16.
#[test]
fn a_nonce_comes_from_a_cryptographic_generator() {
    for seed in [[0; 32], [7; 32], [0xFF; 32]] {
        let (mut random, mut stream) = (Random::new(Seed::from(seed)), ChaCha::new(12, seed));
        for at in 0..100 {
            assert_eq!(random.nonce(), stream.take(), "nonce {at} of {seed:?}");
            assert_eq!(random.mask_key(), stream.take(), "a key behind it");
        }
    }
}

// Shows 6455-4.1-17, 6455-4.1-19, 6455-4.1-21.
#[test]
fn the_request_of_a_browser() {
    let request = request()
        .header("Cookie", "a=b; c=d")
        .subprotocol("chat")
        .subprotocol("superchat")
        .origin("http://example.com")
        .header("X-Empty", "");
    assert_eq!(
        sent(&request),
        "keptGET /chat HTTP/1.1\r\n\
         Host: server.example.com\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Version: 13\r\n\
         Origin: http://example.com\r\n\
         Sec-WebSocket-Protocol: chat, superchat\r\n\
         Cookie: a=b; c=d\r\n\
         X-Empty: \r\n\r\n"
    );
}

// Shows 6455-4.1-15.
#[test]
fn section_4_1_7_the_key_is_the_base64_of_the_nonce() {
    let mut out = Vec::new();
    request().send([0; 16], &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"));
}

// Shows 6455-4.1-12.
#[test]
fn section_4_1_4_the_host_may_have_a_port() {
    for host in [
        "example.com",
        "example.com:8080",
        "127.0.0.1:9001",
        "[::1]",
        "[::1]:9001",
        "xn--bcher-kva.example",
    ] {
        let expected = format!("\r\nHost: {host}\r\n");
        assert!(sent(&Request::new(host, "/")).contains(&expected));
    }
}

// Shows 6455-4.1-1, own-server-25 (client).
#[test]
fn an_invalid_host_is_refused() {
    for host in [
        "",
        ":80",
        "a b",
        "a\r\nX: y",
        "a\n",
        "a\0",
        "user@a",
        "a/b",
        "http://a",
        "b\u{fc}cher.example",
        "a:http",
        "a:+80",
        "a:65536",
        "::1",
        "[::1",
        "[::g]",
        "[::1]x",
    ] {
        let error = invalid(&Request::new(host, "/"));
        assert_eq!(error, InvalidArgument::Host(host.into()));
    }
}

// Shows 6455-4.1-17.
#[test]
fn section_4_1_8_an_invalid_origin_is_refused() {
    for origin in ["", "http://a\r\nX: y", "http://a b", "http://\u{fc}"] {
        let error = invalid(&request().origin(origin));
        assert_eq!(error, InvalidArgument::Origin(origin.into()));
    }
    assert!(sent(&request().origin("null")).contains("\r\nOrigin: null\r\n"));
}

// Shows 6455-4.1-19, own-server-25 (client).
#[test]
fn section_4_1_10_a_subprotocol_is_a_token() {
    for name in ["", "a b", "a,b", "a;b", "\"a\"", "a/b", "a\r\nX: y", "\u{fc}", "a\0"] {
        let error = invalid(&request().subprotocol("chat").subprotocol(name));
        assert_eq!(error, InvalidArgument::Subprotocol(name.into()));
    }
}

// Shows 6455-4.1-19.
#[test]
fn section_4_1_10_a_subprotocol_is_offered_once() {
    let twice = request().subprotocol("chat").subprotocol("other").subprotocol("chat");
    let expected = InvalidArgument::DuplicateSubprotocol("chat".into());
    assert_eq!(invalid(&twice), expected);
    // They are compared with case.
    sent(&request().subprotocol("chat").subprotocol("Chat"));
}

// Shows own-server-25 (client).
#[test]
fn header_names_are_tokens() {
    for name in ["", "a b", "a:", "a\r\nb", "\u{fc}", "a\0", "a(b"] {
        let error = invalid(&request().header(name, "x"));
        assert_eq!(error, InvalidArgument::HeaderName(name.into()));
    }
}

// Shows own-server-25 (client).
#[test]
fn header_values_hold_no_control_characters() {
    for value in ["a\r\nX: y", "a\rb", "a\nb", "\0", "\x01", "\x7f", "a\n"] {
        let error = invalid(&request().header("X-Name", value));
        assert_eq!(error, InvalidArgument::HeaderValue("X-Name".into()));
    }
    let request = request().header("X-Name", "tab\tand \u{fc}");
    assert!(sent(&request).ends_with("\r\nX-Name: tab\tand \u{fc}\r\n\r\n"));
}

#[test]
fn the_headers_of_the_handshake_are_not_for_the_application() {
    for name in [
        "Host",
        "upgrade",
        "CONNECTION",
        "Origin",
        "Content-Length",
        "Transfer-Encoding",
        "Sec-WebSocket-Key",
        "sec-websocket-version",
        "Sec-WebSocket-Protocol",
        "Sec-WebSocket-Extensions",
    ] {
        let error = invalid(&request().header(name, "x"));
        assert_eq!(error, InvalidArgument::ReservedHeader(name.into()));
    }
    sent(&request().header("Sec-WebSocke", "x"));
}

// Shows own-adapters-6 (client).
#[test]
fn credentials_stay_out_of_debug_output() {
    let request = request().header("Authorization", "Bearer secret");
    let debug = format!("{request:?}");
    assert!(debug.contains("Authorization") && !debug.contains("secret"), "{debug}");
}
