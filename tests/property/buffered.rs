//! Whole messages, gathered in a buffer, are the messages that a receiver finds in chunks.

use proptest::prelude::*;
use sansocket::Role;
use sansocket::buffered::{Progress, ReadBuffer};
use sansocket::connection::{Connection, ProtocolError};

use crate::endpoint::{Endpoint, Received};
use crate::session::{garbage, read_lens, role};

/// Fills the buffer with the next bytes of `rest`, at most `len` of them.
fn read(buffer: &mut ReadBuffer, rest: &mut &[u8], len: usize) {
    let unfilled = buffer.unfilled();
    let (read, unread) = rest.split_at(len.min(rest.len()).min(unfilled.len()));
    unfilled[..read.len()].copy_from_slice(read);
    buffer.filled(read.len());
    *rest = unread;
}

/// Receives messages in chunks, and joins them.
fn receive_chunks(
    connection: &mut Connection,
    out: &mut Vec<u8>,
    mut bytes: &[u8],
    read_lens: &[usize],
) -> (Vec<Vec<u8>>, Result<(), ProtocolError>) {
    let Connection { receiver, sender } = connection;
    let mut buffer = ReadBuffer::default();
    let (mut messages, mut message) = (Vec::new(), None);
    for &len in read_lens.iter().cycle() {
        read(&mut buffer, &mut bytes, len);
        loop {
            match buffer.advance_chunk(receiver, |reply| sender.reply(reply, out)) {
                Ok(Progress::Message) => {
                    let chunk = buffer.chunk();
                    assert_eq!(chunk.is_first, message.is_none());
                    let payload: &mut Vec<u8> = message.get_or_insert_default();
                    payload.extend_from_slice(chunk.payload);
                    if chunk.is_last {
                        messages.extend(message.take());
                    }
                }
                Ok(Progress::NeedInput | Progress::Closed) => break,
                Err(error) => {
                    sender.fail(&error, out);
                    return (messages, Err(error));
                }
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    (messages, Ok(()))
}

fn is_message(received: &Received) -> bool {
    matches!(received, Received::Text(_) | Received::Binary(_))
}

fn role_and_garbage() -> impl Strategy<Value = (Role, Vec<u8>)> {
    role().prop_flat_map(|role| (Just(role), garbage(role)))
}

proptest! {
    #[test]
    fn whole_messages_equal_those_of_a_receiver(
        (role, bytes) in role_and_garbage(),
        read_lens in read_lens(),
    ) {
        let mut expected = Endpoint::new(role);
        let result = expected.receive(&bytes);
        expected.received.retain(is_message);

        let mut buffered = Endpoint::new(role);
        prop_assert_eq!(buffered.receive_buffered_in(&bytes, &read_lens), result);
        prop_assert_eq!(&buffered.received, &expected.received);
        prop_assert_eq!(&buffered.out, &expected.out);
        let connection = &buffered.connection;
        prop_assert_eq!(connection.close_info(), expected.connection.close_info());
    }

    #[test]
    fn messages_in_chunks_equal_those_of_a_receiver(
        (role, bytes) in role_and_garbage(),
        read_lens in read_lens(),
    ) {
        let mut expected = Endpoint::new(role);
        let result = expected.receive(&bytes);
        let messages = expected.received.into_iter().filter_map(|received| match received {
            Received::Text(text) => Some(text.into_bytes()),
            Received::Binary(data) => Some(data),
            _ => None,
        });
        let messages: Vec<Vec<u8>> = messages.collect();

        let Endpoint { mut connection, mut out, .. } = Endpoint::new(role);
        let received = receive_chunks(&mut connection, &mut out, &bytes, &read_lens);
        prop_assert_eq!(received, (messages, result));
        prop_assert_eq!(out, expected.out);
    }
}
