//! Headers that are encoded and parsed, and frames that are decoded from a stream.

use proptest::collection::vec;
use proptest::prelude::*;
use sansocket::frame::{Decoder, FrameError, FrameHeader, MaskKey, OpCode, Piece};
use sansocket::{Parsed, Role};

use crate::session::{read_lens, session};
use crate::wire::{self, Length, Sent};

/// The first byte of a frame other than a control frame.
fn first_byte() -> impl Strategy<Value = u8> {
    (any::<u8>(), 0..3_u8).prop_map(|(bits, opcode)| bits & 0xF0 | opcode)
}

/// Lengths of all magnitudes.
fn payload_len() -> impl Strategy<Value = u64> {
    (any::<u64>(), 1..64_u32).prop_map(|(len, shift)| len >> shift)
}

proptest! {
    #[test]
    fn a_header_is_parsed_as_it_was_written_and_encoded_as_it_was_parsed(
        first in first_byte(),
        len in payload_len(),
        key in any::<Option<[u8; 4]>>(),
        behind in vec(any::<u8>(), 0..20),
    ) {
        let bytes = wire::header(first, Length::of(len), key);
        let input = [&bytes[..], &behind].concat();
        let Ok(Parsed::Complete { value: header, consumed }) = FrameHeader::parse(&input) else {
            panic!("{bytes:x?} is a header");
        };
        prop_assert_eq!(consumed, bytes.len());
        prop_assert_eq!(header.fin, first & 0x80 != 0);
        prop_assert_eq!(header.rsv.rsv1(), first & 0x40 != 0);
        prop_assert_eq!(header.rsv.rsv2(), first & 0x20 != 0);
        prop_assert_eq!(header.rsv.rsv3(), first & 0x10 != 0);
        prop_assert_eq!(Some(header.opcode), OpCode::from_bits(first & 0x0F));
        prop_assert_eq!(header.payload_len, len);
        prop_assert_eq!(header.mask, key.map(MaskKey));
        prop_assert_eq!(&*header.encode(), &bytes[..]);
    }

    #[test]
    fn any_header_that_is_parsed_encodes_to_the_same_bytes(bytes in vec(any::<u8>(), 0..20)) {
        match FrameHeader::parse(&bytes) {
            Ok(Parsed::Complete { value, consumed }) => {
                prop_assert_eq!(&*value.encode(), &bytes[..consumed]);
            }
            Ok(Parsed::Partial { needed }) => {
                // The number of missing bytes does not include the payload.
                prop_assert!(needed > 0);
                let more = [&bytes[..], &vec![0x7F; needed]].concat();
                if let Ok(Parsed::Complete { consumed, .. }) = FrameHeader::parse(&more) {
                    prop_assert_eq!(consumed, more.len());
                }
            }
            Err(error) => {
                // More bytes do not help.
                let more = [&bytes[..], &[0; 14]].concat();
                prop_assert_eq!(FrameHeader::parse(&more), Err(error));
            }
        }
    }

    #[test]
    fn frames_are_cut_out_of_a_stream_however_it_is_chunked(
        session in session(),
        is_masked in any::<bool>(),
        read_lens in read_lens(),
    ) {
        let bytes = session.bytes(if is_masked { Role::Server } else { Role::Client });
        prop_assert_eq!(decode(&bytes, &read_lens), Ok(wire::frames(&bytes)));
    }
}

/// The frames of a stream, through a decoder, in reads of these lengths.
fn decode(bytes: &[u8], read_lens: &[usize]) -> Result<Vec<Sent>, FrameError> {
    let mut frames: Vec<Sent> = Vec::new();
    let mut decoder = Decoder::default();
    let mut rest = bytes.to_vec();
    let mut rest = &mut rest[..];
    for &len in read_lens.iter().cycle() {
        let (read, unread) = rest.split_at_mut(len.min(rest.len()));
        let mut input = read;
        while let Some(piece) = decoder.decode(&mut input)? {
            match piece {
                Piece::Header(header) => {
                    assert_eq!(decoder.payload_remaining(), Some(header.payload_len));
                    let first = header.encode()[0];
                    let key = header.mask.map(|MaskKey(key)| key);
                    frames.push(Sent { first, key, payload: Vec::new() });
                }
                Piece::Payload { bytes, is_last } => {
                    frames.last_mut().expect("a header").payload.extend_from_slice(bytes);
                    assert_eq!(decoder.payload_remaining().is_none(), is_last);
                    assert_eq!(decoder.is_between_frames(), is_last);
                }
            }
        }
        assert!(input.is_empty());
        rest = unread;
        if rest.is_empty() {
            break;
        }
    }
    assert!(decoder.is_between_frames());
    Ok(frames)
}
