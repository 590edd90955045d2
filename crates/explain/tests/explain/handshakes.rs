//! The verdict on a head is that of the engine, at its byte.

use proptest::prelude::*;
use sansocket::{
    Limits, Parsed, Role,
    deflate::Config,
    handshake::{HandshakeError, HeadLimits, client, server},
};
use sansocket_explain::{Action, Element, Explainer, Level, Options};

use crate::heads::{first_error, is_complete};

const NONCE: [u8; 16] = *b"the sample nonce";

fn request() -> (client::AwaitingResponse, Vec<u8>) {
    let mut out = Vec::new();
    let request = client::Request::new("example.com", "/chat")
        .subprotocol("chat")
        .header("Cookie", "a=b")
        .deflate(&Config::default());
    (request.send(NONCE, &mut out).unwrap(), out)
}

fn response() -> Vec<u8> {
    let (_, request) = request();
    let mut out = Vec::new();
    let parsed = server::Request::parse(&request, &HeadLimits::default()).unwrap();
    let Parsed::Complete { value, .. } = parsed else { panic!("it is complete") };
    let response = value.accept().subprotocol("chat").deflate(&Config::default());
    response.send(&Limits::default(), &mut out).unwrap();
    out
}

/// Returns the first element of a head.
pub(crate) fn explained(explainer: &mut Explainer, sender: Role, bytes: &[u8]) -> Element {
    let element = explainer.explain(sender, &mut &bytes[..]);
    element.or_else(|| explainer.end(sender)).unwrap()
}

/// Changes some bytes of a head, and takes out or doubles some of its lines.
fn changed(head: &[u8], changes: &[(u8, prop::sample::Index, u8)]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> =
        head.split_inclusive(|&byte| byte == b'\n').map(Vec::from).collect();
    for (kind, index, byte) in changes {
        let at = index.index(lines.len());
        match kind % 4 {
            0 if lines.len() > 1 => _ = lines.remove(at),
            1 => lines.insert(at, lines[at].clone()),
            _ => {
                let place = index.index(lines[at].len());
                lines[at][place] = *byte;
            }
        }
    }
    lines.concat()
}

fn changes() -> impl Strategy<Value = Vec<(u8, prop::sample::Index, u8)>> {
    let byte = prop_oneof![any::<u8>(), Just(b' '), Just(b'\n'), Just(b','), Just(b'a')];
    prop::collection::vec((any::<u8>(), any::<prop::sample::Index>(), byte), 0..3)
}

#[test]
fn a_head_that_is_cut_off_changes_no_verdict_on_the_other_end() {
    let head = b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n";
    let mut explainer = Explainer::new(&Options::default());
    let element = explained(&mut explainer, Role::Server, head);
    assert!(!element.root.note.contains("open"), "{}", element.root.note);
    // Nothing says that it may not be compressed.
    let frame = explained(&mut explainer, Role::Client, b"\xC1\x81\0\0\0\0\0");
    assert!(frame.violations.is_empty(), "{:?}", frame.violations);
}

#[test]
fn without_the_request_a_response_is_judged_as_far_as_it_can_be() {
    let accepted = "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    let accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    let heads = [
        ("HTTP/1.1 101 OK\nUpgrade: websocket\n\n".into(), Some(15)),
        ("\x16\x03\x01".into(), Some(0)),
        ("GET / HTTP/1.1\r\n\r\n".into(), Some(0)),
        ("HTTP/1.1 101 OK\r\nConnection: Upgrade\r\n\r\n".into(), Some(39)),
        (format!("{accepted}\r\n"), Some(59)),
        // These may be what the request asks for.
        (format!("{accepted}{accept}\r\n"), None),
        (format!("{accepted}{accept}Sec-WebSocket-Protocol: chat\r\n\r\n"), None),
        (format!("{accepted}{accept}Sec-WebSocket-Extensions: x-other\r\n\r\n"), None),
    ];
    for (head, at) in heads {
        let mut explainer = Explainer::new(&Options::handshake());
        let element = explained(&mut explainer, Role::Server, head.as_bytes());
        let violation = element.violations.first();
        let verdict = violation.map(|violation| (violation.action, violation.at));
        assert_eq!(verdict, at.map(|at| (Action::Fail, at)), "{head:?}");
    }
}

/// Returns the headers that are at fault, and the rules.
fn blamed(sender: Role, head: &str) -> Vec<(String, &'static str)> {
    let element = explained(&mut Explainer::new(&Options::handshake()), sender, head.as_bytes());
    let lines = element.root.children.iter().filter(|line| line.level == Level::Violation);
    lines.map(|line| (line.value.clone(), line.children.last().unwrap().clause.unwrap())).collect()
}

#[test]
fn the_header_that_does_not_ask_for_the_upgrade_is_at_fault() {
    for (headers, fault) in [
        ("Upgrade: websocket\r\nConnection: close", ("Connection: close", 5)),
        ("Upgrade: h2c\r\nUpgrade: websocket\r\nConnection: close", ("Connection: close", 5)),
        ("Upgrade: h2c\r\nConnection: a\r\nConnection: Upgrade", ("Upgrade: h2c", 4)),
        ("Upgrade: h2c\r\nConnection: close", ("Upgrade: h2c", 4)),
    ] {
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\n");
        let clause = if fault.1 == 4 { "6455-4.2.1-4" } else { "6455-4.2.1-5" };
        assert_eq!(blamed(Role::Client, &head), [(fault.0.into(), clause)], "{headers}");
    }
    for (headers, fault) in [
        ("Upgrade: websocket\r\nConnection: close", ("Connection: close", "6455-4.1-25")),
        (
            "Upgrade: websocket, h2c\r\nConnection: Upgrade",
            ("Upgrade: websocket, h2c", "6455-4.1-24"),
        ),
        ("Upgrade: h2c\r\nConnection: a, Upgrade", ("Upgrade: h2c", "6455-4.1-24")),
    ] {
        let head = format!("HTTP/1.1 101 OK\r\n{headers}\r\n\r\n");
        assert_eq!(blamed(Role::Server, &head), [(fault.0.into(), fault.1)], "{headers}");
    }
}

#[test]
fn a_status_has_three_digits() {
    for status in ["+101", "0101", "1 1", "\u{661}"] {
        let head = format!("HTTP/1.1 {status} OK\r\n\r\n");
        let mut explainer = Explainer::new(&Options::handshake());
        let element = explained(&mut explainer, Role::Server, head.as_bytes());
        assert!(!element.root.note.contains("open:"), "{status}: {}", element.root.note);
        assert_eq!(element.violations.len(), 1, "{status}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn section_4_2_1_they_agree_on_requests(changes in changes()) {
        let bytes = changed(&request().1, &changes);
        let mut parser = server::AwaitingRequest::new(&HeadLimits::default());
        let verdict = first_error(&bytes, |head| parser.parse(head).map(is_complete));
        let verdict = verdict.map(|(error, at)| (Action::Reject(error.rejection_status().unwrap()), at));
        let element = explained(&mut Explainer::new(&Options::handshake()), Role::Client, &bytes);
        let violation = element.violations.first();
        prop_assert_eq!(violation.map(|violation| (violation.action, violation.at)), verdict);
    }

    #[test]
    fn section_4_1_they_agree_on_responses(changes in changes()) {
        let (mut parser, request) = request();
        let bytes = changed(&response(), &changes);
        let verdict = first_error(&bytes, |head| parser.parse(head).map(is_complete));
        let mut explainer = Explainer::new(&Options::handshake());
        explained(&mut explainer, Role::Client, &request);
        let element = explained(&mut explainer, Role::Server, &bytes);
        let violation = element.violations.first().map(|violation| (violation.action, violation.at));
        match verdict {
            // A refusal breaks no rule.
            None | Some((HandshakeError::UnexpectedResponse(_), _)) => prop_assert_eq!(violation, None),
            Some((_, at)) => prop_assert_eq!(violation, Some((Action::Fail, at))),
        }
    }
}
