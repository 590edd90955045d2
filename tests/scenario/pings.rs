//! Pongs have the same order in the stream as their Pings (RFC 6455 5.5.2).

use sansocket::connection::Event;
use sansocket::{Chunk, Role};

use crate::endpoint::{Endpoint, Received};
use crate::pair::{Pair, READ_LENS, ROLES, peer_of};
use crate::wire::{self, BINARY, CONTINUATION, FIN, PING, PONG, TEXT};

/// Sends every chunk back as it arrives, without gathering messages.
fn echo(endpoint: &mut Endpoint, bytes: &mut [u8]) {
    let mut input = bytes;
    while let Some(event) = endpoint.connection.receive(&mut input, &mut endpoint.out).unwrap() {
        if let Event::Chunk(chunk) = event {
            let payload = chunk.payload.to_vec();
            let chunk = Chunk { payload: &payload, ..chunk.as_chunk() };
            endpoint.connection.sender.send_chunk(chunk, &mut endpoint.out).unwrap();
        }
    }
}

#[test]
fn pongs_and_echoes_keep_the_order_of_the_stream() {
    for role in ROLES {
        let frames = [
            (FIN | PING, b"1".to_vec()),
            (FIN | TEXT, b"2".to_vec()),
            (FIN | PING, b"3".to_vec()),
            (BINARY, b"4".to_vec()),
            (FIN | PING, b"5".to_vec()),
            (FIN | CONTINUATION, b"6".to_vec()),
            (FIN | PING, b"7".to_vec()),
        ];
        let mut input = Vec::new();
        for (first, payload) in &frames {
            input.extend(wire::to(role, *first, payload));
        }
        let mut endpoint = Endpoint::new(role);
        echo(&mut endpoint, &mut input);
        let expected = frames.map(|(first, payload)| match first {
            0x89 => (FIN | PONG, payload),
            _ => (first, payload),
        });
        assert_eq!(wire::contents(&endpoint.out), expected);
    }
}

#[test]
fn several_pings_in_one_read_get_all_their_pongs() {
    for sender in ROLES {
        for read_len in READ_LENS {
            let mut pair = Pair::new(read_len);
            let end = pair.end(sender);
            for index in 0..10 {
                end.send(|sender, out| sender.send_ping(&[index; 7], out)).unwrap();
            }
            pair.deliver_all();
            let pings: Vec<_> = (0..10).map(|index| Received::Ping(vec![index; 7])).collect();
            let pongs: Vec<_> = (0..10).map(|index| Received::Pong(vec![index; 7])).collect();
            assert_eq!(pair.end(peer_of(sender)).received, pings);
            assert_eq!(pair.end(sender).received, pongs);
        }
    }
}

// Shows 6455-5.4-8 (server).
#[test]
fn a_ping_inside_a_long_message_is_answered_before_the_message_has_ended() {
    let mut pair = Pair::new(5);
    let (sender, out) = (&mut pair.client.connection.sender, &mut pair.client.out);
    let kind = sansocket::connection::MessageKind::Binary;
    sender.send_chunk(Chunk::more(kind, &[1; 1000]), out).unwrap();
    sender.send_ping(b"still there?", out).unwrap();
    pair.deliver_all();
    assert_eq!(pair.client.received, [Received::Pong(b"still there?".into())]);
    assert!(pair.server.is_inside_message());
    let (sender, out) = (&mut pair.client.connection.sender, &mut pair.client.out);
    sender.send_chunk(Chunk::last(kind, &[2; 1000]), out).unwrap();
    pair.deliver_to(Role::Server).unwrap();
    let message = [[1; 1000], [2; 1000]].concat();
    assert_eq!(pair.server.received.last(), Some(&Received::Binary(message)));
}
