//! RFC 7692 8 and RFC 6455 10.4: the limits count what is inflated.

use sansocket::connection::ProtocolError;
use sansocket::{Limits, deflate};

use crate::agreement::{ROLES, endpoint};
use crate::blocks::Blocks;
use crate::data::{json, random};
use crate::endpoint::Received;
use crate::reading::assert_receives;
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, RSV1};
use crate::zlib::Compressor;

const COMPRESSED: u8 = FIN | RSV1 | BINARY;

/// Checks that this data, which inflates to `message`, passes a limit of its length but no lower
/// one, in one frame and in fragments.
#[track_caller]
fn assert_limit(data: &[u8], message: &[u8]) {
    let len = u64::try_from(message.len()).unwrap();
    let mut fragments: Vec<_> = data
        .chunks(data.len().div_ceil(3))
        .map(|fragment| (CONTINUATION, fragment.to_vec()))
        .collect();
    fragments[0].0 = RSV1 | BINARY;
    fragments.push((FIN | CONTINUATION, Vec::new()));
    for frames in [vec![(COMPRESSED, data.to_vec())], fragments] {
        let deflate = deflate::Config::default();
        let passes = (vec![Received::Binary(message.to_vec())], None);
        for limit in [len, u64::MAX] {
            let config = Limits::default().max_message_len(limit);
            assert_receives(&config, &deflate, &frames, &passes);
        }
        let error = ProtocolError::MessageTooLong { len, limit: len - 1 };
        let config = Limits::default().max_message_len(len - 1);
        assert_receives(&config, &deflate, &frames, &(Vec::new(), Some(error)));
    }
}

// Shows 7692-8-1 (both), own-limits-2 (both).
#[test]
fn a_message_of_exactly_the_limit_passes_and_one_byte_more_is_1009() {
    // From 4 to 64 KiB are inflated at a time.
    for len in [1, 100, 4095, 4096, 4097, 8192, 8193, 65_535, 65_536, 65_537] {
        let text = json(len).into_bytes();
        assert_limit(&Compressor::new(6, 15, false).message(&text), &text);
        let zeros = vec![0; len];
        assert_limit(&Compressor::new(9, 15, false).message(&zeros), &zeros);
    }
}

#[test]
fn the_limit_may_be_zero() {
    let config = Limits::default().max_message_len(0);
    let deflate = deflate::Config::default();
    let empty = (vec![Received::Binary(Vec::new())], None);
    assert_receives(&config, &deflate, &[(COMPRESSED, vec![0x00])], &empty);
    let error = ProtocolError::MessageTooLong { len: 1, limit: 0 };
    let data = Blocks::default().stored(b"x").message();
    assert_receives(&config, &deflate, &[(COMPRESSED, data)], &(Vec::new(), Some(error)));
}

#[test]
fn stored_blocks_may_be_longer_than_the_limit_by_their_headers() {
    for (len, block_len) in [(100, 1), (1000, 10), (17_000, 1000), (4000, 4000)] {
        let message = random(len, 1);
        let blocks = message.chunks(block_len).fold(Blocks::default(), Blocks::stored);
        let data = blocks.message();
        assert!(data.len() > len);
        assert_limit(&data, &message);
    }
}

#[test]
fn data_may_not_be_longer_than_any_message_within_the_limit_needs() {
    let deflate = deflate::Config::default();
    let limit = 1000;
    let config = Limits::default().max_message_len(limit);
    let (most, len) = (2 * limit + 1024, 2 * limit + 1029);
    let blocks = (0..len / 5).fold(Blocks::default(), |blocks, _| blocks.stored(&[]));
    let frames = [(COMPRESSED, blocks.message())];
    let error = ProtocolError::MessageTooLong { len: len / 5 * 5 + 1, limit: most };
    assert_receives(&config, &deflate, &frames, &(Vec::new(), Some(error)));
    assert_eq!(u16::from(error.close_code()), 1009);

    let config = Limits::default().max_frame_len(limit);
    let error = ProtocolError::FrameTooLong { len: len / 5 * 5 + 1, limit: most };
    assert_receives(&config, &deflate, &frames, &(Vec::new(), Some(error)));
}

#[test]
fn a_compressed_frame_may_declare_what_the_limit_of_the_message_allows() {
    let limit: u64 = 64 << 20;
    let most = 2 * limit + 1024;
    let config = Limits::default().max_message_len(limit);
    for role in ROLES {
        for (len, expected) in [
            (most, Ok(())),
            (most + 1, Err(ProtocolError::MessageTooLong { len: most + 1, limit: most })),
        ] {
            let header = wire::header(COMPRESSED, wire::Length::of(len), wire::key_to(role));
            let mut end = endpoint(role, &config, &deflate::Config::default());
            assert_eq!(end.receive(&header), expected);
        }
    }
}

#[test]
fn each_message_has_the_limit_for_itself() {
    let message = json(1000).into_bytes();
    let mut zlib = Compressor::new(6, 15, false);
    let frames: Vec<_> = (0..3).map(|_| (COMPRESSED, zlib.message(&message))).collect();
    let expected = vec![Received::Binary(message); 3];
    let config = Limits::default().max_message_len(1000);
    assert_receives(&config, &deflate::Config::default(), &frames, &(expected, None));
}

// Shows 7692-8-1.
#[test]
fn a_message_that_is_too_long_is_answered_with_1009() {
    for role in ROLES {
        let config = Limits::default().max_message_len(99_999);
        let mut end = endpoint(role, &config, &deflate::Config::default());
        let data = Compressor::new(9, 15, false).message(&[0; 100_000]);
        let error = ProtocolError::MessageTooLong { len: 100_000, limit: 99_999 };
        assert_eq!(end.receive(&wire::to(role, COMPRESSED, &data)), Err(error));
        let close = wire::frames(&end.out).pop().unwrap();
        assert_eq!(close.first, FIN | CLOSE);
        assert_eq!(close.payload[..2], 1009_u16.to_be_bytes());
    }
}
