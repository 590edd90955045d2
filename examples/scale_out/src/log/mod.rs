//! The log: what is published, in Redis, for all nodes.
//!
//! A room is a stream of its last messages, from which whoever was away reads what was missed. Rooms are
//! spread over a fixed number of shards by their names. A shard has a second stream, its feed, with the
//! messages of all its rooms, from which the nodes read what is new: so a node blocks on a few streams,
//! however many rooms there are.
//!
//! [`MemoryLog`] has the same operations as Redis with the scripts here, for the simulation.

mod feed_entry;
mod memory_log;
mod page;
mod shard;

pub use feed_entry::FeedEntry;
pub use memory_log::{Kept, MemoryLog};
pub use page::Page;
pub use shard::shard_of;
