//! The client's long-polling and its upgrade, over HTTP on loopback.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod connections;
mod http_server;
mod our_server;
mod sessions;
#[path = "../../../../tests/tls_configs/mod.rs"]
mod tls_configs;
mod upgrade;
