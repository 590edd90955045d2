//! Each error: the field at fault, the rule, and what a receiver must do.

use sansocket::{
    CloseCode, Limits,
    Role::{self, Client, Server},
};
use sansocket_explain::{Action, Element, Field, Options, Span, render::json};

use crate::conversation;

/// Returns the name of the field at fault; of a header, that of the header.
fn blamed(span: &Span) -> Option<String> {
    if !span.children.iter().any(|child| child.field == Field::Violation) {
        return span.children.iter().find_map(blamed);
    }
    Some(match span.field {
        Field::Header => span.value.split(':').next().unwrap().into(),
        field => field.name().into(),
    })
}

/// Checks the only violation, which is in the last element but the end.
#[track_caller]
fn check(elements: &[Element], field: &str, clause: &str, action: Action) {
    let mut at_fault = elements.iter().filter(|element| !element.violations.is_empty());
    let element = at_fault.next().expect("a rule is broken");
    assert!(at_fault.next().is_none(), "{elements:#?}");
    let violations: Vec<_> =
        element.violations.iter().map(|own| (own.clause, own.action)).collect();
    assert_eq!(violations, [(clause, action)], "{field}");
    assert_eq!(blamed(&element.root).as_deref(), Some(field), "{clause}");

    let line: serde_json::Value = serde_json::from_str(&json(element)).unwrap();
    let violation = &line["violations"][0];
    let numbers = [violation["close"].as_u64(), violation["status"].as_u64()];
    assert_eq!(
        numbers,
        match action {
            Action::Close(code) => [Some(u16::from(code).into()), None],
            Action::Reject(status) => [None, Some(status.into())],
            _ => [None, None],
        }
    );
}

#[test]
fn each_error_of_a_frame_has_its_field_its_rule_and_its_code() {
    let long_ping = [&b"\x89\x7E\x00\x7E"[..], &[b'x'; 126]].concat();
    let protocol = CloseCode::PROTOCOL_ERROR;
    for (sender, bytes, field, clause, code) in [
        (Server, &b"\x83\x00"[..], "opcode", "6455-5.2-3", protocol),
        (Server, b"\x8B\x00", "opcode", "6455-5.2-3", protocol),
        (Server, b"\x82\x7E\x00\x01x", "extended length", "6455-5.2-6", protocol),
        (Server, b"\x82\x7F\x80\0\0\0\0\0\0\0", "extended length", "6455-5.2-7", protocol),
        (Server, b"\x09\x00", "FIN", "6455-5.5-2", protocol),
        (Server, &long_ping, "payload length", "6455-5.5-1", protocol),
        (Client, b"\x81\x00", "MASK", "6455-5.1-2", protocol),
        (Server, b"\x81\x80\x01\x02\x03\x04", "MASK", "6455-5.1-4", protocol),
        (Server, b"\xC1\x00", "RSV1", "6455-5.2-2", protocol),
        (Server, b"\xA1\x00", "RSV2", "6455-5.2-2", protocol),
        (Server, b"\x91\x00", "RSV3", "6455-5.2-2", protocol),
        (Server, b"\x80\x00", "opcode", "6455-5.4-3", protocol),
        (Server, b"\x01\x00\x81\x00", "opcode", "6455-5.4-7", protocol),
        (Server, b"\x81\x01\xFF", "payload", "6455-8.1-1", CloseCode::INVALID_PAYLOAD),
        (Client, b"\x81\x81\0\0\0\0\xFF", "payload", "6455-8.1-1", CloseCode::INVALID_PAYLOAD),
        (Server, b"\x88\x01\x03", "payload", "6455-5.5.1-1", protocol),
        (Server, b"\x88\x02\x03\xED", "close code", "6455-7.4.1-1", protocol),
        (Server, b"\x88\x02\x03\xEE", "close code", "6455-7.4.1-1", protocol),
        (Server, b"\x88\x02\x03\xF7", "close code", "6455-7.4.1-1", protocol),
        (Server, b"\x88\x02\x00\x00", "close code", "6455-7.4.2-1", protocol),
        (Server, b"\x88\x02\x0B\xB7", "close code", "6455-7.4.2-1", protocol),
        (
            Server,
            b"\x88\x03\x03\xE8\xFF",
            "close reason",
            "6455-5.5.1-2",
            CloseCode::INVALID_PAYLOAD,
        ),
    ] {
        let elements = conversation(&Options::frames(), &[(sender, bytes)]);
        check(&elements, field, clause, Action::Close(code));
    }
}

#[test]
fn each_error_of_a_compressed_frame_has_its_field_its_rule_and_its_code() {
    for (bytes, field, clause, code) in [
        (&b"\xC9\x00"[..], "RSV1", "7692-6-3", CloseCode::PROTOCOL_ERROR),
        (b"\xE1\x00", "RSV2", "6455-5.2-2", CloseCode::PROTOCOL_ERROR),
        (b"\xC2\x02\xFF\xFF", "payload", "7692-7.2.2-4", CloseCode::INVALID_PAYLOAD),
    ] {
        let options = Options::deflate("permessage-deflate").unwrap();
        check(&conversation(&options, &[(Server, bytes)]), field, clause, Action::Close(code));
    }
}

#[test]
fn each_limit_has_its_field_its_rule_and_its_code() {
    let limits = Limits::default();
    let too_big = CloseCode::MESSAGE_TOO_BIG;
    for (limits, bytes, field, clause, code) in [
        (
            limits.clone().max_frame_len(1),
            &b"\x82\x02ab"[..],
            "payload length",
            "6455-10.4-1",
            too_big,
        ),
        (
            limits.clone().max_message_len(1),
            b"\x02\x01a\x80\x01b",
            "payload length",
            "6455-10.4-1",
            too_big,
        ),
        (
            limits.clone().max_fragments(1),
            b"\x02\x00\x80\x00",
            "opcode",
            "own-limits-3",
            CloseCode::POLICY_VIOLATION,
        ),
        (
            limits.max_controls_per_message(0),
            b"\x02\x00\x89\x00",
            "opcode",
            "own-limits-4",
            CloseCode::POLICY_VIOLATION,
        ),
    ] {
        let elements = conversation(&Options::frames().limits(limits), &[(Server, bytes)]);
        check(&elements, field, clause, Action::Close(code));
    }
}

#[test]
fn data_after_a_close_frame_is_discarded() {
    let elements = conversation(&Options::frames(), &[(Server, b"\x88\x00\x82\x00")]);
    check(&elements, "frame", "6455-5.5.1-5", Action::Discard);
}

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

/// Returns a head in which the first `old` is `new`.
fn changed(head: &str, old: &str, new: &str) -> Vec<u8> {
    assert!(head.contains(old), "{old}");
    head.replacen(old, new, 1).into_bytes()
}

#[test]
fn each_error_of_a_request_has_its_field_its_rule_and_its_status() {
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let host = "Host: a\r\n";
    for (old, new, field, clause, status) in [
        ("GET", "\x16", "request", "6455-4.2.1-1", 400),
        ("GET", "{}", "request", "6455-4.2.1-1", 400),
        ("HTTP/1.1", "HTTP/1.0", "version", "own-server-5", 505),
        ("GET", "POST", "method", "own-server-4", 405),
        ("/ ", "* ", "target", "6455-4.2.1-2", 400),
        ("/ ", &format!("/{} ", "a".repeat(9000)), "target", "own-server-9", 414),
        ("websocket", "h2c", "Upgrade", "6455-4.2.1-4", 426),
        (": Upgrade", ": close", "Connection", "6455-4.2.1-5", 426),
        ("13", "8", "Sec-WebSocket-Version", "6455-4.2.1-7", 426),
        ("13", "13\r\nSec-WebSocket-Version: 13", "Sec-WebSocket-Version", "6455-11.3.5-1", 400),
        (host, "Host: a\r\nContent-Length: 1\r\n", "Content-Length", "own-server-17", 400),
        (
            host,
            "Host: a\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding",
            "own-server-17",
            400,
        ),
        (host, "", "request", "own-server-3", 400),
        (host, "Host: a\r\nHost: a\r\n", "Host", "own-server-3", 400),
        (host, "Host: a b\r\n", "Host", "own-server-3", 400),
        (host, "Host: a\n", "Host", "own-server-18", 400),
        (host, "Host: a\r\nA: \x01\r\n", "A", "own-server-18", 400),
        (host, &format!("Host: a\r\n{}", "a: b\r\n".repeat(200)), "request", "own-server-8", 431),
        (
            host,
            &format!("Host: a\r\nA: {}\r\n", "a".repeat(16 << 10)),
            "request",
            "own-server-8",
            431,
        ),
        (host, "Host: a\r\nOrigin: a\r\nOrigin: a\r\n", "Origin", "own-server-11", 400),
        (key, "", "request", "6455-4.2.1-6", 400),
        (key, "Sec-WebSocket-Key: abc\r\n", "Sec-WebSocket-Key", "own-server-2", 400),
        (key, &key.repeat(2), "Sec-WebSocket-Key", "own-server-2", 400),
        ("chat", "a b", "Sec-WebSocket-Protocol", "6455-4.3-1", 400),
        ("permessage-deflate", "a b", "Sec-WebSocket-Extensions", "6455-9.1-1", 400),
    ] {
        let head = changed(REQUEST, old, new);
        let elements = conversation(&Options::handshake(), &[(Client, &head)]);
        check(&elements, field, clause, Action::Reject(status));
    }
}

#[test]
fn each_error_of_a_response_has_its_field_and_its_rule() {
    let response = "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
        Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
    let accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    let chat = "Sec-WebSocket-Protocol: chat\r\n";
    let upgrade = "Upgrade: websocket\r\n";
    for (old, new, field, clause) in [
        ("HTTP", "\x16", "response", "6455-4.1-29"),
        ("HTTP", "SSH-", "response", "6455-4.1-29"),
        ("HTTP/1.1", "HTTP/1.0", "version", "6455-4.1-29"),
        ("101", "0101", "response", "6455-4.1-29"),
        ("websocket", "h2c", "Upgrade", "6455-4.1-24"),
        (": Upgrade", ": close", "Connection", "6455-4.1-25"),
        ("s3pP", "AAAA", "Sec-WebSocket-Accept", "6455-4.1-26"),
        (accept, "", "response", "6455-4.1-26"),
        (accept, &accept.repeat(2), "Sec-WebSocket-Accept", "6455-11.3.3-1"),
        ("chat", "other", "Sec-WebSocket-Protocol", "6455-4.1-28"),
        (chat, &chat.repeat(2), "Sec-WebSocket-Protocol", "6455-11.3.4-2"),
        ("permessage-deflate", "x-other", "Sec-WebSocket-Extensions", "6455-4.1-27"),
        ("permessage-deflate", "a b", "Sec-WebSocket-Extensions", "6455-9.1-1"),
        ("permessage-deflate", "", "Sec-WebSocket-Extensions", "6455-9.1-1"),
        ("deflate", "deflate; x", "Sec-WebSocket-Extensions", "7692-7.1-2"),
        ("deflate", "deflate; client_max_window_bits=9", "Sec-WebSocket-Extensions", "7692-7.1-5"),
        (upgrade, "Upgrade: websocket\n", "Upgrade", "own-client-7"),
        (upgrade, &format!("{upgrade}{}", "a: b\r\n".repeat(200)), "response", "own-limits-1"),
        (upgrade, &format!("{upgrade}A: {}\r\n", "a".repeat(16 << 10)), "response", "own-limits-1"),
    ] {
        let head = changed(response, old, new);
        let turns: [(Role, &[u8]); 2] = [(Client, REQUEST.as_bytes()), (Server, &head)];
        check(&conversation(&Options::handshake(), &turns), field, clause, Action::Fail);
    }
}
