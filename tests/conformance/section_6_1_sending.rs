//! RFC 6455 6.1: sending data.

use sansocket::connection::{ChunkMut, SendError};
use sansocket::{Chunk, MessageKind, PreparedMessage};

use crate::endpoint::Endpoint;
use crate::violation::ROLES;
use crate::wire::{self, BINARY, CLOSE, FIN, TEXT};

// Shows 6455-6.1-1.
#[test]
fn nothing_is_sent_once_the_peers_close_frame_was_answered() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, FIN | CLOSE, b"")).unwrap();
        let answer = endpoint.out.clone();
        let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
        assert_eq!(sender.send_text("late", out), Err(SendError::Closed));
        assert_eq!(sender.send_close(None, out), Err(SendError::Closed));
        assert_eq!(*out, answer);
    }
}

// Shows 6455-6.1-2.
#[test]
fn frames_are_appended_to_what_waits_to_be_written() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
        sender.send_text("one", out).unwrap();
        let one = out.clone();
        sender.send_binary(b"two", out).unwrap();
        assert!(out.starts_with(&one));
        let contents = [(FIN | TEXT, b"one".to_vec()), (FIN | BINARY, b"two".to_vec())];
        assert_eq!(wire::contents(out), contents);
    }
}

#[test]
fn a_prepared_message_is_sent_like_any_other() {
    for role in ROLES {
        for len in [0, 125, 126, 65535, 65536] {
            let text = "t".repeat(len);
            let prepared = PreparedMessage::text(&text);
            assert_eq!((prepared.kind(), prepared.payload()), (MessageKind::Text, text.as_bytes()));
            let mut one = Endpoint::new(role);
            one.send(|sender, out| sender.send_prepared(&prepared, out)).unwrap();
            let mut other = Endpoint::new(role);
            other.send(|sender, out| sender.send_text(&text, out)).unwrap();
            assert_eq!(one.out, other.out);
        }
        let prepared = PreparedMessage::binary(b"\xFF");
        assert_eq!((prepared.kind(), prepared.payload()), (MessageKind::Binary, &b"\xFF"[..]));
        let mut endpoint = Endpoint::new(role);
        endpoint.send(|sender, out| sender.send_prepared(&prepared, out)).unwrap();
        assert_eq!(wire::contents(&endpoint.out), [(FIN | BINARY, b"\xFF".into())]);
    }
}

#[test]
fn a_frame_in_place_is_the_same_on_the_wire() {
    for role in ROLES {
        for (kind, is_last) in [
            (MessageKind::Text, true),
            (MessageKind::Text, false),
            (MessageKind::Binary, true),
            (MessageKind::Binary, false),
        ] {
            let mut copied = Endpoint::new(role);
            copied
                .send(|sender, out| {
                    sender.send_chunk(Chunk { is_last, ..Chunk::more(kind, b"payload") }, out)
                })
                .unwrap();
            let mut in_place = Endpoint::new(role);
            let mut payload = *b"payload";
            let sender = &mut in_place.connection.sender;
            let frame = sender
                .frame_in_place(ChunkMut { is_last, ..ChunkMut::more(kind, &mut payload) })
                .unwrap();
            assert_eq!([&frame.header, &*frame.payload].concat(), copied.out);
        }
    }
}
