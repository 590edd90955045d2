//! The log: what is published, in Redis, for all nodes.
//!
//! A room is a stream of its last messages, from which whoever was away reads what was missed. Rooms are
//! spread over a fixed number of shards by their names. A shard has a second stream, its feed, with the
//! messages of all its rooms, from which the nodes read what is new: so a node blocks on a few streams,
//! however many rooms there are.
//!
//! Redis gives every entry of a stream an id of two numbers. Here they are the epoch and the number of the
//! message, so the id is the [`Position`](crate::protocol::Position).
//!
//! [`RedisLog`] is the log. [`MemoryLog`] has the same operations in memory, for the simulation; a test compares both.

mod entry;
mod feed_entry;
mod feeds;
mod keys;
mod log_error;
mod memory_log;
mod page;
mod redis_log;
mod shard;

pub use feed_entry::FeedEntry;
pub use feeds::Feeds;
pub use log_error::LogError;
pub use memory_log::{Kept, MemoryLog};
pub use page::Page;
pub use redis_log::{Options, RedisLog};
pub use shard::shard_of;
