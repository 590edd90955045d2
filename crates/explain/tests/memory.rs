//! The memory that an explainer holds, whatever a peer sends.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../../../tests/allocations/mod.rs"]
mod allocations;

use sansocket::Role;
use sansocket_explain::{Envelope, Explainer, Options};

const CHUNK: usize = 4 << 10;

/// Passes `prefix`, and then `chunk` again and again, and returns the most memory that was held.
fn peak(options: &Options, prefix: &[u8], chunk: &[u8], len: usize) -> u64 {
    let mut explainer = Explainer::new(options);
    let ((), peak) = allocations::growth_during(|| {
        for piece in [prefix].into_iter().chain(std::iter::repeat_n(chunk, len / chunk.len())) {
            let mut input = piece;
            while explainer.explain(Role::Server, &mut input).is_some() {}
        }
        while explainer.end(Role::Server).is_some() {}
    });
    peak
}

#[test]
fn a_declared_length_and_a_long_payload_hold_what_is_shown() {
    for opcode in [0x81, 0x82] {
        let header = [opcode, 0x7F, 0x7F, 0xFF, 0, 0, 0, 0, 0, 0];
        let peak = peak(&Options::frames().max_envelope(0), &header, &[b'a'; CHUNK], 1 << 20);
        assert!(peak < 32 << 10, "{peak}");
    }
}

#[test]
fn a_message_is_kept_up_to_the_length_for_envelopes() {
    let peak = peak(
        &Options::frames(),
        b"",
        &[&b"\x01\x7E\x0F\xFC"[..], &[b'a'; CHUNK - 4]].concat(),
        1 << 20,
    );
    assert!(peak < 256 << 10, "{peak}");
}

#[test]
fn the_parts_of_an_envelope_are_bounded() {
    let len = 60_000;
    for (envelope, message) in [
        (Envelope::EngineIo, b"42[\"a\",".repeat(len / 7)),
        (
            Envelope::GraphqlTransportWs,
            [b"{", &b"\"\":1,".repeat(len / 5)[..], b"\"\":1}"].concat(),
        ),
        (Envelope::JsonRpc, [b"{", &b"\"\":1,".repeat(len / 5)[..], b"\"\":1}"].concat()),
        (Envelope::Mqtt, b"\xD0\x00".repeat(len / 2)),
        (Envelope::Stomp, [b"SEND\n", &b"a\n".repeat(len / 2 - 4)[..], b"\n\0"].concat()),
    ] {
        let header = u16::try_from(message.len()).unwrap().to_be_bytes();
        // JSON is in texts alone.
        let opcode = if envelope == Envelope::Mqtt { 0x82 } else { 0x81 };
        let frame = [&[opcode, 0x7E], &header[..], &message].concat();
        let peak = peak(&Options::frames().envelope(envelope), b"", &frame, 1 << 20);
        assert!(peak < 1 << 20, "{envelope:?}: {peak}");
    }
}

#[test]
fn of_a_request_the_head_is_kept() {
    let start = "GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Protocol: ";
    let request = format!("{start}{}\r\n\r\n", "a,".repeat(8_100));
    let mut explainer = Explainer::new(&Options::handshake());
    let ((), held) = allocations::held_after(|| {
        assert!(explainer.explain(Role::Client, &mut request.as_bytes()).is_some());
    });
    assert!(held < 32 << 10, "{held}");
}

#[test]
fn bytes_that_cannot_be_read_are_not_kept() {
    let top_bit = b"\x82\x7F\x80\0\0\0\0\0\0\x01";
    let peak = peak(&Options::frames(), top_bit, &[b'a'; CHUNK], 1 << 20);
    assert!(peak < 32 << 10, "{peak}");
}

#[test]
fn a_head_without_end_is_kept_up_to_the_limit_of_a_head() {
    let peak = peak(&Options::handshake(), b"HTTP/1.1 101 \r\n", &b"a: b\r\n".repeat(700), 1 << 20);
    assert!(peak < 1 << 20, "{peak}");
}

/// Returns the allocations for a response that accepts the last of some subprotocols, after interim
/// ones.
fn allocations_for_subprotocols(count: usize) -> u64 {
    let names: Vec<_> = (0..count).map(|number| format!("{number:x}")).collect();
    let request = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Protocol: {}\r\n\r\n",
        names.join(",")
    );
    let response = format!(
        "HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: {}\r\n\r\n",
        names.last().unwrap()
    );
    let mut explainer = Explainer::new(&Options::handshake());
    let request = explainer.explain(Role::Client, &mut request.as_bytes()).unwrap();
    assert!(request.violations.is_empty(), "{:?}", request.violations);
    allocations::calls_during(|| {
        for head in ["HTTP/1.1 100 \r\n\r\n"; 100].into_iter().chain([&*response]) {
            let head = explainer.explain(Role::Server, &mut head.as_bytes()).unwrap();
            assert!(head.violations.is_empty(), "{:?}", head.violations);
        }
    })
}

#[test]
fn the_work_for_a_response_does_not_grow_with_the_subprotocols_offered() {
    assert_eq!(allocations_for_subprotocols(3_300), allocations_for_subprotocols(3));
}

#[test]
fn pings_without_answers_are_forgotten() {
    let peak = peak(&Options::frames(), b"", &[&[0x89, 100][..], &[b'a'; 100]].concat(), 1 << 20);
    assert!(peak < 64 << 10, "{peak}");
}

#[test]
#[cfg(feature = "deflate")]
fn a_compressed_message_holds_the_window_and_what_the_engine_holds() {
    let options = Options::deflate("permessage-deflate").unwrap().max_envelope(0);
    // A stored block of 65,531 bytes, again and again, in a message without end.
    let block = [&[0, 0xFB, 0xFF, 0x04, 0][..], &[b'a'; 0xFFFB]].concat();
    let header = [0xC2, 0x7F, 0x7F, 0xFF, 0, 0, 0, 0, 0, 0];
    let peak = peak(&options, &header, &block, 1 << 20);
    assert!(peak < 400 << 10, "{peak}");
}

/// Returns the allocations for many violations, after compressed messages with as many bytes.
#[cfg(feature = "deflate")]
fn allocations_for_violations(len: usize) -> u64 {
    let mut explainer = Explainer::new(&Options::deflate("permessage-deflate").unwrap());
    let mut explain = |mut bytes: &[u8]| {
        let elements = std::iter::from_fn(|| explainer.explain(Role::Server, &mut bytes));
        elements.map(|element| element.violations.len()).sum::<usize>()
    };
    // RFC 7692 7.2.3.3: "Hello" in a stored block.
    let hello = b"\xC1\x0B\x00\x05\x00\xFA\xFF\x48\x65\x6C\x6C\x6F\x00";
    assert_eq!(explain(&hello.repeat(len / 5)), 0);
    allocations::calls_during(|| assert_eq!(explain(&b"\xA9\x00".repeat(100)), 100))
}

#[test]
#[cfg(feature = "deflate")]
fn the_work_for_a_violation_does_not_grow_with_the_window() {
    assert_eq!(allocations_for_violations(40_000), allocations_for_violations(5));
}
