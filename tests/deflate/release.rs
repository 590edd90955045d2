//! A silent connection frees memory, and loses nothing.

use sansocket::buffered::{Progress, ReadBuffer};
use sansocket::deflate::{self, Compression};
use sansocket::{Chunk, Limits, Message, MessageKind, Role};

use crate::agreement::{ROLES, endpoint, other, with_window_of};
use crate::blocks::Blocks;
use crate::data::{json, random};
use crate::endpoint::Received;
use crate::naive::NaivePeer;
use crate::wire::{self, BINARY, CONTINUATION, FIN, PING, RSV1, TEXT};
use crate::zlib::Compressor;

#[test]
fn the_peer_may_still_refer_to_what_was_received_before() {
    for role in ROLES {
        for bits in 8..=15 {
            let deflate = with_window_of(other(role), bits, 15);
            let mut end = endpoint(role, &Limits::default(), &deflate);
            let window_len = 1 << bits;
            let data = random(window_len, 1);
            let pieces = data.chunks(10_000).fold(Blocks::default(), Blocks::stored);
            end.receive(&wire::to(role, FIN | RSV1 | BINARY, &pieces.message())).unwrap();
            for round in 0..3 {
                end.connection.receiver.release();
                if round == 1 {
                    end.connection.receiver.release();
                }
                // Ten bytes from the very start of the window, which move it on by ten.
                let copy = Blocks::default().fixed(false).copy(10, window_len).end_of_block();
                end.receive(&wire::to(role, FIN | RSV1 | BINARY, &copy.message())).unwrap();
                let expected = &data[10 * round..10 * round + 10];
                assert_eq!(end.received.pop(), Some(Received::Binary(expected.to_vec())));
            }
        }
    }
}

#[test]
fn a_message_that_is_being_received_continues() {
    let text = json(100);
    let payload = Blocks::default()
        .fixed(false)
        .literals(text.as_bytes())
        .copy(10, 100)
        .end_of_block()
        .message();
    let expected = Received::Text(text.clone() + &text[..10]);
    for role in ROLES {
        let (front, back) = payload.split_at(50);
        let bytes = [
            wire::to(role, RSV1 | TEXT, front),
            wire::to(role, FIN | PING, b"ping"),
            wire::to(role, FIN | CONTINUATION, back),
        ]
        .concat();
        let mut end = endpoint(role, &Limits::default(), &deflate::Config::default());
        for _ in 0..2 {
            for byte in &bytes {
                end.receive(&[*byte]).unwrap();
                end.connection.receiver.release();
            }
            let received = core::mem::take(&mut end.received);
            assert_eq!(received, [Received::Ping(b"ping".into()), expected.clone()]);
        }
    }
}

#[test]
fn a_read_buffer_may_be_released_with_its_receiver() {
    let payload = Blocks::default().fixed(false).literals(b"Hello").end_of_block();
    let again = payload.clone().fixed(false).copy(5, 5).end_of_block().message();
    let payload = payload.message();
    for role in ROLES {
        let bytes = [
            wire::to(role, FIN | RSV1 | TEXT, &payload),
            wire::to(role, RSV1 | TEXT, &again[..6]),
            wire::to(role, FIN | CONTINUATION, &again[6..]),
        ]
        .concat();
        let mut end = endpoint(role, &Limits::default(), &deflate::Config::default());
        let receiver = &mut end.connection.receiver;
        let mut buffer = ReadBuffer::default();
        let mut received = Vec::new();
        for byte in bytes {
            buffer.unfilled()[0] = byte;
            buffer.filled(1);
            while buffer.advance(receiver, |_| {}) == Ok(Progress::Message) {
                let Ok(Message::Text(text)) = buffer.message() else {
                    panic!("only text is sent");
                };
                received.push(text.to_owned());
            }
            buffer.release();
            receiver.release();
        }
        assert_eq!(received, ["Hello", "HelloHello"]);
    }
}

#[test]
fn later_messages_refer_to_nothing_before() {
    for role in ROLES {
        let mut end = endpoint(role, &Limits::default(), &deflate::Config::default());
        let text = json(500);
        let mut peer = NaivePeer::new(15, false);
        let mut lens = Vec::new();
        for release in [false, false, true, false] {
            if release {
                end.connection.sender.release();
                end.connection.sender.release();
            }
            end.send(|sender, out| sender.send_text(&text, out)).unwrap();
            let frames = peer.read(&end.take_out());
            assert_eq!(frames[0].payload, text.as_bytes());
            lens.push(frames[0].wire_len);
        }
        assert_eq!(lens[2..], lens[..2]);
        assert!(lens[1] < lens[0]);
    }
}

/// Receives messages in fragments of one byte, and frees memory after some of the bytes. Returns
/// what the endpoint receives, and what a read buffer makes of it.
fn received(role: Role, messages: &[Vec<u8>], is_released: bool) -> Vec<Vec<u8>> {
    let mut zlib = Compressor::new(9, 15, false);
    let mut bytes = Vec::new();
    for message in messages {
        let data = zlib.message(message);
        let mut first = RSV1 | BINARY;
        for (index, byte) in data.iter().enumerate() {
            let fin = if index + 1 == data.len() { FIN } else { 0 };
            bytes.extend(wire::to(role, fin | first, &[*byte]));
            bytes.extend(wire::to(role, FIN | PING, b"?"));
            first = CONTINUATION;
        }
    }
    let mut receiver =
        endpoint(role, &Limits::default(), &deflate::Config::default()).connection.receiver;
    let (mut buffer, mut received) = (ReadBuffer::default(), Vec::new());
    for byte in bytes {
        buffer.unfilled()[0] = byte;
        buffer.filled(1);
        while buffer.advance(&mut receiver, |_| ()).unwrap() == Progress::Message {
            received.push(buffer.message().unwrap().as_bytes().to_vec());
        }
        if is_released {
            receiver.release();
            buffer.release();
        }
    }
    received
}

#[test]
fn messages_are_the_same_whenever_memory_is_freed_within_them() {
    // Long enough to be inflated in several pieces, with references all over.
    let messages =
        [json(3000).into_bytes(), random(300, 1), json(20_000).into_bytes(), vec![7; 30_000]];
    for role in ROLES {
        let expected = received(role, &messages, false);
        assert!(expected == messages);
        assert!(received(role, &messages, true) == messages);
    }
}

#[test]
fn a_chunk_refers_to_those_before_it_even_if_memory_is_freed_between_them() {
    let text = json(500);
    for role in ROLES {
        let lens = [false, true].map(|is_released| {
            let mut end = endpoint(role, &Limits::default(), &deflate::Config::default());
            let mut peer = NaivePeer::new(15, false);
            let lens = [false, false, true].map(|is_last| {
                end.send(|sender, out| {
                    sender.send_chunk(
                        Chunk { is_last, ..Chunk::more(MessageKind::Text, text.as_bytes()) },
                        out,
                    )
                })
                .unwrap();
                if is_released {
                    end.connection.sender.release();
                }
                let frames = peer.read(&end.take_out());
                assert_eq!(frames[0].payload, text.as_bytes());
                frames[0].wire_len
            });
            assert!(lens[1] < lens[0] / 4 && lens[2] < lens[0] / 4, "{lens:?}");
            lens
        });
        assert_eq!(lens[0], lens[1]);
    }
}

#[test]
fn a_message_that_is_being_sent_continues() {
    for role in ROLES {
        let mut end = endpoint(role, &Limits::default(), &deflate::Config::default());
        end.connection.sender.set_compression(Compression::Always);
        let mut peer = NaivePeer::new(15, false);
        for is_last in [false, false, true, false, true] {
            end.send(|sender, out| {
                sender.send_chunk(
                    Chunk { is_last, ..Chunk::more(MessageKind::Text, json(500).as_bytes()) },
                    out,
                )
            })
            .unwrap();
            end.connection.sender.release();
            let frames = peer.read(&end.take_out());
            assert!(frames[0].is_compressed);
            assert_eq!(frames[0].payload, json(500).as_bytes());
        }
    }
}
