//! RFC 7692 6: which frames are compressed.

use sansocket::buffered::{Progress, ReadBuffer};
use sansocket::connection::{ChunkMut, Event, ProtocolError};
use sansocket::{Limits, MessageKind, Role, deflate};

use crate::agreement::{ROLES, endpoint};
use crate::blocks::Blocks;
use crate::endpoint::{Endpoint, Received};
use crate::reading::{Outcome, assert_receives};
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, RSV1, RSV2, RSV3, TEXT};

/// "Hello", and the same again out of the window (RFC 7692 7.2.3).
const HELLO: [u8; 7] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
const HELLO_AGAIN: [u8; 5] = [0xF2, 0x00, 0x11, 0x00, 0x00];

#[track_caller]
fn assert_outcome(frames: &[(u8, &[u8])], expected: &Outcome) {
    let frames: Vec<_> = frames.iter().map(|(first, payload)| (*first, payload.to_vec())).collect();
    assert_receives(&Limits::default(), &deflate::Config::default(), &frames, expected);
}

fn texts(texts: &[&str]) -> Vec<Received> {
    texts.iter().map(|text| Received::text(text)).collect()
}

// Shows 7692-6-3 (both).
#[test]
fn rsv1_on_a_continuation_is_1002() {
    let error = Some(ProtocolError::ReservedBits);
    for first in [TEXT, RSV1 | TEXT, BINARY, RSV1 | BINARY] {
        for fin in [0, FIN] {
            let frames: [(u8, &[u8]); 3] =
                [(FIN | TEXT, b"before"), (first, &[]), (fin | RSV1 | CONTINUATION, &HELLO)];
            assert_outcome(&frames, &(texts(&["before"]), error));
        }
    }
}

// Shows 7692-6-3 (both).
#[test]
fn rsv1_on_a_control_frame_is_1002() {
    let error = Some(ProtocolError::ReservedBits);
    for opcode in [CLOSE, PING, PONG] {
        assert_outcome(&[(FIN | RSV1 | opcode, &[])], &(Vec::new(), error));
        let inside: [(u8, &[u8]); 2] = [(RSV1 | TEXT, &HELLO[..3]), (FIN | RSV1 | opcode, &[])];
        assert_outcome(&inside, &(Vec::new(), error));
    }
}

// Shows 6455-5.2-2 (both).
#[test]
fn other_reserved_bits_are_1002() {
    let error = Some(ProtocolError::ReservedBits);
    for rsv in [RSV2, RSV3, RSV2 | RSV3, RSV1 | RSV2, RSV1 | RSV3, RSV1 | RSV2 | RSV3] {
        for opcode in [TEXT, BINARY, PING] {
            assert_outcome(&[(FIN | rsv | opcode, &HELLO)], &(Vec::new(), error));
        }
    }
}

// Shows 6455-5.8-1.
#[test]
fn rsv1_without_an_agreement_is_1002() {
    for role in ROLES {
        for first in [FIN | RSV1 | TEXT, RSV1 | BINARY] {
            let mut end = Endpoint::new(role);
            let error = end.receive(&wire::to(role, first, &HELLO));
            assert_eq!(error, Err(ProtocolError::ReservedBits));
            let close = wire::frames(&end.out).pop().unwrap();
            assert_eq!(close.first, FIN | CLOSE);
            assert_eq!(close.payload[..2], 1002_u16.to_be_bytes());
        }
    }
}

// Shows 7692-6-6 (both), 7692-6.2-1 (both), 7692-7.2.2-2 (both).
#[test]
fn compressed_and_plain_messages_may_be_mixed() {
    let frames: [(u8, &[u8]); 8] = [
        (FIN | TEXT, b"plain"),
        (FIN | RSV1 | TEXT, &HELLO),
        (FIN | TEXT, b"XXXXX"),
        (TEXT, b"YY"),
        (FIN | CONTINUATION, b"YYY"),
        // RFC 7692 7.2.2: the window has no plain messages in it.
        (FIN | RSV1 | TEXT, &HELLO_AGAIN),
        (FIN | TEXT, &HELLO[1..2]),
        (FIN | RSV1 | BINARY, &HELLO_AGAIN),
    ];
    let mut expected = texts(&["plain", "Hello", "XXXXX", "YYYYY", "Hello", "H"]);
    expected.push(Received::Binary(b"Hello".into()));
    assert_outcome(&frames, &(expected, None));
}

// Shows 7692-6.2-2 (both).
#[test]
fn a_compressed_message_may_be_cut_into_frames_anywhere() {
    for cut in 0..=HELLO.len() {
        let (front, back) = HELLO.split_at(cut);
        let frames: [(u8, &[u8]); 4] = [
            (RSV1 | TEXT, front),
            (FIN | PING, b"ping"),
            (CONTINUATION, &[]),
            (FIN | CONTINUATION, back),
        ];
        assert_outcome(&frames, &(texts(&["Hello"]), None));
    }
    let mut frames: Vec<(u8, &[u8])> = vec![(RSV1 | TEXT, &[])];
    frames.extend(HELLO.chunks(1).map(|byte| (CONTINUATION, byte)));
    frames.push((FIN | CONTINUATION, &[]));
    assert_outcome(&frames, &(texts(&["Hello"]), None));
}

fn chunk(payload: &mut [u8], is_first: bool, is_last: bool) -> Option<Event<'_>> {
    Some(Event::Chunk(ChunkMut { kind: MessageKind::Text, payload, is_first, is_last }))
}

// Shows 7692-6.2-2.
#[test]
fn control_frames_inside_a_compressed_message_come_in_order() {
    let parts = Blocks::default().fixed(false).literals(b"first").end_of_block();
    let parts = parts.stored(&[]);
    let first = parts.clone().bytes();
    let whole = parts.fixed(false).copy(5, 5).literals(b"!").end_of_block().message();
    for role in ROLES {
        let mut bytes = wire::to(role, RSV1 | TEXT, &first);
        bytes.extend(wire::to(role, FIN | PING, b"1"));
        bytes.extend(wire::to(role, CONTINUATION, &whole[first.len()..first.len() + 1]));
        bytes.extend(wire::to(role, FIN | PONG, b"2"));
        bytes.extend(wire::to(role, FIN | PING, b"3"));
        bytes.extend(wire::to(role, FIN | CONTINUATION, &whole[first.len() + 1..]));
        bytes.extend(wire::to(role, FIN | PING, b"4"));

        let mut receiver =
            endpoint(role, &Limits::default(), &deflate::Config::default()).connection.receiver;
        let mut input = &mut bytes[..];
        let event = receiver.receive(&mut input);
        assert_eq!(event, Ok(chunk(&mut b"first".to_vec(), true, false)));
        assert_eq!(receiver.receive(&mut input), Ok(Some(Event::Ping(b"1"))));
        assert_eq!(receiver.receive(&mut input), Ok(Some(Event::Pong(b"2"))));
        assert_eq!(receiver.receive(&mut input), Ok(Some(Event::Ping(b"3"))));
        let event = receiver.receive(&mut input);
        assert_eq!(event, Ok(chunk(&mut b"first!".to_vec(), false, true)));
        assert_eq!(receiver.receive(&mut input), Ok(Some(Event::Ping(b"4"))));
        assert_eq!(receiver.receive(&mut input), Ok(None));
    }
}

#[test]
fn messages_are_not_interleaved() {
    let frames: [(u8, &[u8]); 2] = [(RSV1 | TEXT, &HELLO[..3]), (FIN | RSV1 | TEXT, &HELLO)];
    let error = Some(ProtocolError::UnfinishedMessage);
    assert_outcome(&frames, &(Vec::new(), error));
    let frames: [(u8, &[u8]); 2] = [(FIN | RSV1 | TEXT, &HELLO), (FIN | CONTINUATION, &HELLO)];
    let error = Some(ProtocolError::UnexpectedContinuation);
    assert_outcome(&frames, &(texts(&["Hello"]), error));
}

#[test]
fn there_is_no_message_while_a_compressed_one_is_passed_in_chunks() {
    // Wherever it is cut, what follows looks like a message in one frame.
    let payload = [FIN | BINARY; 60_000];
    let blocks = payload.chunks(20_000).fold(Blocks::default(), Blocks::stored);
    let bytes = wire::frame(FIN | RSV1 | BINARY, &blocks.message(), None);
    let deflate = deflate::Config::default();
    let mut receiver = endpoint(Role::Client, &Limits::default(), &deflate).connection.receiver;
    let mut buffer = ReadBuffer::from(bytes);
    let mut received = Vec::new();
    loop {
        assert_eq!(buffer.advance_chunk(&mut receiver, |_| {}), Ok(Progress::Message));
        assert!(!buffer.has_message(), "after {} bytes", received.len());
        let chunk = buffer.chunk();
        received.extend_from_slice(chunk.payload);
        if chunk.is_last {
            break;
        }
    }
    assert_eq!(received, payload);
}
