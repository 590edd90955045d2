//! All ways to read, which must give the same messages.

use sansocket::buffered::{Progress, ReadBuffer};
use sansocket::connection::{ProtocolError, Receiver};
use sansocket::{Limits, Message, MessageKind, Role, deflate};

use crate::agreement::{ROLES, endpoint};
use crate::endpoint::Received;
use crate::wire;

/// The messages that were read, and the error at the end.
pub(crate) type Outcome = (Vec<Received>, Option<ProtocolError>);

/// Reads with `read`, which is given each read of the transport, up to an error.
fn read_all(
    bytes: &[u8],
    read_len: usize,
    mut read: impl FnMut(&[u8]) -> Result<(), ProtocolError>,
) -> Option<ProtocolError> {
    bytes.chunks(read_len).find_map(|bytes| read(bytes).err())
}

fn fill(buffer: &mut ReadBuffer, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let room = buffer.unfilled();
        let (front, rest) = bytes.split_at(bytes.len().min(room.len()));
        room[..front.len()].copy_from_slice(front);
        buffer.filled(front.len());
        bytes = rest;
    }
}

/// Reads whole messages out of a buffer.
pub(crate) fn read_messages(
    receiver: &mut Receiver,
    bytes: &[u8],
    read_len: usize,
    received: &mut Vec<Received>,
) -> Option<ProtocolError> {
    let mut buffer = ReadBuffer::default();
    read_all(bytes, read_len, |bytes| {
        fill(&mut buffer, bytes);
        while buffer.advance(receiver, |_| {})? == Progress::Message {
            received.push(match buffer.message()? {
                Message::Text(text) => Received::text(text),
                Message::Binary(data) => Received::Binary(data.to_vec()),
            });
        }
        Ok(())
    })
}

/// Reads chunks of messages out of a buffer, and puts them together.
pub(crate) fn read_chunks(
    receiver: &mut Receiver,
    bytes: &[u8],
    read_len: usize,
    received: &mut Vec<Received>,
) -> Option<ProtocolError> {
    let mut buffer = ReadBuffer::default();
    let mut message: Option<Vec<u8>> = None;
    read_all(bytes, read_len, |bytes| {
        fill(&mut buffer, bytes);
        while buffer.advance_chunk(receiver, |_| {})? == Progress::Message {
            let chunk = buffer.chunk();
            assert_eq!(chunk.is_first, message.is_none());
            let payload = message.get_or_insert_default();
            payload.extend_from_slice(chunk.payload);
            if chunk.is_last {
                let payload = message.take().unwrap();
                received.push(match chunk.kind {
                    MessageKind::Text => Received::Text(String::from_utf8(payload).unwrap()),
                    MessageKind::Binary => Received::Binary(payload),
                });
            }
        }
        Ok(())
    })
}

/// Reads the input of an endpoint with this role in every way, with reads of several lengths.
#[track_caller]
pub(crate) fn assert_reads(
    role: Role,
    config: &Limits,
    deflate: &deflate::Config,
    bytes: &[u8],
    expected: &Outcome,
) {
    for read_len in [1, 2, 7, 4096, usize::MAX] {
        let mut end = endpoint(role, config, deflate);
        let error = read_all(bytes, read_len, |bytes| end.receive(bytes));
        let is_message =
            |received: &Received| matches!(received, Received::Text(_) | Received::Binary(_));
        let mut received = end.received;
        received.retain(is_message);
        assert!(
            (received, error) == *expected,
            "events of {role:?}, reads of {read_len}: {error:?}"
        );

        let mut receiver = endpoint(role, config, deflate).connection.receiver;
        let mut received = Vec::new();
        let error = read_messages(&mut receiver, bytes, read_len, &mut received);
        assert!(
            (received, error) == *expected,
            "messages of {role:?}, reads of {read_len}: {error:?}"
        );

        let mut receiver = endpoint(role, config, deflate).connection.receiver;
        let mut received = Vec::new();
        let error = read_chunks(&mut receiver, bytes, read_len, &mut received);
        assert!(
            (received, error) == *expected,
            "chunks of {role:?}, reads of {read_len}: {error:?}"
        );
    }
}

/// The same with frames as bytes of first byte and payload, to both roles.
#[track_caller]
pub(crate) fn assert_receives(
    config: &Limits,
    deflate: &deflate::Config,
    frames: &[(u8, Vec<u8>)],
    expected: &Outcome,
) {
    for role in ROLES {
        let bytes: Vec<u8> =
            frames.iter().flat_map(|(first, payload)| wire::to(role, *first, payload)).collect();
        assert_reads(role, config, deflate, &bytes, expected);
    }
}
