//! RFC 6455 11.3: which header fields may come more than once.

use sansocket::handshake::client::Request;
use sansocket::handshake::{HeadError, RequestError, ResponseError};

use crate::upgrade::{ACCEPT, Head, KEY, awaiting, failed, refused, request, sent};

// Shows 6455-11.3.1-1 (server), own-server-2.
#[test]
fn section_11_3_1_the_key_comes_once() {
    for value in [KEY, "AAAAAAAAAAAAAAAAAAAAAA==", ""] {
        let head = Head::request().with(&format!("sec-websocket-key: {value}"));
        let expected = HeadError::DuplicateHeader("Sec-WebSocket-Key");
        assert_eq!(refused(&head), RequestError::Head(expected));
        assert_eq!(refused(&head).status(), 400);
    }
}

// Shows 6455-11.3.2-1 (server).
#[test]
fn section_11_3_2_extensions_may_come_more_than_once() {
    let head =
        Head::request().with("Sec-WebSocket-Extensions: a").with("Sec-WebSocket-Extensions: b");
    request(&head.bytes());
}

// Shows 6455-11.3.3-1 (client).
#[test]
fn section_11_3_3_the_accept_value_comes_once() {
    let response = Head::response().with(&format!("Sec-WebSocket-Accept: {ACCEPT}"));
    let expected = HeadError::DuplicateHeader("Sec-WebSocket-Accept");
    assert_eq!(failed(&mut awaiting(), &response), expected.into());
    let response = Head::response().without("Sec-WebSocket-Accept");
    let expected = HeadError::MissingHeader("Sec-WebSocket-Accept");
    assert_eq!(failed(&mut awaiting(), &response), expected.into());
}

// Shows 6455-11.3.4-2 (client).
#[test]
fn section_11_3_4_a_response_has_at_most_one_subprotocol() {
    let response =
        Head::response().with("Sec-WebSocket-Protocol: a").with("Sec-WebSocket-Protocol: a");
    let mut awaiting = sent(&Request::new("h", "/").subprotocol("a"));
    let expected = HeadError::DuplicateHeader("Sec-WebSocket-Protocol");
    assert_eq!(failed(&mut awaiting, &response), ResponseError::Head(expected));
}

// Shows 6455-11.3.4-1 (server).
#[test]
fn section_11_3_4_a_request_may_offer_subprotocols_in_several_lines() {
    let bytes = Head::request()
        .with("Sec-WebSocket-Protocol: a, b")
        .with("Sec-WebSocket-Protocol: c")
        .bytes();
    let request = request(&bytes);
    assert!(request.subprotocols().eq(["a", "b", "c"]));
    assert!(request.accept().subprotocol("c").headers().is_ok());
}

// Shows 6455-11.3.5-1 (server).
#[test]
fn section_11_3_5_the_version_comes_once() {
    let head = Head::request().with("Sec-WebSocket-Version: 13");
    let expected = HeadError::DuplicateHeader("Sec-WebSocket-Version");
    assert_eq!(refused(&head), RequestError::Head(expected));
}
