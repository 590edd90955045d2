//! The examples for embedders, run as programs: echo servers and clients, and the proxy.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod program;
mod raw;
#[path = "../wire/mod.rs"]
mod wire;

mod clients;
mod echoing;
mod relaying;
