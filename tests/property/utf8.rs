//! Text in fragments and reads is validated like text in one piece, and fails at the first
//! impossible byte (RFC 6455 8.1).

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sansocket::connection::{ProtocolError, SendError};
use sansocket::{Chunk, MessageKind, Role};

use crate::endpoint::{Endpoint, Received};
use crate::session::{read_lens, role};
use crate::wire::{self, CONTINUATION, FIN, TEXT};

/// Text, often with invalid bytes.
fn almost_text() -> impl Strategy<Value = Vec<u8>> {
    let bad = prop_oneof![
        vec(any::<u8>(), 0..3),
        (any::<char>(), any::<Index>(), 0..8_u8).prop_map(|(character, at, bit)| {
            let mut bytes = character.to_string().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            bytes
        }),
        (any::<char>(), any::<Index>()).prop_map(|(character, len)| {
            let mut bytes = character.to_string().into_bytes();
            bytes.truncate(len.index(bytes.len()));
            bytes
        }),
    ];
    let good = "[a-z\u{E4}\u{20AC}\u{1F44B}]{0,70}".prop_map(String::into_bytes);
    // As long as several blocks that are tested for ASCII at once.
    let ascii = vec(b'a'..=b'z', 0..1000);
    let piece = prop_oneof![5 => good, 1 => ascii, 1 => bad];
    vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// Returns the first byte that cannot continue UTF-8.
fn first_impossible_byte(text: &[u8]) -> Option<usize> {
    (0..text.len()).find(|&index| {
        core::str::from_utf8(&text[..=index]).is_err_and(|error| error.error_len().is_some())
    })
}

/// A text message in fragments that end at these places, and the places of its bytes on the wire.
fn fragments(role: Role, text: &[u8], cuts: &[Index]) -> (Vec<u8>, Vec<usize>) {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
    ends.sort_unstable();
    let (mut bytes, mut places) = (Vec::new(), Vec::new());
    let (mut start, mut opcode) = (0, TEXT);
    for end in ends {
        bytes.extend(wire::to(role, opcode, &text[start..end]));
        places.extend(bytes.len() - (end - start)..bytes.len());
        (start, opcode) = (end, CONTINUATION);
    }
    bytes.extend(wire::to(role, FIN | opcode, &text[start..]));
    places.extend(bytes.len() - (text.len() - start)..bytes.len());
    (bytes, places)
}

proptest! {
    #[test]
    fn text_in_any_pieces_is_validated_like_text_in_one_piece(
        role in role(),
        text in almost_text(),
        cuts in vec(any::<Index>(), 0..6),
        read_lens in read_lens(),
    ) {
        let (bytes, places) = fragments(role, &text, &cuts);
        let mut endpoint = Endpoint::new(role);
        let invalid = Err(ProtocolError::InvalidUtf8);
        if let Some(index) = first_impossible_byte(&text) {
            let bad = places[index];
            prop_assert_eq!(endpoint.receive_in(&bytes[..bad], &read_lens), Ok(()));
            prop_assert_eq!(endpoint.receive(&bytes[bad..=bad]), invalid);
        } else if let Ok(text) = core::str::from_utf8(&text) {
            prop_assert_eq!(endpoint.receive_in(&bytes, &read_lens), Ok(()));
            prop_assert_eq!(&endpoint.received, &[Received::text(text)]);
        } else {
            let end = bytes.len() - 1;
            prop_assert_eq!(endpoint.receive_in(&bytes[..end], &read_lens), Ok(()));
            prop_assert_eq!(endpoint.receive(&bytes[end..]), invalid);
        }
    }

    #[test]
    fn chunks_are_sent_exactly_if_they_can_begin_a_text(
        text in almost_text(),
        len in 1..10_usize,
    ) {
        let mut endpoint = Endpoint::new(Role::Server);
        let mut sent = Vec::new();
        for part in text.chunks(len) {
            let result = endpoint.send(|sender, out| {
                sender.send_chunk(Chunk::more(MessageKind::Text, part), out)
            });
            // A refused chunk is skipped, as if it had not been sent.
            let with_part = [&sent[..], part].concat();
            if first_impossible_byte(&with_part).is_some() {
                prop_assert_eq!(result, Err(SendError::InvalidUtf8));
            } else {
                prop_assert_eq!(result, Ok(()));
                sent = with_part;
            }
        }
        let result =
            endpoint.send(|sender, out| sender.send_chunk(Chunk::last(MessageKind::Text, b""), out));
        prop_assert_eq!(result.is_ok(), core::str::from_utf8(&sent).is_ok());
    }
}
