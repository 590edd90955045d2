//! RFC 6455 4.1: what a client checks in the response.

use sansocket::Parsed;
use sansocket::connection::Event;
use sansocket::handshake::client::{AwaitingResponse, ErrorResponse, Request};
use sansocket::handshake::{HandshakeError, HeadError, HeadLimits, ResponseError};
use sansocket::{Limits, MessageKind, Role, Seed};

use crate::upgrade::{Head, accepted, awaiting, failed, sent};

/// Returns the refusal in a response after which the stream ends.
fn refusal(awaiting: &mut AwaitingResponse, input: &[u8]) -> ErrorResponse {
    let error = match awaiting.parse(input) {
        Ok(Parsed::Partial { .. }) => Err(awaiting.parse_eof(input)),
        other => other,
    };
    match error {
        Err(HandshakeError::UnexpectedResponse(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn offering(names: &[&str]) -> Request {
    let request = Request::new("server.example.com", "/chat");
    names.iter().fold(request, |request, name| request.subprotocol(name))
}

// Shows 6455-4.1-31.
#[test]
fn a_minimal_response_opens_a_client_connection() {
    let accepted = accepted(&mut awaiting(), &Head::response().bytes());
    assert_eq!(accepted.subprotocol(), None);
    assert_eq!(accepted.headers().get("Upgrade"), Some(&b"websocket"[..]));
    let connection = accepted.connection(&Limits::default(), Seed::from([7; 32]));
    assert_eq!(connection.role(), Role::Client);
}

// Shows own-client-4.
#[test]
fn bytes_after_the_response_are_frames() {
    let mut input = Head::response().bytes();
    let head_len = input.len();
    input.extend_from_slice(b"\x81\x05Hello\r\n\r\n");
    let Parsed::Complete { value, consumed } = awaiting().parse(&input).unwrap() else {
        panic!("the head is complete");
    };
    assert_eq!(consumed, head_len);
    let mut connection = value.connection(&Limits::default(), Seed::from([7; 32]));
    let mut frames = &mut input[consumed..];
    match connection.receive(&mut frames, &mut Vec::new()).unwrap() {
        Some(Event::Chunk(chunk)) => {
            assert_eq!(chunk.kind, MessageKind::Text);
            assert_eq!(chunk.payload, b"Hello");
        }
        other => panic!("{other:?}"),
    }
}

// Shows 6455-4.1-24, 6455-4.1-25, 6455-4.1-30 (client).
#[test]
fn names_and_tokens_are_compared_in_any_case_and_order() {
    let response = Head::response()
        .without("Upgrade")
        .without("Connection")
        .with("server: x")
        .with("CONNECTION: keep-alive,  uPGRADE")
        .with("upgrade:  WebSocket  ");
    accepted(&mut awaiting(), &response.bytes());
}

#[test]
fn the_reason_phrase_does_not_matter() {
    for line in ["HTTP/1.1 101 ", "HTTP/1.1 101", "HTTP/1.1 101 Any\tw\u{f6}rds", "HTTP/1.2 101 x"]
    {
        accepted(&mut awaiting(), &Head::response().start_line(line).bytes());
    }
}

// Shows 6455-4.1-23, own-client-2.
#[test]
fn resp_1_another_status_is_handled_as_http() {
    let input = b"HTTP/1.1 401 Unauthorized\r\n\
        WWW-Authenticate: Basic realm=\"x\"\r\n\
        Content-Length: 9\r\n\r\n\
        Who's it?and more";
    let refusal = refusal(&mut awaiting(), input);
    assert_eq!(refusal.status(), 401);
    let challenge = refusal.headers().get("www-authenticate");
    assert_eq!(challenge, Some(&b"Basic realm=\"x\""[..]));
    assert_eq!(refusal.body(), b"Who's it?");
    let debug = format!("{refusal:?}");
    assert!(debug.contains("401") && debug.contains("Who's it?"), "{debug}");
}

// Shows 6455-4.1-23.
#[test]
fn resp_1_a_refusal_needs_no_upgrade_and_may_be_http_1_0() {
    for (line, status) in [
        ("HTTP/1.0 404 Not Found", 404),
        ("HTTP/1.1 200 OK", 200),
        ("HTTP/1.1 302 Found", 302),
        ("HTTP/1.1 999 x", 999),
    ] {
        let input = format!("{line}\r\n\r\n");
        assert_eq!(refusal(&mut awaiting(), input.as_bytes()).status(), status);
    }
}

#[test]
fn resp_1_the_body_of_a_refusal_is_waited_for_as_long_as_it_says() {
    let mut awaiting = awaiting();
    let head = b"HTTP/1.1 503 Busy\r\nContent-Length: 5\r\n\r\n";
    let needs = |needed| Ok(Parsed::Partial { needed });
    assert_eq!(status_of(awaiting.parse(head)), needs(5));
    assert_eq!(status_of(awaiting.parse(&[&head[..], b"no"].concat())), needs(3));
    let whole = [&head[..], b"no ro"].concat();
    assert_eq!(refusal(&mut awaiting, &whole).body(), b"no ro");
    // A second call returns the same.
    assert_eq!(refusal(&mut awaiting, &whole).body(), b"no ro");
}

/// The status alone, since what was parsed cannot be compared.
fn status_of<T>(status: Result<Parsed<T>, HandshakeError>) -> Result<Parsed<()>, HandshakeError> {
    status.map(|status| match status {
        Parsed::Complete { consumed, .. } => Parsed::Complete { value: (), consumed },
        Parsed::Partial { needed } => Parsed::Partial { needed },
    })
}

#[test]
fn resp_1_the_body_of_a_refusal_ends_with_the_stream() {
    let mut awaiting = awaiting();
    let input = b"HTTP/1.1 503 Busy\r\nContent-Length: 5\r\n\r\nno";
    assert!(matches!(awaiting.parse(input), Ok(Parsed::Partial { needed: 3 })));
    match awaiting.parse_eof(input) {
        HandshakeError::UnexpectedResponse(refusal) => {
            assert_eq!((refusal.status(), refusal.body()), (503, &b"no"[..]));
        }
        other => panic!("{other:?}"),
    }
}

// Shows own-client-2.
#[test]
fn resp_1_a_body_is_kept_up_to_the_limit() {
    let limits = HeadLimits::default().max_body_len(4);
    let request = Request::new("server.example.com", "/").limits(limits);
    for (length, body) in [
        ("Content-Length: 10\r\n", "abcdef"),
        ("Transfer-Encoding: chunked\r\n", "6\r\nabcdef"),
        ("", "abcdef"),
    ] {
        let input = format!("HTTP/1.1 500 x\r\n{length}\r\n{body}");
        assert_eq!(refusal(&mut sent(&request), input.as_bytes()).body(), b"abcd");
    }
}

// Shows own-client-1.
#[test]
fn interim_responses_are_skipped() {
    let mut awaiting = awaiting();
    let interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    assert!(matches!(awaiting.parse(interim), Ok(Parsed::Partial { .. })));
    let input = [&interim[..], &Head::response().bytes()].concat();
    let accepted = accepted(&mut awaiting, &input);
    assert_eq!(accepted.headers().get("Link"), None);
}

#[test]
fn interim_responses_count_for_the_limit_of_the_head() {
    let response = Head::response().bytes();
    let interim = b"HTTP/1.1 100 x\r\n\r\n".repeat(3);
    let input = [interim, response].concat();
    let within = |limit| {
        let limits = HeadLimits::default().max_head_len(limit);
        sent(&Request::new("h", "/").limits(limits)).parse(&input).map(|_| ())
    };
    assert_eq!(within(input.len()), Ok(()));
    let limit = input.len() - 1;
    let expected = ResponseError::Head(HeadError::TooLong { limit });
    assert_eq!(within(limit), Err(expected.into()));
}

#[test]
fn headers_are_counted_in_each_head() {
    let limits = HeadLimits::default().max_headers(3);
    let interim = b"HTTP/1.1 103 x\r\na:\r\nb:\r\nc:\r\n\r\n";
    let input = [&interim[..], &Head::response().bytes()].concat();
    let mut awaiting = sent(&Request::new("h", "/").limits(limits.clone()));
    accepted(&mut awaiting, &input);

    let mut awaiting = sent(&Request::new("h", "/").limits(limits));
    let error = failed(&mut awaiting, &Head::response().with("d:"));
    let expected = HeadError::TooManyHeaders { limit: 3 };
    assert_eq!(error, ResponseError::Head(expected));
}

#[test]
fn the_limit_of_a_request_target_does_not_apply_to_a_status_line() {
    let limits = HeadLimits::default().max_target_len(0);
    let mut awaiting = sent(&Request::new("h", "/").limits(limits));
    accepted(&mut awaiting, &Head::response().bytes());
}

// Shows 6455-8.1-2 (client).
#[test]
fn section_8_1_a_response_that_is_not_utf8_where_it_must_be_fails() {
    // Invalid UTF-8 in each place where a client reads text from the response: status, subprotocol,
    // extension, and what is compared with ASCII.
    for bytes in [&b"\xFF"[..], b"\xC3", b"\xC0\xAF", b"\xED\xA0\x80"] {
        let with = |line: &[u8]| {
            let response = Head::response().bytes();
            let lines = &response[..response.len() - 2];
            let input = [lines, line, bytes, b"\r\n\r\n"].concat();
            sent(&offering(&["chat"])).parse(&input).map(|_| ()).unwrap_err()
        };
        let lossy = String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(
            with(b"Sec-WebSocket-Protocol: "),
            ResponseError::UnofferedSubprotocol(lossy.clone()).into()
        );
        assert_eq!(
            with(b"Sec-WebSocket-Protocol: chat"),
            ResponseError::UnofferedSubprotocol(format!("chat{lossy}")).into()
        );
        let extensions = HeadError::InvalidHeader("Sec-WebSocket-Extensions");
        assert_eq!(with(b"Sec-WebSocket-Extensions: "), ResponseError::Head(extensions).into());
        assert_eq!(with(b"Upgrade: websocket"), ResponseError::NotWebSocket.into());

        let status = [b"HTTP/1.1 10", bytes, b" x\r\n\r\n"].concat();
        let invalid = ResponseError::Head(HeadError::InvalidLine);
        assert_eq!(awaiting().parse(&status).unwrap_err(), invalid.into());
        let name = [b"HTTP/1.1 101 x\r\nA", bytes, b": b\r\n\r\n"].concat();
        let invalid = HeadError::InvalidByte { byte: bytes[0], position: 17 };
        assert_eq!(awaiting().parse(&name).unwrap_err(), ResponseError::Head(invalid).into());
    }
}

// Shows 6455-4.1-24.
#[test]
fn resp_2_upgrade_is_websocket() {
    for response in [
        Head::response().without("Upgrade"),
        Head::response().replace("Upgrade", "h2c"),
        Head::response().replace("Upgrade", "websocket2"),
        Head::response().replace("Upgrade", "websocket, h2c"),
        Head::response().with("Upgrade: h2c"),
        Head::response().replace("Upgrade", ""),
    ] {
        assert_eq!(failed(&mut awaiting(), &response), ResponseError::NotWebSocket);
    }
}

// Shows 6455-4.1-25.
#[test]
fn resp_3_connection_holds_the_token_upgrade() {
    for response in [
        Head::response().without("Connection"),
        Head::response().replace("Connection", "close"),
        Head::response().replace("Connection", "not-upgrade"),
    ] {
        assert_eq!(failed(&mut awaiting(), &response), ResponseError::NotWebSocket);
    }
}

// Shows 6455-4.1-26.
#[test]
fn resp_4_the_accept_value_fits_the_key() {
    for value in [
        "",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
        "S3PPLMBITXAQ9KYGZZHZRBK+XOO=",
        "dGhlIHNhbXBsZSBub25jZQ==",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, x",
    ] {
        let response = Head::response().replace("Sec-WebSocket-Accept", value);
        assert_eq!(failed(&mut awaiting(), &response), ResponseError::WrongAccept);
    }
}

// Shows 6455-4.1-26.
#[test]
fn resp_4_the_accept_value_is_trimmed() {
    let response =
        Head::response().replace("Sec-WebSocket-Accept", " \ts3pPLMBiTxaQ9kYGzzhZRbK+xOo=\t ");
    accepted(&mut awaiting(), &response.bytes());
}

// Shows 6455-4.1-27, 6455-9.1-1 (client).
#[test]
fn resp_5_no_extension_was_offered() {
    for (value, name) in [("permessage-deflate", "permessage-deflate"), ("x; y=z, w", "x")] {
        let response = Head::response().with(&format!("Sec-WebSocket-Extensions: {value}"));
        let expected = ResponseError::UnofferedExtension(name.into());
        assert_eq!(failed(&mut awaiting(), &response), expected);
    }
    for value in ["", ";", "x;"] {
        let response = Head::response().with(&format!("Sec-WebSocket-Extensions: {value}"));
        let expected = HeadError::InvalidHeader("Sec-WebSocket-Extensions").into();
        assert_eq!(failed(&mut awaiting(), &response), expected);
    }
}

// Shows 6455-4.1-31.
#[test]
fn resp_6_a_subprotocol_is_one_of_those_offered() {
    let response = Head::response().with("Sec-WebSocket-Protocol: superchat");
    let mut awaiting = sent(&offering(&["chat", "superchat"]));
    let accepted = accepted(&mut awaiting, &response.bytes());
    assert_eq!(accepted.subprotocol(), Some("superchat"));
}

// Shows 6455-4.1-28.
#[test]
fn resp_6_a_subprotocol_that_was_not_offered_fails() {
    for value in ["other", "Chat", "chat, superchat", ""] {
        let response = Head::response().with(&format!("Sec-WebSocket-Protocol: {value}"));
        for offered in [&["chat", "superchat"][..], &[]] {
            let mut awaiting = sent(&offering(offered));
            let expected = ResponseError::UnofferedSubprotocol(value.into());
            assert_eq!(failed(&mut awaiting, &response), expected);
        }
    }
}

// Shows own-client-3.
#[test]
fn a_subprotocol_need_not_be_agreed_on_unless_it_is_required() {
    let bytes = Head::response().bytes();
    let request = offering(&["chat"]);
    assert_eq!(accepted(&mut sent(&request), &bytes).subprotocol(), None);

    let request = request.require_subprotocol(true);
    let error = failed(&mut sent(&request), &Head::response());
    assert_eq!(error, ResponseError::MissingSubprotocol);

    // Nothing was offered, so nothing is missing.
    let request = offering(&[]).require_subprotocol(true);
    assert_eq!(accepted(&mut sent(&request), &bytes).subprotocol(), None);
}

// Shows 6455-4.1-29.
#[test]
fn a_response_is_http_1() {
    for line in ["HTTP/1.0 101 x", "HTTP/2.0 101 x", "HTTP/2.0 404 x", "HTTP/0.9 200 x"] {
        let error = failed(&mut awaiting(), &Head::response().start_line(line));
        assert_eq!(error, ResponseError::HttpVersion);
    }
    for line in [
        "HTTP/1.1 1x1 x",
        "HTTP/1.1 +11 x",
        "HTTP/1.1 099 x",
        "HTTP/1.1 1010 x",
        "HTTP/1.1  101 x",
        "HTTP/11 101 x",
        "HTTP/1.x 101 x",
    ] {
        let error = failed(&mut awaiting(), &Head::response().start_line(line));
        assert_eq!(error, ResponseError::Head(HeadError::InvalidLine));
    }
    let error = failed(&mut awaiting(), &Head::response().start_line("HTTP/1.1"));
    assert_eq!(error, HeadError::InvalidByte { byte: b'\r', position: 8 }.into());
    for line in ["http/1.1 101 x", "ICY 200 OK", "GET / HTTP/1.1"] {
        let error = failed(&mut awaiting(), &Head::response().start_line(line));
        assert_eq!(error, ResponseError::NotHttp);
    }
}

// Shows 6455-4.1-29.
#[test]
fn a_response_that_ends_early_is_incomplete() {
    let bytes = Head::response().bytes();
    for len in 0..bytes.len() {
        let mut awaiting = awaiting();
        assert!(matches!(awaiting.parse(&bytes[..len]), Ok(Parsed::Partial { .. })));
        let expected = match len {
            0 => ResponseError::Missing,
            _ => HeadError::Incomplete.into(),
        };
        assert_eq!(awaiting.parse_eof(&bytes[..len]), expected.into());
    }
}

#[test]
fn an_error_of_the_server_has_no_status_to_refuse_with() {
    let error = awaiting().parse(b"\0").unwrap_err();
    assert_eq!(error, ResponseError::NotHttp.into());
    assert_eq!(error.rejection_status(), None);
    let error = awaiting().parse(b"HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n").unwrap_err();
    assert_eq!(error.rejection_status(), None);
}

#[test]
fn another_protocol_is_recognised_at_its_first_byte_that_is_not_http() {
    for (answer, len, expected) in [
        // An alert, and a handshake message.
        (&b"\x15\x03\x03\0\x02\x02\x46"[..], 1, ResponseError::Tls),
        (b"\x16\x03\x01\x02\0", 1, ResponseError::Tls),
        (b"SSH-2.0-OpenSSH_9.6\r\n", 1, ResponseError::NotHttp),
        (b"HTTPS/1.1 101 x\r\n", 5, ResponseError::NotHttp),
        (b"\r\nHTTP/1.1 101 x\r\n", 1, ResponseError::NotHttp),
        (b"\x05\0", 1, ResponseError::NotHttp),
    ] {
        assert_eq!(awaiting().parse(answer).unwrap_err(), expected.clone().into());
        let mut awaiting = awaiting();
        for end in 0..len {
            assert!(matches!(awaiting.parse(&answer[..end]), Ok(Parsed::Partial { .. })));
        }
        assert_eq!(awaiting.parse(&answer[..len]).unwrap_err(), expected.into());
    }
    // After an interim response too.
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
    let error = awaiting().parse(&[&interim[..], b"SSH"].concat()).unwrap_err();
    assert_eq!(error, ResponseError::NotHttp.into());
}

#[test]
fn the_text_of_a_refusal_is_one_line() {
    for (response, expected) in [
        (
            &b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 22\r\n\r\nToken expired\nby 5 s.\n"[..],
            "the server answered 401 Unauthorized: Token expired",
        ),
        (b"HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", "the server answered 404"),
        (b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", "the server answered 404"),
        // Markup, compressed data, and half a character.
        (b"HTTP/1.1 404 Gone\r\nContent-Length: 6\r\n\r\n<html>", "the server answered 404 Gone"),
        (b"HTTP/1.1 500 x\r\nContent-Length: 3\r\n\r\n\x1F\x8B\x08", "the server answered 500 x"),
        (b"HTTP/1.1 500 x\r\nContent-Length: 3\r\n\r\nno\xC3", "the server answered 500 x: no"),
        (
            b"HTTP/1.1 503 Busy\xFF\r\nContent-Length: 5\r\n\r\n\x1B[31m",
            "the server answered 503 Busy\u{FFFD}: \\u{1b}[31m",
        ),
    ] {
        let error = awaiting().parse(response).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let long = "HTTP/1.1 503 Busy\r\nContent-Length: 81\r\n\r\n".to_owned() + &"x".repeat(81);
    let error = awaiting().parse(long.as_bytes()).unwrap_err();
    let expected = format!("the server answered 503 Busy: {}...", "x".repeat(80));
    assert_eq!(error.to_string(), expected);
}
