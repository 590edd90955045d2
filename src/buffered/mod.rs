//! Whole messages over chunks, and what waits to be written: shared by the adapters.
//!
//! [`ReadBuffer`] reads and makes whole messages in place; [`WriteBuffer`] holds what is queued and
//! how much of it the transport took. They own bytes and no transport: an adapter reads into the one
//! and writes from the other, and so can any loop over an event queue. `examples/embed_compio.rs`
//! lends them to the kernel.

mod inflated_message;
mod message;
mod owned_message;
mod parts;
mod progress;
mod read_buffer;
mod sendable;
mod storage;
mod write_buffer;

pub use message::{Message, NotText};
pub use owned_message::OwnedMessage;
pub use parts::Parts;
pub use progress::Progress;
pub use read_buffer::ReadBuffer;
#[cfg(feature = "tokio")]
pub(crate) use sendable::DIRECT_LEN;
pub use sendable::{Outgoing, Ping, Pong, Sendable};
pub use write_buffer::WriteBuffer;
