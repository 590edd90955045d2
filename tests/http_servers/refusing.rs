//! Requests that are refused.

use std::io::{Read, Write};

use crate::http::{Response, UPGRADE, upgrade_and, upgrade_with};
use crate::server::{Server, Settings, each};

/// Returns the response to a request, after which the server ends the stream.
#[track_caller]
fn refused(server: &Server, request: &str) -> Response {
    let mut stream = server.connect();
    stream.write_all(request.as_bytes()).unwrap();
    let response = Response::read(&mut stream);
    assert_eq!(stream.read(&mut [0]).unwrap(), 0, "the stream ends");
    response
}

#[track_caller]
fn assert_refused(request: &str, status: u16, why: &str) {
    each(&Settings::default(), |server| {
        let response = refused(server, request);
        assert_eq!(response.status, status);
        assert_eq!(response.header("content-type"), Some("text/plain"));
        assert_eq!(response.body, format!("{why}\n"));
    });
}

#[test]
fn a_malformed_request_is_answered_with_400() {
    let request = upgrade_with("dGhlIHNhbXBsZSBub25jZQ==", "AAAA");
    assert_refused(&request, 400, "header Sec-WebSocket-Key is malformed");
    let request = upgrade_and("Sec-WebSocket-Protocol: a b");
    assert_refused(&request, 400, "header Sec-WebSocket-Protocol is malformed");
    let request = upgrade_with("Host: localhost\r\n", "");
    assert_refused(&request, 400, "header Host is missing");
    assert_refused(&upgrade_and("Content-Length: 1"), 400, "an upgrade request has no body");
}

#[test]
fn another_origin_is_answered_with_403() {
    let request = upgrade_and("Origin: http://example.com");
    assert_refused(&request, 403, "pages of this origin may not connect");
}

#[test]
fn another_method_is_answered_with_405_and_what_is_allowed() {
    each(&Settings::default(), |server| {
        let response = refused(server, &upgrade_with("GET", "POST"));
        assert_eq!(response.status, 405);
        assert_eq!(response.header("allow"), Some("GET"));
        assert_eq!(response.body, "the method of an upgrade request is GET\n");
    });
}

#[test]
fn a_plain_request_is_answered_with_426_and_the_version() {
    for request in [
        "GET /chat HTTP/1.1\r\nHost: localhost\r\n\r\n",
        &upgrade_with("websocket", "h2c"),
        &upgrade_with("Version: 13", "Version: 8"),
    ] {
        each(&Settings::default(), |server| {
            let response = refused(server, request);
            assert_eq!(response.status, 426);
            assert_eq!(response.header("upgrade"), Some("websocket"));
            assert_eq!(response.header("sec-websocket-version"), Some("13"));
            assert_eq!(response.header("connection"), Some("close, Upgrade"));
        });
    }
}

#[test]
fn http_1_0_is_answered_with_505() {
    assert_refused(&upgrade_with("HTTP/1.1", "HTTP/1.0"), 505, "HTTP/1.1 is required");
}

#[test]
fn an_invalid_response_of_the_application_is_answered_with_a_bare_500() {
    let settings = Settings { header: Some(("Connection", "close")), ..Settings::default() };
    each(&settings, |server| {
        let mut stream = server.connect();
        stream.write_all(UPGRADE.as_bytes()).unwrap();
        let response = Response::read(&mut stream);
        assert_eq!((response.status, response.body.as_str()), (500, ""));
    });
}
