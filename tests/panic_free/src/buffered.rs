use alloc::vec::Vec;

use sansocket::buffered::{Progress, ReadBuffer, WriteBuffer};
use sansocket::connection::{ChunkMut, ProtocolError, Receiver, SendError, Sender};
use sansocket::{Chunk, Message, OwnedMessage};

#[unsafe(no_mangle)]
fn read_buffer_advance(
    buffer: &mut ReadBuffer,
    receiver: &mut Receiver,
    sender: &mut Sender,
    out: &mut Vec<u8>,
) -> Result<Progress, ProtocolError> {
    buffer.advance(receiver, |reply| sender.reply(reply, out))
}

#[unsafe(no_mangle)]
fn read_buffer_advance_chunk(
    buffer: &mut ReadBuffer,
    receiver: &mut Receiver,
    sender: &mut Sender,
    out: &mut Vec<u8>,
) -> Result<Progress, ProtocolError> {
    buffer.advance_chunk(receiver, |reply| sender.reply(reply, out))
}

#[unsafe(no_mangle)]
fn read_buffer_message(buffer: &mut ReadBuffer) -> Result<Message<'_>, ProtocolError> {
    buffer.message()
}

#[unsafe(no_mangle)]
fn read_buffer_owned_message(buffer: &mut ReadBuffer) -> Result<OwnedMessage, ProtocolError> {
    buffer.owned_message()
}

#[unsafe(no_mangle)]
fn read_buffer_chunk(buffer: &mut ReadBuffer) -> Chunk<'_> {
    buffer.chunk()
}

#[unsafe(no_mangle)]
fn read_buffer_chunk_mut(buffer: &mut ReadBuffer) -> ChunkMut<'_> {
    buffer.chunk_mut()
}

#[unsafe(no_mangle)]
fn read_buffer_unfilled(buffer: &mut ReadBuffer) -> &mut [u8] {
    buffer.unfilled()
}

#[unsafe(no_mangle)]
fn read_buffer_filled(buffer: &mut ReadBuffer, count: usize) {
    buffer.filled(count);
}

#[unsafe(no_mangle)]
fn read_buffer_unread(buffer: &mut ReadBuffer, count: usize) -> &[u8] {
    buffer.consume(count);
    buffer.unread()
}

#[unsafe(no_mangle)]
fn read_buffer_lend(buffer: &mut ReadBuffer, storage: Vec<u8>) -> Option<Vec<u8>> {
    buffer.attach(storage);
    buffer.release();
    buffer.detach()
}

#[unsafe(no_mangle)]
fn write_buffer_send(
    buffer: &mut WriteBuffer,
    sender: &mut Sender,
    message: Message<'_>,
) -> Result<(), SendError> {
    buffer.send(sender, message)
}

#[unsafe(no_mangle)]
fn write_buffer_written(buffer: &mut WriteBuffer, count: usize) -> &[u8] {
    buffer.written(count);
    buffer.unwritten()
}

#[unsafe(no_mangle)]
fn write_buffer_lend(buffer: &mut WriteBuffer, storage: Vec<u8>) -> Option<Vec<u8>> {
    buffer.attach(storage);
    buffer.release();
    buffer.detach()
}
