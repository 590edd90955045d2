//! The buffers of a connection: one makes complete messages from reads, the other queues frames to
//! write.
//!
//! [`ReadBuffer`] makes complete messages in place; [`WriteBuffer`] holds queued bytes and tracks
//! how many of them the transport has accepted. They own bytes and no transport: an adapter reads
//! into one and writes from the other, and so can any event loop. `examples/embed_compio.rs` lends
//! them to the kernel.

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
pub use sendable::{Outgoing, Ping, Pong, Sendable};
pub use write_buffer::WriteBuffer;
