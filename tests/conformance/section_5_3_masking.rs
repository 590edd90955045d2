//! RFC 6455 5.3: how a payload is masked, and with what.

use std::collections::HashSet;

use sansocket::connection::{ChunkMut, Connection};
use sansocket::frame::{MaskKey, Masker};
use sansocket::{Limits, MessageKind, Role, Seed};

use crate::chacha::ChaCha;
use crate::endpoint::{Endpoint, Received};
use crate::wire::{self, BINARY, FIN, KEY};

// Shows 6455-5.3-5 (both).
#[test]
fn byte_i_is_xored_with_byte_i_mod_4_of_the_key() {
    for len in 0..40 {
        let payload: Vec<u8> = (100..).take(len).collect();
        let mut piece = payload.clone();
        Masker::new(MaskKey(KEY)).apply(&mut piece);
        assert_eq!(piece, wire::masked(&payload, KEY));
    }
}

// Shows 6455-5.3-5 (both).
#[test]
fn the_same_steps_unmask() {
    let mut piece = *b"a payload of some length";
    Masker::new(MaskKey(KEY)).apply(&mut piece);
    Masker::new(MaskKey(KEY)).apply(&mut piece);
    assert_eq!(&piece, b"a payload of some length");
}

// Shows 6455-5.2-8 (server), 6455-5.3-6 (server), 6455-6.2-6.
#[test]
fn a_server_unmasks_wherever_reads_split_the_payload() {
    let payload: Vec<u8> = (0..=255).collect();
    for read_len in 1..20 {
        let mut server = Endpoint::new(Role::Server);
        let frame = wire::frame(FIN | BINARY, &payload, Some([0xFF, 0x00, 0xA5, 0x01]));
        server.receive_in(&frame, &[read_len]).unwrap();
        assert_eq!(server.received, [Received::Binary(payload.clone())]);
    }
}

// Shows 6455-5.2-8 (client), 6455-5.3-6 (client).
#[test]
fn masking_does_not_change_the_length() {
    for len in [0, 1, 125, 126, 65535, 65536] {
        let mut client = Endpoint::new(Role::Client);
        client.send(|sender, out| sender.send_binary(&vec![1; len], out)).unwrap();
        let header =
            wire::header(FIN | BINARY, wire::Length::of(len.try_into().unwrap()), Some(KEY));
        assert_eq!(client.out.len(), header.len() + len);
        assert_eq!(wire::contents(&client.out), [(FIN | BINARY, vec![1; len])]);
    }
}

/// The keys of `count` frames of a client, by every method that makes frames.
fn keys(seed: [u8; 32], count: usize, payload: &[u8]) -> Vec<[u8; 4]> {
    let mut sender = Connection::client(&Limits::default(), Seed::from(seed)).sender;
    let mut out = Vec::new();
    while wire::frames(&out).len() < count {
        sender.send_binary(payload, &mut out).unwrap();
        sender.send_ping(payload, &mut out).unwrap();
        let mut payload = payload.to_vec();
        let frame =
            sender.frame_in_place(ChunkMut::last(MessageKind::Binary, &mut payload)).unwrap();
        out.extend_from_slice(&frame.header);
        out.extend_from_slice(frame.payload);
    }
    wire::frames(&out).iter().map(|frame| frame.key.expect("masked")).collect()
}

// Shows 6455-5.3-2.
#[test]
fn every_frame_has_a_fresh_key() {
    let keys = keys([7; 32], 300, b"");
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
}

// Shows 6455-5.3-4, 6455-10.3-1.
#[test]
fn keys_come_from_a_cryptographic_generator() {
    for seed in [[0; 32], [0xFF; 32], std::array::from_fn(|at| u8::try_from(at).unwrap())] {
        // Enough for the generator to fill its buffer several times.
        let mut stream = ChaCha::new(12, seed);
        for (at, key) in keys(seed, 600, b"payload").into_iter().enumerate() {
            assert_eq!(key, stream.take(), "key {at} of {seed:?}");
        }
    }
}

// Shows 6455-5.3-4.
#[test]
fn the_seed_decides_the_keys() {
    assert_eq!(keys([1; 32], 9, b"a"), keys([1; 32], 9, b"a"));
    let (one, other) = (keys([1; 32], 9, b"a"), keys([2; 32], 9, b"a"));
    assert!(one.iter().all(|key| !other.contains(key)));
}

// Shows 6455-5.3-2.
#[test]
fn a_prepared_message_of_a_client_has_a_fresh_key_each_time() {
    let message = sansocket::connection::PreparedMessage::binary(b"again");
    let mut client = Endpoint::new(Role::Client);
    for _ in 0..2 {
        client.send(|sender, out| sender.send_prepared(&message, out)).unwrap();
    }
    let frames = wire::frames(&client.out);
    assert_ne!(frames[0].key, frames[1].key);
    assert_eq!(frames[0].payload, frames[1].payload);
}

// Shows 6455-5.3-3.
#[test]
#[cfg(feature = "std")]
fn the_operating_system_gives_another_seed_each_time() {
    let keys = || {
        let seed = Seed::from_os().unwrap();
        let mut sender = Connection::client(&Limits::default(), seed).sender;
        let mut out = Vec::new();
        for _ in 0..4 {
            sender.send_text("", &mut out).unwrap();
        }
        out
    };
    assert_ne!(keys(), keys());
}
