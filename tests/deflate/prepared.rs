//! Messages that are compressed once and sent on many connections.

use sansocket::deflate::{self, Compression};
use sansocket::{Limits, PreparedMessage, Role};

use crate::agreement::{endpoint, with_window_of};
use crate::data::{ever_more_compressible, json, random};
use crate::endpoint::Endpoint;
use crate::naive::{NaiveFrame, NaivePeer};
use crate::wire::{BINARY, FIN, TEXT};

fn server(bits: u8) -> Endpoint {
    endpoint(Role::Server, &Limits::default(), &with_window_of(Role::Server, bits, 15))
}

fn window(bits: u8) -> deflate::Config {
    deflate::Config::default().server_max_window_bits(bits)
}

fn send_prepared(end: &mut Endpoint, message: &PreparedMessage) -> Vec<u8> {
    end.send(|sender, out| sender.send_prepared(message, out)).unwrap();
    end.take_out()
}

/// The only frame that was read.
fn only(mut frames: Vec<NaiveFrame>) -> NaiveFrame {
    assert_eq!(frames.len(), 1);
    frames.remove(0)
}

#[test]
fn each_connection_gets_the_largest_window_that_it_can_read() {
    // A repetition after 5000 bytes is out of reach for the smaller windows.
    let text = json(5000).repeat(2);
    let message = PreparedMessage::text(&text)
        .with_deflate(&window(9))
        .with_deflate(&window(15))
        .with_deflate(&window(12));
    let lens: Vec<_> = (8..=15)
        .map(|bits| {
            let wire = send_prepared(&mut server(bits), &message);
            let again = send_prepared(&mut server(bits), &message);
            assert_eq!(wire, again, "it was compressed once");
            let frame = only(NaivePeer::new(bits, false).read(&wire));
            assert_eq!(frame.first, FIN | TEXT);
            assert_eq!(frame.payload, text.as_bytes());
            assert_eq!(frame.is_compressed, bits > 8, "there is none for 8 bits");
            frame.wire_len
        })
        .collect();
    assert_eq!(lens[1..4], [lens[1]; 3], "9 to 11 bits");
    assert_eq!(lens[4..7], [lens[4]; 3], "12 to 14 bits");
    assert!(lens[0] > lens[1] && lens[1] > lens[4] && lens[4] > lens[7], "{lens:?}");
}

#[test]
fn every_window_can_be_prepared_for() {
    let data = random(5000, 1).repeat(2);
    for bits in 8..=15 {
        let message =
            PreparedMessage::binary(&[&data[..], &[0; 1000]].concat()).with_deflate(&window(bits));
        let frame =
            only(NaivePeer::new(bits, false).read(&send_prepared(&mut server(bits), &message)));
        assert!(frame.is_compressed);
        assert_eq!(frame.first, FIN | BINARY);
        assert!(frame.payload == message.payload());
    }
}

#[test]
fn prepared_and_other_messages_take_turns() {
    let texts = [json(2000), json(500), json(300)];
    let prepared = texts.clone().map(|text| {
        PreparedMessage::text(&text).with_deflate(&window(15)).with_deflate(&window(9))
    });
    for bits in 8..=15 {
        for deflate in [window(bits), window(bits).server_no_context_takeover(true)] {
            let mut end = endpoint(Role::Server, &Limits::default(), &deflate);
            let mut peer =
                NaivePeer::new(bits, deflate == window(bits).server_no_context_takeover(true));
            for round in 0..10 {
                let index = round % 3;
                let text = &texts[index];
                if round % 4 != 1 {
                    let frame = only(peer.read(&send_prepared(&mut end, &prepared[index])));
                    assert_eq!(frame.payload, text.as_bytes());
                }
                end.send(|sender, out| sender.send_text(text, out)).unwrap();
                let frame = only(peer.read(&end.take_out()));
                assert!(frame.is_compressed);
                assert_eq!(frame.payload, text.as_bytes());
            }
        }
    }
}

#[test]
fn it_is_sent_plain_where_compression_is_not_agreed_on_or_not_wanted() {
    let text = json(1000);
    let message = PreparedMessage::text(&text).with_deflate(&window(15));
    let plain = send_prepared(&mut Endpoint::new(Role::Server), &PreparedMessage::text(&text));
    assert_eq!(send_prepared(&mut Endpoint::new(Role::Server), &message), plain);

    let mut end = server(15);
    end.connection.sender.set_compression(Compression::Never);
    assert_eq!(send_prepared(&mut end, &message), plain);
    end.connection.sender.set_compression(Compression::Always);
    assert_ne!(send_prepared(&mut end, &message), plain);

    let mut end = endpoint(Role::Server, &Limits::default(), &window(15).min_len(1001));
    assert_eq!(send_prepared(&mut end, &message), plain);
    end.connection.sender.set_compression(Compression::Always);
    assert_ne!(send_prepared(&mut end, &message), plain);
}

#[test]
fn it_is_sent_plain_if_it_does_not_shrink() {
    for data in [Vec::new(), random(1000, 2)] {
        let message = PreparedMessage::binary(&data).with_deflate(&window(15));
        let mut end = server(15);
        end.connection.sender.set_compression(Compression::Always);
        let frame = only(NaivePeer::new(15, false).read(&send_prepared(&mut end, &message)));
        assert!(!frame.is_compressed);
        assert_eq!(frame.payload, data);
    }
}

#[test]
fn a_new_connection_gets_what_it_would_send_itself() {
    for message in ever_more_compressible() {
        let prepared = PreparedMessage::binary(&message).with_deflate(&window(15));
        let mut end = server(15);
        end.send(|sender, out| sender.send_binary(&message, out)).unwrap();
        assert_eq!(send_prepared(&mut server(15), &prepared), end.take_out());
    }
}

#[test]
fn a_client_compresses_it_itself() {
    let text = json(1000);
    let message = PreparedMessage::text(&text).with_deflate(&window(15));
    let mut client =
        endpoint(Role::Client, &Limits::default(), &with_window_of(Role::Client, 9, 15));
    let mut peer = NaivePeer::new(9, false);
    for _ in 0..2 {
        let frame = only(peer.read(&send_prepared(&mut client, &message)));
        assert!(frame.is_compressed);
        assert_eq!(frame.payload, text.as_bytes());
    }
}
