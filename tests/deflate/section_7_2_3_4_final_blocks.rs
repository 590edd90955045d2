//! RFC 7692 7.2.3.4: blocks marked as final are received, however many there are, and however they
//! are split.

use sansocket::connection::ProtocolError;
use sansocket::{Limits, Role, deflate};

use crate::agreement::{ROLES, endpoint, other, with_window_of};
use crate::blocks::Blocks;
use crate::data::random;
use crate::endpoint::Received;
use crate::naive::NaiveInflater;
use crate::reading::Outcome;
use crate::wire::{self, BINARY, CONTINUATION, FIN, RSV1};
use crate::zlib::Compressor;

fn blocks() -> Blocks {
    Blocks::default()
}

/// How messages are split.
#[derive(Clone, Copy, Debug)]
enum Pieces {
    AllInOneRead,
    Messages,
    Bytes,
    /// Each message in two reads, or fragments of one read, cut at one byte after another.
    TwoReads,
    TwoFragments,
    /// Fragments of one byte, all of a message in one read.
    Fragments,
}

const ALL_PIECES: [Pieces; 6] = [
    Pieces::AllInOneRead,
    Pieces::Messages,
    Pieces::Bytes,
    Pieces::TwoReads,
    Pieces::TwoFragments,
    Pieces::Fragments,
];

fn fragments(role: Role, fragments: &[&[u8]]) -> Vec<u8> {
    let last = fragments.len() - 1;
    let frames = fragments.iter().enumerate().flat_map(|(index, fragment)| {
        let opcode = if index == 0 { RSV1 | BINARY } else { CONTINUATION };
        wire::to(role, if index == last { FIN | opcode } else { opcode }, fragment)
    });
    frames.collect()
}

impl Pieces {
    /// The reads of all messages.
    fn reads(self, role: Role, messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let whole = |message: &Vec<u8>| fragments(role, &[message]);
        let numbered = messages.iter().enumerate();
        match self {
            Self::AllInOneRead => vec![messages.iter().flat_map(whole).collect()],
            Self::Messages => messages.iter().map(whole).collect(),
            Self::Bytes => messages.iter().flat_map(whole).map(|byte| vec![byte]).collect(),
            Self::TwoReads => numbered
                .flat_map(|(number, message)| {
                    let mut front = whole(message);
                    let back = front.split_off(number % front.len());
                    [front, back]
                })
                .collect(),
            Self::TwoFragments => numbered
                .map(|(number, message)| {
                    let (front, back) = message.split_at(number % message.len());
                    fragments(role, &[front, back])
                })
                .collect(),
            Self::Fragments => messages
                .iter()
                .map(|message| fragments(role, &message.chunks(1).collect::<Vec<_>>()))
                .collect(),
        }
    }
}

/// Checks that these messages, after one that fills the window, are received as RFC 1951 says,
/// however they are split. Returns the error at the end.
#[track_caller]
fn assert_naive(role: Role, bits: u8, messages: &[Vec<u8>]) -> Option<ProtocolError> {
    let filling = Compressor::new(1, 15, false).message(&random(40_000, 1));
    let mut naive = NaiveInflater::new(bits, false);
    naive.message(&filling).unwrap();
    let mut expected: Outcome = (Vec::new(), None);
    for message in messages {
        match naive.message(message) {
            Ok(message) => expected.0.push(Received::Binary(message)),
            Err(_) => {
                expected.1 = Some(ProtocolError::InvalidDeflate);
                break;
            }
        }
    }
    let deflate = with_window_of(other(role), bits, 15);
    for pieces in ALL_PIECES {
        let mut end = endpoint(role, &Limits::default(), &deflate);
        end.receive(&fragments(role, &[&filling])).unwrap();
        end.received.clear();
        let error = pieces.reads(role, messages).iter().find_map(|bytes| end.receive(bytes).err());
        end.received.retain(|received| matches!(received, Received::Binary(_)));
        let count = end.received.len();
        assert!(
            (end.received, error) == expected,
            "{count} messages of {role:?}, {bits} bits, {pieces:?}: {error:?}"
        );
    }
    expected.1
}

// Shows 7692-7.2.2-3 (both).
#[test]
fn section_7_2_3_4_peers_may_end_every_message_with_a_final_block() {
    for (role, bits) in [(Role::Client, 15), (Role::Server, 15), (Role::Server, 12)] {
        let window_len = 1 << bits;
        let last_words = [
            blocks().fixed(true).end_of_block().align(),
            blocks().fixed(true).literals(b"x").end_of_block().align(),
            blocks().fixed(true).literals(b"tick").copy(3, 4).end_of_block().align(),
            // A stream of two blocks.
            blocks().stored(b"tick").fixed(true).copy(3, 4).end_of_block().align(),
            // Messages long enough to be cut in the middle.
            blocks().fixed(true).literals(b"twenty bytes of text").end_of_block().align(),
            // Messages that refer to earlier data, as far back as allowed.
            blocks().fixed(true).copy(3, window_len).end_of_block().align(),
            blocks()
                .fixed(true)
                .copy(3, 7)
                .end_of_block()
                .align()
                .fixed(false)
                .literals(b"x")
                .copy(3, 4)
                .end_of_block(),
        ];
        for last_words in last_words {
            let messages = vec![last_words.message(); 5000];
            assert_eq!(assert_naive(role, bits, &messages), None);
        }
    }
}

/// Blocks of two bytes that are marked as final.
fn finals(count: usize) -> Vec<u8> {
    (0..count).fold(blocks(), |blocks, _| blocks.fixed(true).end_of_block().align()).message()
}

// Shows 7692-7.2.2-3 (both).
#[test]
fn a_message_may_have_as_many_final_blocks_as_fit() {
    for role in ROLES {
        let refer = (0..5000)
            .fold(blocks(), |blocks, _| blocks.fixed(true).copy(3, 1 << 15).end_of_block().align());
        let messages = [finals(1), finals(10_000), refer.message(), finals(1)];
        assert_eq!(assert_naive(role, 15, &messages), None);
    }
}

// Shows 7692-7.2.2-3 (both), 7692-7.2.2-4.
#[test]
fn references_beyond_a_small_window_are_found_after_many_short_messages() {
    for bits in [8, 11, 14] {
        let window_len = 1 << bits;
        let refer = |distance| blocks().fixed(false).copy(3, distance).end_of_block().message();
        let is_final =
            |distance| blocks().fixed(true).copy(3, distance).end_of_block().align().message();
        for role in ROLES {
            for short in [refer(window_len), is_final(window_len), finals(1)] {
                for beyond in [refer(window_len + 1), is_final(window_len + 1)] {
                    let messages = [vec![short.clone(); 1500], vec![beyond]].concat();
                    let error = assert_naive(role, bits, &messages);
                    assert_eq!(error, Some(ProtocolError::InvalidDeflate));
                }
            }
        }
    }
}

// Shows 7692-7.2.2-4.
#[test]
fn a_fault_after_thousands_of_final_blocks_is_1007_at_its_message() {
    for role in ROLES {
        let good = blocks().fixed(true).copy(3, 1 << 15).end_of_block().align();
        let wrong = [
            good.clone().reserved().message(),
            good.clone().fixed(false).literals(b"x").copy_from_invalid_distance().message(),
            blocks().fixed(true).literals(b"x").end_of_block().bytes(),
        ];
        for wrong in wrong {
            let messages = [vec![good.clone().message(); 2000], vec![wrong]].concat();
            let error = assert_naive(role, 15, &messages);
            assert_eq!(error, Some(ProtocolError::InvalidDeflate));
        }
    }
}

#[test]
fn a_window_that_the_library_does_not_have_survives_a_release() {
    let refer = blocks().fixed(true).copy(3, 1 << 15).end_of_block().align().message();
    for role in ROLES {
        let mut naive = NaiveInflater::new(15, false);
        let mut end = endpoint(role, &Limits::default(), &deflate::Config::default());
        let filling = Compressor::new(1, 15, false).message(&random(40_000, 1));
        for message in [&filling, &finals(1), &refer, &refer, &finals(2), &refer] {
            let expected = naive.message(message).unwrap();
            end.receive(&fragments(role, &[message])).unwrap();
            assert!(end.received.pop() == Some(Received::Binary(expected)));
            end.connection.receiver.release();
        }
    }
}
