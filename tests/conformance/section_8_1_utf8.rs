//! RFC 6455 8.1: text that is not UTF-8 fails the connection, at the first byte that shows it.

use sansocket::Role;
use sansocket::connection::{Event, ProtocolError};

use crate::endpoint::{Endpoint, Received};
use crate::violation::{ROLES, assert_fails};
use crate::wire::{self, BINARY, CONTINUATION, FIN, PING, TEXT};

/// Text that is not UTF-8, with the index of the first byte that is impossible there.
const INVALID: [(&[u8], usize); 20] = [
    (b"\x80", 0),
    (b"abc\xBF", 3),
    (b"\xC0\x80", 0),
    (b"\xC1\xBF", 0),
    (b"\xF5\x80\x80\x80", 0),
    (b"\xFE", 0),
    (b"\xFF", 0),
    (b"\xC2A", 1),
    (b"\xC2\xC2", 1),
    (b"\xE0\x80\x80", 1),
    (b"\xE0\x9F\xBF", 1),
    (b"\xE2\x82A", 2),
    (b"\xED\xA0\x80", 1),
    (b"\xED\xBF\xBF", 1),
    (b"\xF0\x80\x80\x80", 1),
    (b"\xF0\x8F\xBF\xBF", 1),
    (b"\xF0\x9F\x91A", 3),
    (b"\xF4\x90\x80\x80", 1),
    (b"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xF4\x90\x80\x80edited", 12),
    (b"\xF0\x9F\x91\x8B\xE2\x82\xAC\x80", 7),
];

/// Text that ends inside a character.
const CUT: [&[u8]; 6] =
    [b"\xC2", b"\xE0\xA0", b"\xED\x9F", b"\xF0\x90\x80", b"abc\xF4\x8F\xBF", b"\xF4"];

/// The first and last character of each length, and the neighbours of the surrogates.
const VALID: &str = "\0\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}";

// Shows 6455-5.6-1, 6455-8.1-1.
#[test]
fn text_that_is_not_utf8_fails_the_connection() {
    for role in ROLES {
        for (text, _) in INVALID {
            assert_fails(role, &wire::to(role, FIN | TEXT, text), ProtocolError::InvalidUtf8, 1007);
        }
    }
}

// Shows 6455-5.6-1.
#[test]
fn a_character_may_be_cut_by_fragments_without_payload() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, TEXT, b"\xE2")).unwrap();
        for payload in [&b""[..], b"\x82", b""] {
            endpoint.receive(&wire::to(role, CONTINUATION, payload)).unwrap();
        }
        endpoint.receive(&wire::to(role, FIN | CONTINUATION, b"\xAC")).unwrap();
        assert_eq!(endpoint.received, [Received::text("\u{20AC}")]);
    }
}

// Shows 6455-8.1-1.
#[test]
fn text_that_ends_inside_a_character_fails_the_connection() {
    for role in ROLES {
        for text in CUT {
            assert_fails(role, &wire::to(role, FIN | TEXT, text), ProtocolError::InvalidUtf8, 1007);
        }
    }
}

#[test]
fn text_whose_last_character_an_empty_fragment_cuts_fails_the_connection() {
    for role in ROLES {
        for text in CUT {
            let frames =
                [wire::to(role, TEXT, text), wire::to(role, FIN | CONTINUATION, b"")].concat();
            assert_fails(role, &frames, ProtocolError::InvalidUtf8, 1007);
        }
    }
}

#[test]
fn every_valid_text_is_received_wherever_fragments_and_reads_cut_it() {
    for role in ROLES {
        for cut in 0..=VALID.len() {
            let (head, tail) = VALID.as_bytes().split_at(cut);
            let frames =
                [wire::to(role, TEXT, head), wire::to(role, FIN | CONTINUATION, tail)].concat();
            for read_len in [1, 2, 3, 5, 1000] {
                let mut endpoint = Endpoint::new(role);
                endpoint.receive_in(&frames, &[read_len]).unwrap();
                assert_eq!(endpoint.received, [Received::text(VALID)]);
            }
        }
    }
}

// Shows own-frames-4.
#[test]
fn the_first_impossible_byte_fails_the_connection_inside_an_unfinished_frame() {
    for role in ROLES {
        for (text, bad) in INVALID {
            // Only the beginning of one long frame has arrived.
            let payload = [text, &[b'.'; 50]].concat();
            let frame = wire::to(role, FIN | TEXT, &payload);
            let header_len = frame.len() - payload.len();
            for read_len in [1, 1000] {
                let mut endpoint = Endpoint::new(role);
                let good = &frame[..header_len + bad];
                assert_eq!(endpoint.receive_in(good, &[read_len]), Ok(()), "{text:x?}");
                let error = endpoint.receive(&frame[header_len + bad..][..1]);
                assert_eq!(error, Err(ProtocolError::InvalidUtf8), "{text:x?}");
            }
        }
    }
}

// Shows own-frames-4.
#[test]
fn the_first_impossible_byte_fails_the_connection_across_fragments() {
    for role in ROLES {
        for (text, bad) in INVALID {
            let mut endpoint = Endpoint::new(role);
            for index in 0..bad {
                let first = if index == 0 { TEXT } else { CONTINUATION };
                endpoint.receive(&wire::to(role, first, &text[index..=index])).unwrap();
            }
            let first = if bad == 0 { TEXT } else { CONTINUATION };
            let error = endpoint.receive(&wire::to(role, first, &text[bad..=bad]));
            assert_eq!(error, Err(ProtocolError::InvalidUtf8), "{text:x?}");
        }
    }
}

#[test]
fn control_frames_inside_a_character_do_not_disturb_it() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let frames = [
            wire::to(role, TEXT, b"\xE2"),
            wire::to(role, FIN | PING, b"\xFF"),
            wire::to(role, CONTINUATION, b"\x82"),
            wire::to(role, FIN | PING, b""),
            wire::to(role, FIN | CONTINUATION, b"\xAC"),
        ];
        endpoint.receive(&frames.concat()).unwrap();
        assert_eq!(endpoint.received.last(), Some(&Received::text("\u{20AC}")));
    }
}

#[test]
fn a_chunk_ends_at_most_inside_a_character() {
    let mut frame = wire::to(Role::Client, FIN | TEXT, "a\u{20AC}b".as_bytes());
    let (head, tail) = frame.split_at_mut(2 + 2);
    let mut client = Endpoint::new(Role::Client);
    for (mut input, expected) in [(head, &b"a\xE2"[..]), (tail, b"\x82\xACb")] {
        let Ok(Some(Event::Chunk(chunk))) = client.connection.receiver.receive(&mut input) else {
            panic!("a part of the message");
        };
        assert_eq!(chunk.payload, expected);
    }
}

// Shows 6455-6.2-5.
#[test]
fn a_message_begins_with_a_character_whatever_came_before() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        // The incomplete character belongs to a binary message, where it does not count.
        endpoint.receive(&wire::to(role, FIN | BINARY, b"\xE2\x82")).unwrap();
        endpoint.receive(&wire::to(role, FIN | TEXT, b"text")).unwrap();
        let error = endpoint.receive(&wire::to(role, FIN | TEXT, b"\xAC"));
        assert_eq!(error, Err(ProtocolError::InvalidUtf8));
    }
}
