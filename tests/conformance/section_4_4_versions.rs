//! RFC 6455 4.4: a server says which version of the protocol it supports.

use sansocket::handshake::RequestError;

use crate::upgrade::{Head, refused, rejection};

// Shows 6455-4.2.1-7, 6455-4.2.2-5, 6455-4.4-1, own-server-7.
#[test]
fn another_version_is_answered_with_426_and_the_right_one() {
    for value in ["8", "0", "14", "255", "", "x", "13, 8", "8, 13"] {
        let head = Head::request().replace("Sec-WebSocket-Version", value);
        assert_eq!(refused(&head), RequestError::WebSocketVersion);
    }
    assert_eq!(
        rejection(&Head::request().replace("Sec-WebSocket-Version", "25")),
        "HTTP/1.1 426 Upgrade Required\r\n\
         Connection: close, Upgrade\r\n\
         Upgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\n\
         Content-Length: 33\r\n\
         Content-Type: text/plain\r\n\r\n\
         WebSocket version 13 is required\n"
    );
}

// Shows 6455-4.2.1-7.
#[test]
fn a_request_without_a_version_is_answered_with_the_right_one() {
    let head = Head::request().without("Sec-WebSocket-Version");
    assert_eq!(refused(&head), RequestError::WebSocketVersion);
}
