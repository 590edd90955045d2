//! RFC 6455 6.2: receiving data.

use sansocket::connection::{ChunkMut, Event};
use sansocket::{MessageKind, Role};

use crate::endpoint::{Endpoint, Received};
use crate::violation::ROLES;
use crate::wire::{self, BINARY, CONTINUATION, FIN, PING, PONG, TEXT};

// Shows 6455-5.4-6, 6455-6.2-1.
#[test]
fn messages_are_delivered_in_the_order_of_the_stream() {
    for role in ROLES {
        let input = [
            wire::to(role, FIN | TEXT, b"1"),
            wire::to(role, FIN | BINARY, b"2"),
            wire::to(role, FIN | PING, b"3"),
            wire::to(role, TEXT, b"4"),
            wire::to(role, FIN | CONTINUATION, b"5"),
        ]
        .concat();
        for read_len in 1..=input.len() {
            let mut endpoint = Endpoint::new(role);
            endpoint.receive_in(&input, &[read_len]).unwrap();
            let received = [
                Received::text("1"),
                Received::Binary(b"2".into()),
                Received::Ping(b"3".into()),
                Received::text("45"),
            ];
            assert_eq!(endpoint.received, received);
        }
    }
}

#[test]
fn no_input_gives_no_event() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        assert_eq!(endpoint.receive(b""), Ok(()));
        endpoint.receive(&wire::to(role, TEXT, b"a")).unwrap();
        assert_eq!(endpoint.receive(b""), Ok(()));
        assert!(endpoint.received.is_empty() && endpoint.is_inside_message());
    }
}

#[test]
fn a_chunk_of_a_frame_is_delivered_before_the_rest_has_come() {
    let mut server = Endpoint::new(Role::Server);
    let mut bytes = wire::to(Role::Server, FIN | TEXT, b"streamed");
    let (head, tail) = bytes.split_at_mut(2 + 4 + 3);
    let receiver = &mut server.connection.receiver;
    assert_eq!(receiver.payload_remaining(), None);
    let first = ChunkMut {
        kind: MessageKind::Text,
        payload: &mut b"str".to_vec(),
        is_first: true,
        is_last: false,
    };
    assert_eq!(receiver.receive(&mut &mut *head), Ok(Some(Event::Chunk(first))));
    assert_eq!(receiver.payload_remaining(), Some(5));
    let last = ChunkMut {
        kind: MessageKind::Text,
        payload: &mut b"eamed".to_vec(),
        is_first: false,
        is_last: true,
    };
    assert_eq!(receiver.receive(&mut &mut *tail), Ok(Some(Event::Chunk(last))));
    assert_eq!(receiver.payload_remaining(), None);
}

#[test]
fn a_payload_is_unmasked_in_place_and_the_rest_of_the_input_is_left_alone() {
    let mut server = Endpoint::new(Role::Server);
    let frame = wire::to(Role::Server, FIN | BINARY, b"in place");
    let mut bytes = [&frame[..], &frame].concat();
    let mut input = &mut bytes[..];
    let receiver = &mut server.connection.receiver;
    assert!(matches!(receiver.receive(&mut input), Ok(Some(Event::Chunk(_)))));
    assert_eq!(*input, *frame, "the input moved on to the second frame");
    assert_eq!(bytes[6..14], *b"in place");
}

#[test]
fn the_role_is_the_one_that_the_connection_was_made_with() {
    for role in ROLES {
        assert_eq!(Endpoint::new(role).connection.role(), role);
    }
}

// Shows 6455-6.2-1.
#[test]
fn bytes_that_look_like_a_frame_inside_a_payload_are_payload() {
    for role in ROLES {
        let inner = wire::to(role, FIN | TEXT, b"no message");
        // With a mask of zeros, the bytes on the wire are those of the payload.
        let key = if role == Role::Server { Some([0; 4]) } else { None };
        let ping = wire::frame(FIN | PING, &inner, key);
        let message = wire::frame(FIN | BINARY, &inner, key);
        for input in [[&ping[..], &message].concat(), [&message[..], &ping].concat()] {
            for cut in 0..=input.len() {
                let (head, tail) = input.split_at(cut);
                let mut endpoint = Endpoint::new(role);
                endpoint.receive_buffered_in(head, &[1000]).unwrap();
                endpoint.receive_buffered_in(tail, &[1000]).unwrap();
                assert_eq!(endpoint.received, [Received::Binary(inner.clone())]);
                assert_eq!(wire::contents(&endpoint.out), [(FIN | PONG, inner.clone())]);
            }
        }
    }
}
