//! Whole messages over chunks, and what waits to be written: shared by the adapters.
//!
//! [`ReadBuffer`] reads and makes whole messages in place; [`WriteBuffer`] holds what is queued and
//! how much of it the transport took. They own bytes and no transport: an adapter reads into the one and writes from the other, and so can any loop over
//! an event queue. `examples/sans_io.rs` is one.

mod inflated_message;
mod message;
mod parts;
mod read_buffer;
mod storage;
mod write_buffer;

pub use message::{AsMessage, Message, OwnedMessage};
pub use parts::Parts;
pub use read_buffer::{Progress, ReadBuffer};
#[cfg(feature = "std")]
pub(crate) use write_buffer::DIRECT_LEN;
pub use write_buffer::WriteBuffer;
