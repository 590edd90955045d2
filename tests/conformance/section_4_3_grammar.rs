//! RFC 6455 4.3: the grammar of the header fields. Keys are in 4.2.1, extensions in 9.1.

use sansocket::handshake::{HeadError, RequestError};

use crate::upgrade::{Head, refused, request};

// Shows 6455-4.3-1, 6455-8.1-2 (server).
#[test]
fn subprotocols_are_tokens() {
    for value in ["chat", "v1.chat.example.com", "!#$%&'*+-.^_`|~09azAZ", "a,b", "", ", ,"] {
        let line = format!("Sec-WebSocket-Protocol: {value}");
        request(&Head::request().with(&line).bytes());
    }
    let expected = RequestError::Head(HeadError::InvalidHeader("Sec-WebSocket-Protocol"));
    for value in ["a b", "a;b", "a/b", "\"a\"", "a, b c", "a@b", "a=b", "{a}", "\u{fc}"] {
        let line = format!("Sec-WebSocket-Protocol: {value}");
        assert_eq!(refused(&Head::request().with(&line)), expected);
    }
    assert_eq!(expected.status(), 400);
}

#[test]
fn a_subprotocol_may_be_offered_twice() {
    let line = "Sec-WebSocket-Protocol: a, b, a";
    let bytes = Head::request().with(line).bytes();
    assert!(request(&bytes).subprotocols().eq(["a", "b", "a"]));
}

// Shows 6455-4.3-2.
#[test]
fn a_version_has_no_leading_zeros() {
    for value in ["013", "13.0", "+13", "0x0d"] {
        let head = Head::request().replace("Sec-WebSocket-Version", value);
        assert_eq!(refused(&head), RequestError::WebSocketVersion);
    }
}
