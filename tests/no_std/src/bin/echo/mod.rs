//! The end of the programs that have a connection: they echo what they read.

use alloc::vec::Vec;

use sansocket::Message;
use sansocket::buffered::{Progress, ReadBuffer};
use sansocket::connection::Connection;

/// Appends to `out` what answers the frames, which come a byte at a time.
pub(crate) fn echo(connection: Connection, frames: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let Connection { mut receiver, mut sender } = connection;
    let mut buffer = ReadBuffer::default();
    // As on a chip with little memory.
    buffer.set_read_len(256..=1024);
    for byte in frames {
        *buffer.unfilled().first_mut()? = *byte;
        buffer.filled(1);
        while let Progress::Message =
            buffer.advance(&mut receiver, |reply| sender.reply(reply, out)).ok()?
        {
            match buffer.message().ok()? {
                Message::Text(text) => sender.send_text(text, out).ok()?,
                Message::Binary(data) => sender.send_binary(data, out).ok()?,
            }
        }
    }
    Some(())
}
