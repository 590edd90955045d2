//! RFC 6455 5.4: messages in several frames.

use sansocket::connection::{ChunkMut, ProtocolError, SendError};
use sansocket::{Chunk, Limits, MessageKind, PreparedMessage};

use crate::endpoint::{Endpoint, Received};
use crate::violation::{ROLES, assert_fails};
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT};

// Shows 6455-5.4-2, 6455-5.4-10.
#[test]
fn a_message_of_one_frame_is_received() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, FIN | TEXT, b"whole")).unwrap();
        assert_eq!(endpoint.received, [Received::text("whole")]);
    }
}

// Shows 6455-5.4-3, 6455-5.4-6, 6455-5.4-10, 6455-5.4-14, 6455-6.2-3, 6455-6.2-4.
#[test]
fn the_fragments_of_a_message_are_joined_in_order() {
    for role in ROLES {
        for fragments in 2..10 {
            let mut endpoint = Endpoint::new(role);
            let mut expected = Vec::new();
            for index in 1..=fragments {
                let first = match index {
                    1 => BINARY,
                    _ if index == fragments => FIN | CONTINUATION,
                    _ => CONTINUATION,
                };
                assert_eq!(endpoint.received, []);
                let payload = vec![index; usize::from(index)];
                endpoint.receive(&wire::to(role, first, &payload)).unwrap();
                expected.extend(payload);
            }
            assert_eq!(endpoint.received, [Received::Binary(expected)]);
        }
    }
}

// Shows 6455-5.4-9, 6455-6.2-4.
#[test]
fn a_fragment_may_be_empty() {
    for role in ROLES {
        for payloads in [["", "b", "c"], ["a", "", "c"], ["a", "b", ""], ["", "", ""]] {
            let mut endpoint = Endpoint::new(role);
            for (first, payload) in
                [TEXT, CONTINUATION, FIN | CONTINUATION].into_iter().zip(payloads)
            {
                endpoint.receive(&wire::to(role, first, payload.as_bytes())).unwrap();
            }
            assert_eq!(endpoint.received, [Received::Text(payloads.concat())]);
        }
    }
}

// Shows 6455-5.4-10, own-limits-3.
#[test]
fn a_message_of_65537_fragments_is_received() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let mut bytes = wire::to(role, TEXT, b"a");
        bytes.extend(wire::to(role, CONTINUATION, b"a").repeat(65535));
        bytes.extend(wire::to(role, FIN | CONTINUATION, b"a"));
        endpoint.receive(&bytes).unwrap();
        assert_eq!(endpoint.received, [Received::Text("a".repeat(65537))]);
    }
}

// Shows 6455-5.4-3.
#[test]
fn a_continuation_without_a_message_fails_the_connection() {
    for role in ROLES {
        for fin in [0, FIN] {
            let frame = wire::to(role, fin | CONTINUATION, b"lost");
            assert_fails(role, &frame, ProtocolError::UnexpectedContinuation, 1002);
        }
    }
}

// Shows 6455-5.4-3.
#[test]
fn a_continuation_after_the_last_fragment_fails_the_connection() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, TEXT, b"a")).unwrap();
        endpoint.receive(&wire::to(role, FIN | CONTINUATION, b"b")).unwrap();
        assert_eq!(endpoint.received, [Received::text("ab")]);
        let error = endpoint.receive(&wire::to(role, FIN | CONTINUATION, b"c"));
        assert_eq!(error, Err(ProtocolError::UnexpectedContinuation));
    }
}

// Shows 6455-5.4-7.
#[test]
fn a_new_message_inside_another_fails_the_connection() {
    for role in ROLES {
        for (outer, inner) in [(TEXT, TEXT), (TEXT, BINARY), (BINARY, TEXT), (BINARY, BINARY)] {
            for fin in [0, FIN] {
                let frames = [wire::to(role, outer, b"a"), wire::to(role, fin | inner, b"b")];
                assert_fails(role, &frames.concat(), ProtocolError::UnfinishedMessage, 1002);
            }
        }
    }
}

// Shows 6455-5.4-7.
#[test]
fn a_whole_message_in_a_read_of_its_own_fails_inside_another() {
    for role in ROLES {
        for inner in [TEXT, BINARY] {
            let outer = wire::to(role, BINARY, b"outer");
            let bytes = [&outer[..], &wire::to(role, FIN | inner, b"inner")].concat();
            let mut endpoint = Endpoint::new(role);
            let error = endpoint.receive_buffered_in(&bytes, &[outer.len(), usize::MAX]);
            assert_eq!(error, Err(ProtocolError::UnfinishedMessage));
            assert_eq!(endpoint.received, []);
        }
    }
}

#[test]
fn payload_in_a_read_of_its_own_is_not_a_message() {
    for role in ROLES {
        let payload = wire::to(role, FIN | TEXT, b"inner");
        // With a key of zeros the payload looks like a frame on the wire.
        let key = wire::key_to(role).map(|_| [0; 4]);
        for first in [FIN | BINARY, FIN | PING] {
            let bytes = wire::frame(first, &payload, key);
            let reads = [bytes.len() - payload.len(), usize::MAX];
            let mut endpoint = Endpoint::new(role);
            assert_eq!(endpoint.receive_buffered_in(&bytes, &reads), Ok(()));
            if first == FIN | BINARY {
                assert_eq!(endpoint.received, [Received::Binary(payload.clone())]);
            } else {
                assert_eq!(endpoint.received, []);
                assert_eq!(wire::contents(&endpoint.out), [(FIN | PONG, payload.clone())]);
            }
        }
    }
}

// Shows 6455-5.4-8, 6455-6.2-2, 6455-6.2-5.
#[test]
fn control_frames_between_fragments_are_handled_at_once() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, TEXT, b"a")).unwrap();
        endpoint.receive(&wire::to(role, FIN | PING, b"ping")).unwrap();
        assert_eq!(endpoint.received, [Received::Ping(b"ping".into())]);
        assert_eq!(wire::contents(&endpoint.out), [(FIN | PONG, b"ping".into())]);
        endpoint.receive(&wire::to(role, CONTINUATION, b"b")).unwrap();
        endpoint.receive(&wire::to(role, FIN | PONG, b"pong")).unwrap();
        endpoint.receive(&wire::to(role, FIN | CONTINUATION, b"c")).unwrap();
        endpoint.receive(&wire::to(role, FIN | TEXT, b"next")).unwrap();
        let received = [
            Received::Ping(b"ping".into()),
            Received::Pong(b"pong".into()),
            Received::text("abc"),
            Received::text("next"),
        ];
        assert_eq!(endpoint.received, received);
    }
}

// Shows 6455-5.4-8.
#[test]
fn a_close_frame_between_fragments_ends_the_connection() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, TEXT, b"a")).unwrap();
        endpoint.receive(&wire::to(role, FIN | CLOSE, b"")).unwrap();
        endpoint.receive(&wire::to(role, FIN | CONTINUATION, b"b")).unwrap();
        assert_eq!(endpoint.received, [Received::Close(None)]);
    }
}

// Shows 6455-5.4-3, 6455-6.1-2, 6455-6.1-3, 6455-6.1-4.
#[test]
fn chunks_are_sent_as_fragments_of_one_message() {
    for role in ROLES {
        for (kind, opcode) in [(MessageKind::Text, TEXT), (MessageKind::Binary, BINARY)] {
            let mut endpoint = Endpoint::new(role);
            let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
            sender.send_chunk(Chunk::more(kind, b"a"), out).unwrap();
            sender.send_chunk(Chunk::more(kind, b"b"), out).unwrap();
            sender.send_chunk(Chunk::last(kind, b""), out).unwrap();
            sender.send_chunk(Chunk::last(kind, b"whole"), out).unwrap();
            let contents = [
                (opcode, b"a".to_vec()),
                (CONTINUATION, b"b".to_vec()),
                (FIN | CONTINUATION, Vec::new()),
                (FIN | opcode, b"whole".to_vec()),
            ];
            assert_eq!(wire::contents(out), contents);
        }
    }
}

// Shows 6455-5.4-7, 6455-5.4-14.
#[test]
fn a_message_cannot_be_sent_inside_another() {
    use MessageKind::{Binary, Text};

    for role in ROLES {
        for (kind, other) in [(Text, Binary), (Binary, Text)] {
            let mut endpoint = Endpoint::new(role);
            let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
            sender.send_chunk(Chunk::more(kind, b"a"), out).unwrap();
            let unfinished = Err(SendError::MessageUnfinished { kind });
            assert_eq!(sender.send_text("no", out), unfinished);
            assert_eq!(sender.send_binary(b"no", out), unfinished);
            assert_eq!(sender.send_prepared(&PreparedMessage::text("no"), out), unfinished);
            assert_eq!(sender.send_chunk(Chunk::last(other, b"no"), out), unfinished);
            let mut payload = *b"no";
            let frame = sender.frame_in_place(ChunkMut::last(other, &mut payload));
            assert_eq!(frame.map(|_| ()), unfinished);
            assert_eq!(&payload, b"no", "what was refused is not masked");
            sender.send_chunk(Chunk::last(kind, b"b"), out).unwrap();
            assert_eq!(wire::contents(out).len(), 2, "nothing of it was sent");
            sender.send_text("yes", out).unwrap();
        }
    }
}

// Shows 6455-5.4-4, 6455-5.4-5.
#[test]
fn control_frames_can_be_sent_inside_a_message() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
        sender.send_chunk(Chunk::more(MessageKind::Text, b"a"), out).unwrap();
        sender.send_ping(b"", out).unwrap();
        sender.send_pong(b"", out).unwrap();
        sender.send_close(None, out).unwrap();
        let firsts: Vec<u8> = wire::frames(out).iter().map(|frame| frame.first).collect();
        assert_eq!(firsts, [TEXT, FIN | PING, FIN | PONG, FIN | CLOSE]);
    }
}

#[test]
fn limits_of_one_message_do_not_count_against_the_next() {
    let config = Limits::default().max_message_len(4).max_fragments(2).max_controls_per_message(1);
    for role in ROLES {
        let mut endpoint = Endpoint::with(role, &config);
        let message = [
            wire::to(role, BINARY, b"ab"),
            wire::to(role, FIN | PONG, b""),
            wire::to(role, FIN | CONTINUATION, b"cd"),
        ];
        for _ in 0..3 {
            assert_eq!(endpoint.receive(&message.concat()), Ok(()));
        }
    }
}
