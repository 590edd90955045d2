//! RFC 7692 7.2.2: receiving compressed data, valid and invalid.

use sansocket::buffered::{Progress, ReadBuffer};
use sansocket::connection::{Event, ProtocolError};
use sansocket::{Limits, Role, deflate};

use crate::agreement::{ROLES, endpoint, other, with_window_of, without_takeover_of};
use crate::blocks::{Blocks, TAIL};
use crate::data::{json, random};
use crate::endpoint::Received;
use crate::reading::{assert_reads, assert_receives};
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, RSV1, TEXT};
use crate::zlib::Compressor;

const COMPRESSED: u8 = FIN | RSV1 | BINARY;

fn blocks() -> Blocks {
    Blocks::default()
}

/// Checks that these compressed messages inflate to those.
#[track_caller]
fn assert_messages(messages: &[(Vec<u8>, Vec<u8>)]) {
    let frames: Vec<_> =
        messages.iter().map(|(compressed, _)| (COMPRESSED, compressed.clone())).collect();
    let expected = messages.iter().map(|(_, message)| Received::Binary(message.clone())).collect();
    assert_receives(&Limits::default(), &deflate::Config::default(), &frames, &(expected, None));
}

/// Checks that this data is 1007, as the first message, after another one, and in fragments, and
/// that no part of it is delivered as a message.
#[track_caller]
fn assert_corrupt(data: &[u8]) {
    let before = blocks().stored(b"before").message();
    let (front, back) = data.split_at(data.len() / 2);
    let corrupt = [
        vec![(COMPRESSED, data.to_vec())],
        vec![(RSV1 | BINARY, front.to_vec()), (FIN | CONTINUATION, back.to_vec())],
    ];
    let (config, deflate) = (Limits::default(), deflate::Config::default());
    for frames in corrupt {
        let error = Some(ProtocolError::InvalidDeflate);
        assert_receives(&config, &deflate, &frames, &(Vec::new(), error));
        let frames = [vec![(COMPRESSED, before.clone())], frames].concat();
        let expected = vec![Received::Binary(b"before".into())];
        assert_receives(&config, &deflate, &frames, &(expected, error));
    }
    for role in ROLES {
        let mut end = endpoint(role, &config, &deflate);
        let error = end.receive(&wire::to(role, COMPRESSED, data));
        assert_eq!(error, Err(ProtocolError::InvalidDeflate));
        let close = wire::frames(&end.out).pop().unwrap();
        assert_eq!(close.first, FIN | CLOSE);
        assert_eq!(close.payload[..2], 1007_u16.to_be_bytes());
    }
}

#[test]
fn corrupt_blocks_are_1007() {
    let hello = blocks().fixed(false).literals(b"hello");
    assert_corrupt(&blocks().reserved().message());
    assert_corrupt(&hello.clone().end_of_block().reserved().message());
    let mut stored = blocks().stored(b"hello").message();
    stored[3] ^= 1;
    assert_corrupt(&stored);
    // A whole code of lengths that has too many short ones.
    assert_corrupt(&[0x04, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
    assert_corrupt(&blocks().fixed(false).invalid_length().message());
    assert_corrupt(&hello.copy_from_invalid_distance().message());
}

// Shows 7692-7.2.2-4.
#[test]
fn distances_before_the_window_are_1007() {
    let hello = blocks().fixed(false).literals(b"hello");
    // "before" is 6 bytes.
    for distance in [12, 13, 100, 32768] {
        assert_corrupt(&hello.clone().copy(3, distance).end_of_block().message());
    }
    let message = hello.copy(10, 11).end_of_block().message();
    assert_messages(&[
        (blocks().stored(b"before").message(), b"before".into()),
        (message, b"hellobeforehell".into()),
    ]);
}

/// Returns the result of receiving a message that refers to `distance` bytes before its start,
/// after more than any window, with this role.
#[track_caller]
fn assert_refers(role: Role, bits: u8, distance: usize, is_final: bool) {
    let len = (1 << bits) + 100;
    let before = random(len, 1);
    let reference = if is_final {
        // The message is the same, but of two streams.
        blocks().fixed(true).end_of_block().align().fixed(false).copy(3, distance)
    } else {
        blocks().fixed(false).copy(3, distance)
    };
    let bytes = [
        wire::to(role, COMPRESSED, &Compressor::new(1, 15, false).message(&before)),
        wire::to(role, COMPRESSED, &reference.end_of_block().message()),
    ];
    let start = len - distance;
    let copied = before[start..].iter().cycle().take(3).copied().collect();
    let mut expected = (vec![Received::Binary(before), Received::Binary(copied)], None);
    if distance > 1 << bits {
        expected.0.pop();
        expected.1 = Some(ProtocolError::InvalidDeflate);
    }
    let deflate = with_window_of(other(role), bits, 15);
    assert_reads(role, &Limits::default(), &deflate, &bytes.concat(), &expected);
    // Also after the memory was freed.
    let mut end = endpoint(role, &Limits::default(), &deflate);
    end.receive(&bytes[0]).unwrap();
    end.connection.receiver.release();
    assert_eq!(end.receive(&bytes[1]).err(), expected.1);
}

#[test]
fn section_7_1_2_references_to_before_the_agreed_window_are_1007() {
    for role in ROLES {
        for bits in 8..=14 {
            for is_final in [false, true] {
                for distance in [1, 1 << bits, (1 << bits) + 1, (1 << bits) + 100] {
                    assert_refers(role, bits, distance, is_final);
                }
            }
        }
        // There is nothing beyond.
        assert_refers(role, 15, 1 << 15, false);
    }
}

// Shows 7692-7.2.2-4.
#[test]
fn data_that_is_cut_off_is_1007_at_every_byte() {
    let text = json(600);
    let messages = [
        blocks().stored(b"stored").message(),
        blocks().fixed(false).literals(b"fixed").copy(5, 5).end_of_block().message(),
        blocks().fixed(true).literals(b"final").end_of_block().align().message(),
        Compressor::new(9, 15, false).message(text.as_bytes()),
        Compressor::new(1, 15, false).message(&random(50, 1)),
    ];
    for message in messages {
        for len in 0..message.len() {
            // RFC 7692 7.2.3.6: this is the empty message.
            if message[..len] != [0x00] {
                assert_corrupt(&message[..len]);
            }
        }
    }
}

// Shows 7692-7.2.2-4.
#[test]
fn data_after_the_end_is_1007() {
    let message = blocks().fixed(false).literals(b"message").end_of_block().message();
    for byte in 0..=u8::MAX {
        assert_corrupt(&[&message[..], &[byte]].concat());
    }
    // The end that must be omitted was sent.
    assert_corrupt(&[&message[..], &TAIL].concat());
    for trailing in [&[0xFF, 0x00][..], &[0, 0], &[0, 0, 0], &[4, 0, 0xFB, 0xFF], b"trailing"] {
        assert_corrupt(&[&message[..], trailing].concat());
    }
    // RFC 7692 7.2.1: an empty block follows the last one.
    assert_corrupt(&blocks().fixed(true).literals(b"x").end_of_block().bytes());
}

#[test]
fn a_block_that_the_four_bytes_end_is_1007() {
    // The sixteen zeros are as many letters, and nine ones end the block. They may or may not be
    // the last letters for which one output has space.
    for len in [100, 4080, 8176] {
        let letters = [vec![b'b'; 6], vec![b'a'; len - 6]].concat();
        assert_corrupt(&blocks().unary().unary_letters(&letters).bytes());
    }
}

#[test]
fn a_skipped_message_is_inflated_and_checked_without_further_input() {
    let text = [&vec![b'a'; 100_000][..], b"\xFF"].concat();
    let frame =
        wire::to(Role::Server, FIN | RSV1 | TEXT, &Compressor::new(6, 15, false).message(&text));
    let end = endpoint(Role::Server, &Limits::default(), &deflate::Config::default());
    let mut receiver = end.connection.receiver;
    let mut buffer = ReadBuffer::from(frame);
    assert_eq!(buffer.advance_chunk(&mut receiver, |_| ()), Ok(Progress::Message));
    assert!(!buffer.chunk().is_last);
    assert_eq!(buffer.unread(), []);
    let rest = buffer.advance(&mut receiver, |_| ());
    assert_eq!(rest, Err(ProtocolError::InvalidUtf8));
}

// Shows 6455-8.1-1 (both), 7692-6-5 (both).
#[test]
fn text_that_is_not_utf_8_once_it_is_inflated_is_1007() {
    let (config, deflate) = (Limits::default(), deflate::Config::default());
    let invalid = [
        &b"\xFF"[..],
        b"abc\xC3",
        b"\xED\xA0\x80",
        b"ok \xF4\x90\x80\x80",
        &[&json(20_000).into_bytes()[..], b"\x80"].concat(),
    ];
    for text in invalid {
        let compressed = Compressor::new(6, 15, false).message(text);
        let outcome = (Vec::new(), Some(ProtocolError::InvalidUtf8));
        assert_receives(&config, &deflate, &[(FIN | RSV1 | TEXT, compressed.clone())], &outcome);
        assert_eq!(u16::from(ProtocolError::InvalidUtf8.close_code()), 1007);
        assert_messages(&[(compressed, text.to_vec())]);
    }
    // Characters may be cut by blocks and frames.
    let euro = [0xE2, 0x82, 0xAC];
    let parts = euro.map(|byte| blocks().stored(&[byte]).bytes());
    let frames = [
        (RSV1 | TEXT, parts[0].clone()),
        (CONTINUATION, parts[1].clone()),
        (FIN | CONTINUATION, [&parts[2][..], &[0]].concat()),
    ];
    let outcome = (vec![Received::text("\u{20AC}")], None);
    assert_receives(&config, &deflate, &frames, &outcome);
}

#[test]
fn the_first_of_two_faults_counts_however_reads_are_split() {
    let limit = 5;
    let config = Limits::default().max_message_len(limit);
    let too_long = ProtocolError::MessageTooLong { len: limit + 1, limit };
    let text = |text: &[u8]| blocks().fixed(false).literals(text).end_of_block();
    let faults = [
        (text(b"a\xFFb").reserved(), ProtocolError::InvalidUtf8),
        (text(b"abc").reserved().stored(b"\xFF"), ProtocolError::InvalidDeflate),
        (text(b"abcd\xFF").stored(b"f"), ProtocolError::InvalidUtf8),
        (text(b"abcde").stored(b"\xFF"), too_long),
        (text(b"abcde").reserved().stored(b"f"), ProtocolError::InvalidDeflate),
        (text(b"abcde").stored(b"f").reserved(), too_long),
        (blocks().fixed(false).literals(b"abcdef").copy_from_invalid_distance(), too_long),
        (blocks().fixed(false).literals(b"abcdef").copy(3, 100), too_long),
    ];
    for (blocks, error) in faults {
        let frames = [(FIN | RSV1 | TEXT, blocks.message())];
        let outcome = (Vec::new(), Some(error));
        assert_receives(&config, &deflate::Config::default(), &frames, &outcome);
    }
}

#[test]
fn everything_that_has_arrived_of_a_message_is_inflated() {
    // From 4 to 64 KiB are inflated at a time; here a copy does not fit.
    for len in [4096, 3 * 4096, 7 * 4096, 15 * 4096, 15 * 4096 + 65_536] {
        for rest in 1..10 {
            let start = len + rest - 10;
            let mut data = blocks().stored(&vec![b'a'; start % 10 + 10]).fixed(false);
            for _ in 1..start / 10 {
                data = data.copy(10, 1);
            }
            let data = data.copy(10, 1).bytes();
            for role in ROLES {
                let mut wire = wire::to(role, RSV1 | BINARY, &data);
                let mut input = &mut wire[..];
                let config = (Limits::default(), deflate::Config::default());
                let mut receiver = endpoint(role, &config.0, &config.1).connection.receiver;
                let mut received = 0;
                while let Some(Event::Chunk(chunk)) = receiver.receive(&mut input).unwrap() {
                    received += chunk.payload.len();
                }
                assert_eq!(received, len + rest);
            }
        }
    }
}

// Shows 7692-7.2.2-3 (both).
#[test]
fn section_7_2_3_4_data_after_a_final_block_refers_to_the_window_before_it() {
    let final_blocks = blocks()
        .fixed(true)
        .literals(b"abcdefgh")
        .end_of_block()
        .align()
        .fixed(true)
        .copy(4, 8)
        .end_of_block()
        .align()
        .fixed(false)
        .copy(4, 4)
        .end_of_block()
        .fixed(true)
        .end_of_block()
        .align()
        .message();
    assert_messages(&[
        (final_blocks, b"abcdefghabcdabcd".into()),
        // A stored block that is the last one and that the four bytes complete.
        (vec![0x01], Vec::new()),
        (blocks().fixed(false).copy(10, 16).end_of_block().message(), b"abcdefghab".into()),
    ]);
}

// Shows 7692-7.1.2.1-5.
#[test]
fn section_7_2_3_4_the_window_after_a_final_block_has_its_full_size() {
    for role in ROLES {
        for bits in 8..=15 {
            let window_len = 1 << bits;
            let data = random(window_len + 100, u64::from(bits));
            let first = Compressor::new(1, 15, false).message(&data);
            let second = blocks()
                .fixed(true)
                .literals(b"x")
                .end_of_block()
                .align()
                .fixed(false)
                .copy(10, window_len)
                .end_of_block()
                .message();
            let wire = [wire::to(role, COMPRESSED, &first), wire::to(role, COMPRESSED, &second)];
            // One byte before the start of the window.
            let expected = [b"x", &data[101..111]].concat();
            let outcome = (vec![Received::Binary(data), Received::Binary(expected)], None);
            let deflate = with_window_of(other(role), bits, 15);
            assert_reads(role, &Limits::default(), &deflate, &wire.concat(), &outcome);
        }
    }
}

// Shows 7692-7.2.2-3 (both).
#[test]
fn empty_blocks_are_skipped() {
    let empty = (0..10_000).fold(blocks(), |blocks, _| blocks.stored(&[]));
    let message = empty.clone().stored(b"at last").message();
    assert_messages(&[
        (message, b"at last".into()),
        (empty.message(), Vec::new()),
        (blocks().fixed(false).copy(7, 7).end_of_block().message(), b"at last".into()),
    ]);
    let empty = (0..1000).fold(blocks(), |blocks, _| blocks.fixed(false).end_of_block());
    assert_messages(&[(empty.message(), Vec::new())]);
    let empty = (0..1000).fold(blocks(), |blocks, _| blocks.fixed(true).end_of_block().align());
    assert_messages(&[(empty.message(), Vec::new())]);
}

#[test]
fn section_7_2_3_6_an_empty_message_is_one_byte() {
    let hello = blocks().fixed(false).literals(b"hello").end_of_block().message();
    let again = blocks().fixed(false).copy(5, 5).end_of_block().message();
    assert_messages(&[
        (vec![0x00], Vec::new()),
        (hello, b"hello".into()),
        (vec![0x00], Vec::new()),
        (vec![0x02, 0x00], Vec::new()),
        (again, b"hello".into()),
    ]);
    let (config, deflate) = (Limits::default(), deflate::Config::default());
    let outcome = (vec![Received::text("")], None);
    assert_receives(&config, &deflate, &[(FIN | RSV1 | TEXT, vec![0x00])], &outcome);
    let frames =
        [(RSV1 | TEXT, Vec::new()), (CONTINUATION, vec![0x00]), (FIN | CONTINUATION, Vec::new())];
    assert_receives(&config, &deflate, &frames, &outcome);
}

// Shows 7692-7.2.2-2, 7692-7.2.2-5.
#[test]
fn section_7_1_1_the_window_carries_over_in_each_direction_as_agreed() {
    let first = blocks().fixed(false).literals(b"hello").end_of_block().message();
    let again = blocks().fixed(false).copy(5, 5).end_of_block().message();
    let hello = Received::Binary(b"hello".into());
    for role in ROLES {
        for without in ROLES {
            let deflate = without_takeover_of(without);
            let bytes = [
                wire::to(role, COMPRESSED, &first),
                wire::to(role, COMPRESSED, &first),
                wire::to(role, COMPRESSED, &again),
            ];
            // What this end receives is what the other one sends.
            let outcome = if role == without {
                (vec![hello.clone(); 3], None)
            } else {
                (vec![hello.clone(); 2], Some(ProtocolError::InvalidDeflate))
            };
            assert_reads(role, &Limits::default(), &deflate, &bytes.concat(), &outcome);
        }
    }
}

#[test]
fn messages_of_zlib_are_received_at_all_levels() {
    let texts = [json(10), json(5000), String::new(), json(40_000), json(10)];
    for level in 0..=9 {
        for bits in 9..=15 {
            for no_context_takeover in [false, true] {
                let mut zlib = Compressor::new(level, bits, no_context_takeover);
                let frames: Vec<_> = texts
                    .iter()
                    .map(|text| (FIN | RSV1 | TEXT, zlib.message(text.as_bytes())))
                    .collect();
                let role = ROLES[usize::from(bits) % 2];
                let bytes: Vec<_> = frames
                    .iter()
                    .flat_map(|(first, payload)| wire::to(role, *first, payload))
                    .collect();
                let deflate = deflate::Config::default()
                    .server_max_window_bits(bits)
                    .client_max_window_bits(bits)
                    .server_no_context_takeover(no_context_takeover)
                    .client_no_context_takeover(no_context_takeover);
                let mut end = endpoint(role, &Limits::default(), &deflate);
                end.receive_in(&bytes, &[1000]).unwrap();
                let expected = texts.clone().map(Received::Text);
                assert!(end.received == expected, "level {level}, {bits} bits");
            }
        }
    }
}
