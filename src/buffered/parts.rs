use super::{ReadBuffer, WriteBuffer};
use crate::connection::Connection;

/// All that a connection over a stream is made of, with every byte that it holds: what an adapter
/// is taken apart into, and put together from.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "made to be taken apart and put together")]
pub struct Parts<S> {
    /// The stream.
    pub stream: S,
    /// The protocol state.
    pub connection: Connection,
    /// What was read, and received at most in part.
    pub read_buffer: ReadBuffer,
    /// What is not written yet.
    pub write_buffer: WriteBuffer,
}
