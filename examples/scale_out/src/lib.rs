//! Raw WebSocket past one machine: rooms whose messages reach every reader on every node, once and in
//! order, or the reader is told that something is missing.
//!
//! | module | what it has |
//! | --- | --- |
//! | [`protocol`] | the messages between clients and nodes |
//! | [`engine`] | what a client and a node do with them, sans-IO |
//! | [`log`] | the log that all nodes share |
//! | [`cluster`] | nodes and a Redis as processes, for the demo and the proof |

// What bytes of a client reach never panics.
#![deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unreachable,
    clippy::unwrap_used
)]

pub mod cluster;
pub mod engine;
pub mod log;
pub mod protocol;
