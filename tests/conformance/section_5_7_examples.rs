//! RFC 6455 5.7: the examples, byte by byte.

use sansocket::{Chunk, MessageKind, Role};

use crate::endpoint::{Endpoint, Received};
use crate::wire::{self, FIN, PONG};

const HELLO: [u8; 7] = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
const MASKED_HELLO: [u8; 11] = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
const FRAGMENTED_HELLO: [u8; 9] = [0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f];
const PING_HELLO: [u8; 7] = [0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
const MASKED_PONG_HELLO: [u8; 11] =
    [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];

// Shows 6455-5.7-1 (both).
#[test]
fn an_unmasked_text_message() {
    let mut client = Endpoint::new(Role::Client);
    client.receive(&HELLO).unwrap();
    assert_eq!(client.received, [Received::text("Hello")]);

    let mut server = Endpoint::new(Role::Server);
    server.send(|sender, out| sender.send_text("Hello", out)).unwrap();
    assert_eq!(server.out, HELLO);
}

// Shows 6455-5.7-1 (server), 6455-6.2-6.
#[test]
fn a_masked_text_message() {
    let mut server = Endpoint::new(Role::Server);
    server.receive(&MASKED_HELLO).unwrap();
    assert_eq!(server.received, [Received::text("Hello")]);
}

// Shows 6455-5.7-1 (both).
#[test]
fn a_fragmented_unmasked_text_message() {
    let mut client = Endpoint::new(Role::Client);
    client.receive(&FRAGMENTED_HELLO).unwrap();
    assert_eq!(client.received, [Received::text("Hello")]);

    let mut server = Endpoint::new(Role::Server);
    let (sender, out) = (&mut server.connection.sender, &mut server.out);
    sender.send_chunk(Chunk::more(MessageKind::Text, b"Hel"), out).unwrap();
    sender.send_chunk(Chunk::last(MessageKind::Text, b"lo"), out).unwrap();
    assert_eq!(*out, FRAGMENTED_HELLO);
}

// Shows 6455-5.7-1 (both).
#[test]
fn a_ping_and_its_masked_answer() {
    let mut client = Endpoint::new(Role::Client);
    client.receive(&PING_HELLO).unwrap();
    assert_eq!(client.received, [Received::Ping(b"Hello".into())]);
    assert_eq!(wire::contents(&client.out), [(FIN | PONG, b"Hello".into())]);

    let mut server = Endpoint::new(Role::Server);
    server.receive(&MASKED_PONG_HELLO).unwrap();
    assert_eq!(server.received, [Received::Pong(b"Hello".into())]);
}

// Shows 6455-5.7-1 (both).
#[test]
fn a_binary_message_of_256_bytes() {
    let payload: Vec<u8> = (0..=255).collect();
    let frame = [&[0x82, 0x7E, 0x01, 0x00], &payload[..]].concat();
    let mut server = Endpoint::new(Role::Server);
    server.send(|sender, out| sender.send_binary(&payload, out)).unwrap();
    assert_eq!(server.out, frame);

    let mut client = Endpoint::new(Role::Client);
    client.receive(&frame).unwrap();
    assert_eq!(client.received, [Received::Binary(payload)]);
}

// Shows 6455-5.7-1 (both).
#[test]
fn a_binary_message_of_64_kib() {
    let payload = vec![0xAA; 65536];
    let frame = [&[0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0], &payload[..]].concat();
    let mut server = Endpoint::new(Role::Server);
    server.send(|sender, out| sender.send_binary(&payload, out)).unwrap();
    assert_eq!(server.out, frame);

    let mut client = Endpoint::new(Role::Client);
    client.receive(&frame).unwrap();
    assert_eq!(client.received, [Received::Binary(payload)]);
}
