#[cfg(feature = "std")]
use alloc::vec::Vec;

use super::{ReadBuffer, WriteBuffer};
use crate::connection::Connection;

/// The parts of a connection over a stream, including all buffered bytes. An adapter can be split
/// into them and created from them.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "made to be taken apart and put together")]
pub struct Parts<S> {
    /// The stream.
    pub stream: S,
    /// The protocol state.
    pub connection: Connection,
    /// Bytes that were read, and a partly received message.
    pub read_buffer: ReadBuffer,
    /// Bytes that are not written yet.
    pub write_buffer: WriteBuffer,
}

impl<S> Parts<S> {
    /// The parts of a connection whose handshake was done elsewhere. `unread` holds bytes that were
    /// read after it.
    #[cfg(feature = "std")]
    pub(crate) fn upgraded(stream: S, connection: Connection, unread: Vec<u8>) -> Self {
        let (read_buffer, write_buffer) = (ReadBuffer::from(unread), WriteBuffer::default());
        Self { stream, connection, read_buffer, write_buffer }
    }
}
