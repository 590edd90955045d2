//! RFC 6455 5.6: text and binary.

use sansocket::connection::{ChunkMut, SendError};
use sansocket::{Chunk, MessageKind};

use crate::endpoint::{Endpoint, Received};
use crate::violation::ROLES;
use crate::wire::{self, BINARY, CONTINUATION, FIN, TEXT};

// Shows 6455-5.4-2, 6455-6.1-3, 6455-6.2-3.
#[test]
fn opcode_1_is_text_and_opcode_2_is_binary() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, FIN | TEXT, b"abc")).unwrap();
        endpoint.receive(&wire::to(role, FIN | BINARY, b"abc")).unwrap();
        let received = [Received::text("abc"), Received::Binary(b"abc".into())];
        assert_eq!(endpoint.received, received);

        let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
        sender.send_text("abc", out).unwrap();
        sender.send_binary(b"abc", out).unwrap();
        let contents = [(FIN | TEXT, b"abc".to_vec()), (FIN | BINARY, b"abc".to_vec())];
        assert_eq!(wire::contents(out), contents);
    }
}

// Shows 6455-5.6-2.
#[test]
fn binary_is_any_bytes() {
    for role in ROLES {
        let payload: Vec<u8> = (0..=u8::MAX).collect();
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, FIN | BINARY, &payload)).unwrap();
        assert_eq!(endpoint.received, [Received::Binary(payload)]);
    }
}

// Shows 6455-5.6-1.
#[test]
fn a_fragment_of_text_may_cut_a_character() {
    let text = "\u{A3}\u{20AC}\u{1F44B}";
    for role in ROLES {
        for cut in 0..=text.len() {
            let (head, tail) = text.as_bytes().split_at(cut);
            let mut endpoint = Endpoint::new(role);
            let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
            sender.send_chunk(Chunk::more(MessageKind::Text, head), out).unwrap();
            sender.send_chunk(Chunk::last(MessageKind::Text, tail), out).unwrap();
            let contents = [(TEXT, head.to_vec()), (FIN | CONTINUATION, tail.to_vec())];
            assert_eq!(wire::contents(out), contents);

            endpoint.receive(&wire::to(role, TEXT, head)).unwrap();
            endpoint.receive(&wire::to(role, FIN | CONTINUATION, tail)).unwrap();
            assert_eq!(endpoint.received, [Received::text(text)]);
        }
    }
}

// Shows 6455-5.6-1.
#[test]
fn chunks_that_are_not_utf8_together_are_not_sent() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
        let invalid = Err(SendError::InvalidUtf8);
        let text = MessageKind::Text;
        assert_eq!(sender.send_chunk(Chunk::more(text, b"\xFF"), out), invalid);
        assert_eq!(sender.send_chunk(Chunk::last(text, b"\xE2\x82"), out), invalid);
        let mut payload = *b"\xC3(";
        let frame = sender.frame_in_place(ChunkMut::more(text, &mut payload));
        assert_eq!(frame.map(|_| ()), invalid);
        assert_eq!(&payload, b"\xC3(", "what was refused is not masked");
        assert!(out.is_empty());

        // A refused chunk has no effect: the message begins here and continues after an error.
        sender.send_chunk(Chunk::more(text, b"\xE2\x82"), out).unwrap();
        assert_eq!(sender.send_chunk(Chunk::last(text, b"A"), out), invalid);
        assert_eq!(sender.send_chunk(Chunk::last(text, b""), out), invalid);
        sender.send_chunk(Chunk::last(text, b"\xAC"), out).unwrap();
        let contents = [(TEXT, b"\xE2\x82".to_vec()), (FIN | CONTINUATION, b"\xAC".to_vec())];
        assert_eq!(wire::contents(out), contents);
    }
}
