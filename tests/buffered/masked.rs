//! A message stays masked until it is fetched, and nobody can tell.

use sansocket::buffered::Progress;
use sansocket::{Limits, Message, OwnedMessage};

use crate::peer::Server;
use crate::wire::{self, BINARY, CONTINUATION, FIN, KEY};

/// Long enough to stay masked.
const LEN: usize = 3000;

fn payload() -> Vec<u8> {
    (0..=250).cycle().take(LEN).collect()
}

#[test]
fn a_copy_of_a_message_equals_the_message_whenever_it_is_made() {
    let (bytes, payload) = (wire::frame(FIN | BINARY, &payload(), Some(KEY)), payload());
    for is_copied_first in [true, false] {
        for read_len in [1, 100, LEN + 5, usize::MAX] {
            let mut server = Server::new(&Limits::default());
            let mut rest = &bytes[..];
            while server.advance() == Ok(Progress::NeedInput) {
                server.read(&mut rest, read_len);
            }
            let copy = is_copied_first.then(|| server.buffer.owned_message());
            assert_eq!(server.buffer.message(), Ok(Message::Binary(&payload)));
            let copy = copy.unwrap_or_else(|| server.buffer.owned_message());
            assert_eq!(copy, Ok(OwnedMessage::Binary(payload.clone())));
        }
    }
}

#[test]
fn a_fragment_after_a_header_at_the_end_of_a_read_has_its_own_key() {
    let payload = payload();
    let (first, last) = payload.split_at(LEN / 2);
    for key in [KEY, [1, 2, 3, 4], [0; 4]] {
        let mut bytes = wire::frame(BINARY, first, Some(KEY));
        bytes.extend(wire::frame(FIN | CONTINUATION, last, Some(key)));
        // The second fragment is read to where the first one ends.
        let at = bytes.len() - last.len();
        let (mut read, mut next) = bytes.split_at(at);
        let mut server = Server::new(&Limits::default());
        server.read(&mut read, at);
        assert_eq!(server.advance(), Ok(Progress::NeedInput));
        server.read(&mut next, usize::MAX);
        assert_eq!(server.advance(), Ok(Progress::Message));
        assert_eq!(server.buffer.owned_message(), Ok(OwnedMessage::from(&payload[..])));
        assert_eq!(server.buffer.message(), Ok(Message::Binary(&payload)));
    }
}

#[test]
fn a_chunk_is_unmasked_where_a_message_is_gathered_no_further() {
    let (bytes, payload) = (wire::frame(FIN | BINARY, &payload(), Some(KEY)), payload());
    let mut server = Server::new(&Limits::default());
    let mut rest = &bytes[..];
    server.read(&mut rest, LEN / 2);
    assert_eq!(server.advance(), Ok(Progress::NeedInput));
    assert_eq!(server.advance_chunk(), Ok(Progress::Message));
    let start = server.buffer.chunk().payload.to_vec();
    assert_eq!(server.buffer.chunk().payload, start);
    server.read(&mut rest, usize::MAX);
    assert_eq!(server.advance_chunk(), Ok(Progress::Message));
    assert_eq!([&start, server.buffer.chunk().payload].concat(), payload);
}

#[test]
fn what_is_gathered_stays_masked_while_the_storage_is_lent() {
    let (bytes, payload) = (wire::frame(FIN | BINARY, &payload(), Some(KEY)), payload());
    let (first, last) = bytes.split_at(LEN / 2);
    let mut server = Server::new(&Limits::default());
    server.read(&mut &first[..], usize::MAX);
    assert_eq!(server.advance(), Ok(Progress::NeedInput));
    let (mut storage, start) = server.buffer.take_storage();
    assert_eq!(server.buffer.message(), Ok(Message::Binary(&[])));
    storage[start..][..last.len()].copy_from_slice(last);
    server.buffer.restore_storage(storage);
    server.buffer.filled(last.len());
    assert_eq!(server.advance(), Ok(Progress::Message));
    assert_eq!(server.buffer.message(), Ok(Message::Binary(&payload)));
}

#[test]
fn a_message_that_was_not_fetched_leaves_later_input_alone() {
    let (bytes, payload) = (wire::frame(FIN | BINARY, &payload(), Some(KEY)), payload());
    let mut server = Server::new(&Limits::default());
    server.read(&mut &bytes[..], usize::MAX);
    assert_eq!(server.advance(), Ok(Progress::Message));
    server.read(&mut &bytes[..], usize::MAX);
    // The message is gone; what was read over it is not one yet.
    assert_eq!(server.buffer.message(), Ok(Message::Binary(&[])));
    assert_eq!(server.advance(), Ok(Progress::Message));
    assert_eq!(server.buffer.message(), Ok(Message::Binary(&payload)));
}
