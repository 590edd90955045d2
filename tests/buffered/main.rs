//! Whole messages, messages in chunks, the write queue, and their memory.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[path = "../allocations/mod.rs"]
mod allocations;
mod has_message;
mod peer;
#[path = "../wire/mod.rs"]
mod wire;

mod lending;
mod masked;
mod memory;
mod messages;
mod room;
mod sendable;
mod streaming;
mod taken;
mod whole;
mod write_buffer;
