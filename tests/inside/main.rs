//! What can be seen of a connection from outside: its counts.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod counting;
#[path = "../wire/mod.rs"]
mod wire;
