//! RFC 6455 4.2.2: the response that a server sends.

use sansocket::handshake::server::{Rejection, Response};
use sansocket::handshake::{HandshakeError, InvalidArgument, RequestError, ResponseError};
use sansocket::{Limits, Role};

use crate::upgrade::{Head, rejection, request};

const OFFER: &str = "Sec-WebSocket-Protocol: chat, superchat";

/// The response to a request that offers two subprotocols.
fn response(change: impl FnOnce(Response) -> Response) -> Result<String, HandshakeError> {
    let bytes = Head::request().with(OFFER).bytes();
    let mut out = b"kept".to_vec();
    let response = change(request(&bytes).accept());
    let headers = response.headers().map(|_| ());
    let connection = response.connection(&Limits::default()).map(|_| ());
    let sent = response.send(&Limits::default(), &mut out);
    // The parts have the same content.
    assert_eq!(headers, sent.as_ref().map(|_| ()).map_err(Clone::clone));
    assert_eq!(connection, headers);
    match sent {
        Ok(connection) => {
            assert_eq!(connection.role(), Role::Server);
            Ok(String::from_utf8(out).unwrap())
        }
        Err(error) => {
            assert_eq!(out, b"kept");
            Err(error)
        }
    }
}

fn invalid(change: impl FnOnce(Response) -> Response) -> InvalidArgument {
    match response(change) {
        Err(HandshakeError::InvalidArgument(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// The response that agrees on no options.
const LEAST: &str = "HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

// Shows 6455-4.2.2-8, 6455-4.2.2-10, 6455-4.2.2-11, 6455-11.3.3-1 (server).
#[test]
fn step_5_a_minimal_response() {
    assert_eq!(response(|response| response).unwrap(), ["kept", LEAST].concat());
}

// Shows 6455-11.3.4-2 (server).
#[test]
fn step_5_a_response_with_all_that_it_can_have() {
    let change = |response: Response| {
        response.header("Set-Cookie", "a=b").subprotocol("superchat").header("Set-Cookie", "c=d")
    };
    assert_eq!(
        response(change).unwrap(),
        "keptHTTP/1.1 101 Switching Protocols\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
         Sec-WebSocket-Protocol: superchat\r\n\
         Set-Cookie: a=b\r\n\
         Set-Cookie: c=d\r\n\r\n"
    );
}

// Shows 6455-4.2.2-11.
#[test]
fn step_5_the_accept_value_follows_from_the_key() {
    let key = "x3JJHMbDL1EzLkh9GBhXDw==";
    let bytes = Head::request().replace("Sec-WebSocket-Key", key).bytes();
    let response = request(&bytes).accept();
    let accept = response.headers().unwrap().nth(2);
    let expected = "HSmrc0sMlYUkAGmm5OPpG2HaGWk=";
    assert_eq!(accept, Some(("Sec-WebSocket-Accept", expected)));
}

// Shows 6455-4.2.2-7, own-server-25 (server).
#[test]
fn step_4_a_subprotocol_is_one_of_the_clients() {
    let agreed = |name: &'static str| response(move |response| response.subprotocol(name));
    assert!(agreed("chat").unwrap().contains("\r\nSec-WebSocket-Protocol: chat\r\n"));
    for name in ["", "other", "Chat", "chat, superchat", "chat,superchat", "cha", "a\r\nX: y"] {
        let error = agreed(name).unwrap_err();
        let expected = InvalidArgument::UnofferedSubprotocol(name.into());
        assert_eq!(error, HandshakeError::InvalidArgument(expected));
        assert_eq!(error.rejection_status(), None);
    }
}

// Shows 6455-4.2.2-7, 6455-4.2.2-8, own-server-23.
#[test]
fn step_4_without_an_offer_there_is_no_subprotocol() {
    for offer in ["X-Other: chat", "Sec-WebSocket-Protocol:", "Sec-WebSocket-Protocol: ,"] {
        let bytes = Head::request().with(offer).bytes();
        let response = request(&bytes).accept();
        let mut out = Vec::new();
        response.clone().send(&Limits::default(), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), LEAST, "{offer}");
        for name in ["chat", ""] {
            let response = response.clone().subprotocol(name);
            let expected = InvalidArgument::UnofferedSubprotocol(name.into());
            assert_eq!(response.headers().map(|_| ()), Err(expected.into()));
        }
    }
}

#[test]
fn the_offered_and_agreed_subprotocols_can_be_read() {
    let bytes = Head::request().with(OFFER).bytes();
    let response = request(&bytes).accept();
    assert!(response.offered_subprotocols().eq(["chat", "superchat"]));
    assert_eq!(response.agreed_subprotocol(), None);
    let response = response.subprotocol("chat");
    assert_eq!(response.agreed_subprotocol(), Some("chat"));
}

// Shows 6455-4.2.2-9.
#[test]
fn step_4_an_offer_of_extensions_is_declined_by_silence() {
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    let bytes = Head::request().with(offer).bytes();
    let mut out = Vec::new();
    request(&bytes).accept().send(&Limits::default(), &mut out).unwrap();
    assert!(!String::from_utf8(out).unwrap().contains("Extensions"));
}

// Shows own-server-25 (server).
#[test]
fn headers_of_the_application_are_checked() {
    for name in ["", "a b", "X: y\r\nZ", "\u{fc}"] {
        let error = invalid(|response| response.header(name, "x"));
        assert_eq!(error, InvalidArgument::HeaderName(name.into()));
    }
    for value in ["x\r\nSet-Cookie: y", "x\n", "\r", "\0", "\x1b", "\x7f"] {
        let error = invalid(|response| response.header("X", value));
        assert_eq!(error, InvalidArgument::HeaderValue("X".into()));
    }
    for name in [
        "upgrade",
        "Connection",
        "content-length",
        "Transfer-Encoding",
        "Sec-WebSocket-Accept",
        "sec-websocket-protocol",
        "Sec-WebSocket-Extensions",
    ] {
        let error = invalid(|response| response.header(name, "x"));
        assert_eq!(error, InvalidArgument::ReservedHeader(name.into()));
    }
}

// Shows 6455-4.2.1-12, 6455-10.7-3.
#[test]
fn a_malformed_request_is_answered_with_400() {
    assert_eq!(
        rejection(&Head::request().without("Host")),
        "HTTP/1.1 400 Bad Request\r\n\
         Connection: close\r\n\
         Content-Length: 23\r\n\
         Content-Type: text/plain\r\n\r\n\
         header Host is missing\n"
    );
}

// Shows own-server-4.
#[test]
fn another_method_is_answered_with_405_and_what_is_allowed() {
    assert_eq!(
        rejection(&Head::request().start_line("POST / HTTP/1.1")),
        "HTTP/1.1 405 Method Not Allowed\r\n\
         Connection: close\r\n\
         Content-Length: 40\r\n\
         Allow: GET\r\n\
         Content-Type: text/plain\r\n\r\n\
         the method of an upgrade request is GET\n"
    );
    // RFC 9110 9.3.2.
    assert_eq!(
        rejection(&Head::request().start_line("HEAD / HTTP/1.1")),
        "HTTP/1.1 405 Method Not Allowed\r\n\
         Connection: close\r\n\
         Content-Length: 0\r\n\
         Allow: GET\r\n\r\n"
    );
}

// Shows own-server-6.
#[test]
fn a_request_that_is_no_upgrade_is_answered_with_426() {
    assert_eq!(
        rejection(&Head::request().without("Upgrade")),
        "HTTP/1.1 426 Upgrade Required\r\n\
         Connection: close, Upgrade\r\n\
         Upgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\n\
         Content-Length: 40\r\n\
         Content-Type: text/plain\r\n\r\n\
         this is not a WebSocket upgrade request\n"
    );
}

// Shows own-server-5.
#[test]
fn an_old_http_version_is_answered_with_505() {
    let answer = rejection(&Head::request().start_line("GET / HTTP/1.0"));
    assert!(answer.starts_with("HTTP/1.1 505 HTTP Version Not Supported\r\n"));
}

#[test]
fn a_refusal_echoes_nothing_of_the_request() {
    for head in [
        Head::request().start_line("ECHO / HTTP/1.1"),
        Head::request().start_line("GET ECHO HTTP/1.1"),
        Head::request().start_line("GET / ECHO"),
        Head::request().replace("Host", "ECHO ECHO"),
        Head::request().replace("Upgrade", "ECHO"),
        Head::request().replace("Sec-WebSocket-Version", "ECHO"),
        Head::request().replace("Sec-WebSocket-Key", "ECHO"),
        Head::request().with("Sec-WebSocket-Protocol: ECHO ECHO"),
    ] {
        assert!(!rejection(&head).contains("ECHO"));
    }
    let error = RequestError::Origin { origin: "ECHO".into(), host: "ECHO".into() }.into();
    let mut out = Vec::new();
    Rejection::from(&error).send(&mut out).unwrap();
    assert!(!String::from_utf8(out).unwrap().contains("ECHO"));
}

#[test]
fn errors_of_the_application_are_answered_with_500() {
    for error in [
        InvalidArgument::UnofferedSubprotocol("x".into()).into(),
        ResponseError::WrongAccept.into(),
    ] {
        let mut out = Vec::new();
        Rejection::from(&error).send(&mut out).unwrap();
        let expected = "HTTP/1.1 500 Internal Server Error\r\n\
            Connection: close\r\n\
            Content-Length: 0\r\n\r\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

// Shows 6455-4.2.2-2, 6455-4.2.2-3, own-server-14.
#[test]
fn steps_2_and_3_the_application_can_challenge_and_redirect() {
    let mut out = b"kept".to_vec();
    let challenge = Rejection::new(401).header("WWW-Authenticate", "Basic realm=\"x\"");
    challenge.send(&mut out).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "keptHTTP/1.1 401 Unauthorized\r\n\
         Connection: close\r\n\
         Content-Length: 0\r\n\
         WWW-Authenticate: Basic realm=\"x\"\r\n\r\n"
    );
    let mut out = Vec::new();
    let redirect = Rejection::new(302).header("Location", "https://example.com/");
    redirect.send(&mut out).unwrap();
    assert!(out.starts_with(b"HTTP/1.1 302 Found\r\n"));
    let mut out = Vec::new();
    Rejection::new(418).body(vec![0, 1]).send(&mut out).unwrap();
    let expected = b"HTTP/1.1 418 \r\nConnection: close\r\nContent-Length: 2\r\n\r\n\0\x01";
    assert_eq!(out, expected);
}

#[test]
fn a_refusal_says_what_its_status_means() {
    // RFC 9110 15, and RFC 6585 for 429 and 431.
    for (status, phrase) in [
        (200, "OK"),
        (301, "Moved Permanently"),
        (302, "Found"),
        (303, "See Other"),
        (307, "Temporary Redirect"),
        (308, "Permanent Redirect"),
        (400, "Bad Request"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "Not Found"),
        (405, "Method Not Allowed"),
        (408, "Request Timeout"),
        (410, "Gone"),
        (414, "URI Too Long"),
        (426, "Upgrade Required"),
        (429, "Too Many Requests"),
        (431, "Request Header Fields Too Large"),
        (500, "Internal Server Error"),
        (501, "Not Implemented"),
        (502, "Bad Gateway"),
        (503, "Service Unavailable"),
        (505, "HTTP Version Not Supported"),
    ] {
        let mut out = Vec::new();
        Rejection::new(status).send(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().next(), Some(&*format!("HTTP/1.1 {status} {phrase}")));
    }
}

// Shows 6455-4.2.2-6.
#[test]
fn a_refusal_of_the_application_is_an_error_that_carries_it() {
    let rejection = Rejection::new(404).body("no such room");
    let error = HandshakeError::Rejected(rejection.clone());
    assert_eq!(error.rejection_status(), Some(404));
    assert_eq!(Rejection::from(&error), rejection);
}

// Shows own-server-25 (server).
#[test]
fn a_refusal_of_the_application_is_checked() {
    let mut out = Vec::new();
    for status in [0, 99, 100, 101, 199, 204, 205, 304, 600, 999, u16::MAX] {
        let error = Rejection::new(status).send(&mut out).unwrap_err();
        let expected = InvalidArgument::Status(status);
        assert_eq!(error, HandshakeError::InvalidArgument(expected));
    }
    let refusal = Rejection::new(403);
    let error = refusal.clone().header("X\r\nY", "z").send(&mut out);
    let expected = InvalidArgument::HeaderName("X\r\nY".into());
    assert_eq!(error, Err(expected.into()));
    let error = refusal.clone().header("X", "y\r\nZ: z").send(&mut out);
    assert_eq!(error, Err(InvalidArgument::HeaderValue("X".into()).into()));
    let error = refusal.header("content-length", "7").send(&mut out);
    let expected = InvalidArgument::ReservedHeader("content-length".into());
    assert_eq!(error, Err(expected.into()));
    assert_eq!(out, b"");
}
