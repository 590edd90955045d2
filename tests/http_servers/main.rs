//! WebSocket in servers that use hyper or axum.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[path = "../wire/mod.rs"]
mod wire;

mod accepting;
mod axum;
#[cfg(feature = "deflate")]
mod deflate;
mod http;
mod hyper;
mod refusing;
mod server;
