//! RFC 7692 7.1.2: messages that we send refer no farther back than the agreed window.

use sansocket::deflate::Compression;
use sansocket::{Chunk, Limits, MessageKind, Role};

use crate::agreement::{ROLES, endpoint, with_window_of, without_takeover_of};
use crate::data::{json, periodic, random};
use crate::naive::NaivePeer;
use crate::wire::{BINARY, FIN};

/// How far back the compressor goes at most, for windows from 9 bits on: a whole match and some
/// bytes ahead must be in the window too.
const LOOKAHEAD: usize = 262;

/// Messages that invite references just inside and just outside a window.
fn messages(window_len: usize) -> Vec<Vec<u8>> {
    let reach = if window_len == 256 { 250 } else { window_len - LOOKAHEAD };
    let periods = [reach, reach + 1, window_len - 1, window_len, window_len + 1];
    let mut messages = vec![Vec::new(), random(100, 1), json(window_len).into_bytes()];
    for (seed, period) in (2..).zip(periods) {
        messages.push(periodic(period, 2 * period + 10, seed));
    }
    // From the message before.
    messages.push(messages[messages.len() - 1][..window_len].to_vec());
    messages.push(vec![0; 2 * window_len]);
    messages.push(json(100).into_bytes());
    messages
}

/// Returns the farthest that a reference goes back.
fn send(role: Role, bits: u8, level: u8, mem_level: u8, messages: &[Vec<u8>]) -> usize {
    let other = if bits == 15 { 8 } else { 15 };
    let deflate = with_window_of(role, bits, other).level(level).mem_level(mem_level);
    let mut end = endpoint(role, &Limits::default(), &deflate);
    end.connection.sender.set_compression(Compression::Always);
    let mut peer = NaivePeer::new(bits, false);
    for message in messages {
        end.send(|sender, out| sender.send_binary(message, out)).unwrap();
        let frames = peer.read(&end.take_out());
        let [frame] = &frames[..] else {
            panic!("{} frames", frames.len());
        };
        assert!(frame.is_compressed);
        assert_eq!(frame.first, FIN | BINARY);
        assert!(frame.payload == *message, "{role:?}, {bits} bits, level {level}, {mem_level}");
    }
    peer.inflater.max_distance
}

fn send_with_all_levels(bits: u8) {
    let mut reached = 0;
    let messages = messages(1 << bits);
    for level in 0..=9 {
        for role in ROLES {
            reached = reached.max(send(role, bits, level, 8, &messages));
        }
        for mem_level in [1, 9] {
            reached = reached.max(send(Role::Server, bits, level, mem_level, &messages));
        }
    }
    let reach = (1 << bits.max(9)) - LOOKAHEAD;
    assert_eq!(reached, reach, "the messages ask for all of the window");
}

// Shows 7692-7.1.2.1-3, 7692-7.1.2.2-5.
#[test]
fn of_8_bits() {
    send_with_all_levels(8);
}

// Shows 7692-7.1.2.1-3, 7692-7.1.2.2-5.
#[test]
fn of_9_bits() {
    send_with_all_levels(9);
}

// Shows 7692-7.1.2.1-3, 7692-7.1.2.2-5.
#[test]
fn of_10_bits() {
    send_with_all_levels(10);
}

// Shows 7692-7.1.2.1-3, 7692-7.1.2.2-5.
#[test]
fn of_11_bits() {
    send_with_all_levels(11);
}

// Shows 7692-7.1.2.1-3, 7692-7.1.2.2-5.
#[test]
fn of_12_bits() {
    send_with_all_levels(12);
}

// Shows 7692-7.1.2.1-3, 7692-7.1.2.2-5.
#[test]
fn of_13_bits() {
    send_with_all_levels(13);
}

// Shows 7692-7.1.2.1-3, 7692-7.1.2.2-5.
#[test]
fn of_14_bits() {
    send_with_all_levels(14);
}

// Shows 7692-7.1.2.1-3, 7692-7.1.2.2-5.
#[test]
fn of_15_bits() {
    send_with_all_levels(15);
}

// Shows 7692-7.1.1.1-4, 7692-7.1.1.2-4, 7692-7.2.1-3.
#[test]
fn section_7_1_1_no_message_refers_to_one_before_it_without_takeover() {
    for role in ROLES {
        for level in 0..=9 {
            let deflate = without_takeover_of(role).level(level);
            let mut end = endpoint(role, &Limits::default(), &deflate);
            end.connection.sender.set_compression(Compression::Always);
            let mut peer = NaivePeer::new(15, true);
            let text = json(1000);
            let mut lens = Vec::new();
            for _ in 0..3 {
                end.send(|sender, out| sender.send_text(&text, out)).unwrap();
                let frames = peer.read(&end.take_out());
                assert_eq!(frames[0].payload, text.as_bytes());
                lens.push(frames[0].wire_len);
            }
            assert_eq!(lens, [lens[0]; 3], "each as if it were the first");
        }
    }
}

#[test]
fn without_takeover_the_chunks_of_one_message_share_a_window_and_messages_do_not() {
    let data = random(1000, 1);
    for role in ROLES {
        let mut end = endpoint(role, &Limits::default(), &without_takeover_of(role));
        end.connection.sender.set_compression(Compression::Always);
        let lens = [false, false, true, false, true].map(|is_last| {
            end.send(|sender, out| {
                sender.send_chunk(Chunk { is_last, ..Chunk::more(MessageKind::Binary, &data) }, out)
            })
            .unwrap();
            end.take_out().len()
        });
        let is_short = lens.map(|len| len < 100);
        assert_eq!(is_short, [false, true, true, false, true], "{lens:?}");
    }
}
