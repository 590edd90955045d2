//! The server, with clients over streams in memory and time that passes when nothing else happens.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod acknowledgements;
mod client;
mod cluster;
mod concurrency;
mod http;
mod limits;
mod namespaces;
mod polling;
mod recovery;
mod rooms;
mod shutdown;
