//! RFC 6455 10.3: an application cannot choose the bytes that a client puts on the wire.

use sansocket::connection::ChunkMut;
use sansocket::{MessageKind, Role};

use crate::endpoint::Endpoint;
use crate::wire;

// Shows 6455-5.3-4, 6455-10.3-1.
#[test]
fn the_payload_has_no_influence_on_the_key() {
    let keys = |payload: &[u8]| {
        let mut client = Endpoint::new(Role::Client);
        for _ in 0..8 {
            client.send(|sender, out| sender.send_binary(payload, out)).unwrap();
        }
        let frames = wire::frames(&client.out).into_iter();
        frames.map(|frame| frame.key).collect::<Vec<_>>()
    };
    assert_eq!(keys(b""), keys(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"));
}

// Shows 6455-10.3-2.
#[test]
fn the_payload_is_masked_before_the_caller_gets_it_back() {
    // RFC 6455 10.3: the payload of a frame cannot be changed once its sending has begun, so that
    // the caller gets the key only together with the masked payload.
    let mut client = Endpoint::new(Role::Client);
    let mut payload = *b"secret";
    let sender = &mut client.connection.sender;
    let frame = sender.frame_in_place(ChunkMut::last(MessageKind::Binary, &mut payload)).unwrap();
    let key: [u8; 4] = frame.header[2..6].try_into().unwrap();
    assert_eq!(*frame.payload, *wire::masked(b"secret", key));
}

// Shows 6455-5.3-4, own-adapters-6 (client).
#[test]
fn a_seed_and_a_generator_do_not_show_their_secret() {
    let seed = sansocket::Seed::from([42; 32]);
    assert_eq!(format!("{seed:?}"), "Seed(..)");
    assert_eq!(format!("{:?}", sansocket::Random::new(seed)), "Random(..)");
    let client = Endpoint::new(Role::Client);
    assert!(!format!("{:?}", client.connection).contains("[7, 7"));
}
