//! What a connection shows: its counts, and its log.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod counting;
mod listed;
mod logged;
mod recorder;
mod sockets;
#[path = "../source_tree/mod.rs"]
mod source_tree;
#[path = "../tls_configs/mod.rs"]
mod tls_configs;
mod upgraded;
#[path = "../wire/mod.rs"]
mod wire;
