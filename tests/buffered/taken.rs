//! Storage that is taken out of a buffer for a read or a write, and put back.

use sansocket::buffered::{Progress, ReadBuffer, WriteBuffer};
use sansocket::connection::Connection;
use sansocket::{Limits, Message, Role};

use crate::wire::{self, BINARY, FIN};

/// Reads like a kernel: into storage that it owns meanwhile.
fn read(buffer: &mut ReadBuffer, wire: &mut &[u8], meanwhile: impl FnOnce(&mut ReadBuffer)) {
    let (mut storage, start) = buffer.take_storage();
    meanwhile(buffer);
    let room = &mut storage[start..];
    let count = room.len().min(wire.len());
    room[..count].copy_from_slice(&wire[..count]);
    *wire = &wire[count..];
    buffer.restore_storage(storage);
    buffer.filled(count);
}

#[test]
fn a_large_message_lands_in_place_read_by_read() {
    let payload: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let frame = wire::to(Role::Server, FIN | BINARY, &payload);
    let mut wire = &frame[..];
    let Connection { mut receiver, .. } = Connection::server(&Limits::default());
    let mut buffer = ReadBuffer::default();
    while buffer.advance(&mut receiver, |_| {}).unwrap() == Progress::NeedInput {
        assert!(!wire.is_empty());
        read(&mut buffer, &mut wire, |buffer| {
            // In the meantime there is no input, whatever is called, and afterwards nothing is
            // lost.
            assert!(buffer.is_lent() && !buffer.is_detached());
            let progress = buffer.advance(&mut receiver, |_| {});
            assert_eq!(progress.unwrap(), Progress::NeedInput);
            assert_eq!(buffer.detach(), None);
            buffer.attach(vec![0; 64 << 10]);
            buffer.release();
            assert_eq!(buffer.take_storage().0, []);
        });
    }
    assert!(!buffer.is_lent());
    assert_eq!(buffer.message().unwrap(), Message::Binary(&payload));
}

#[test]
fn unread_input_waits_for_the_storage() {
    let frame = wire::to(Role::Server, FIN | BINARY, b"Hello");
    let Connection { mut receiver, .. } = Connection::server(&Limits::default());
    let mut buffer = ReadBuffer::from(frame[..4].to_vec());
    read(&mut buffer, &mut &frame[4..], |buffer| {
        assert_eq!(buffer.advance(&mut receiver, |_| {}).unwrap(), Progress::NeedInput);
        let chunk = buffer.advance_chunk(&mut receiver, |_| {});
        assert_eq!(chunk.unwrap(), Progress::NeedInput);
    });
    assert_eq!(buffer.advance(&mut receiver, |_| {}).unwrap(), Progress::Message);
    assert_eq!(buffer.message().unwrap(), Message::Binary(b"Hello"));
}

#[test]
fn shortened_storage_has_its_full_length_again() {
    let mut buffer = ReadBuffer::default();
    let (mut storage, start) = buffer.take_storage();
    let len = storage.len();
    storage[start] = b'x';
    storage.truncate(start + 1);
    buffer.restore_storage(storage);
    buffer.filled(1);
    assert_eq!(buffer.unread(), b"x");
    assert_eq!(buffer.unfilled().len(), len - 1);
}

#[test]
fn storage_is_put_back_only_where_it_was_taken() {
    let mut buffer = ReadBuffer::from(b"unread".to_vec());
    buffer.restore_storage(vec![1; 100]);
    assert_eq!(buffer.unread(), b"unread");
}

#[test]
fn a_queue_is_written_in_parts_while_it_is_taken() {
    let mut sender = Connection::server(&Limits::default()).sender;
    let mut buffer = WriteBuffer::default();
    buffer.send(&mut sender, "Hello").unwrap();
    let mut wire = Vec::new();
    while !buffer.unwritten().is_empty() {
        let (bytes, written) = buffer.take_storage();
        assert!(buffer.is_detached() && buffer.unwritten().is_empty());
        let count = 3.min(bytes.len() - written);
        wire.extend_from_slice(&bytes[written..][..count]);
        buffer.restore_storage(bytes, written + count);
    }
    assert_eq!(wire, b"\x81\x05Hello");
    // The queue can be used again.
    assert!(!buffer.is_detached());
    assert!(buffer.out().is_empty());
}
