//! The blocking adapter, over real sockets and over streams that log, cut short and refuse.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[path = "../allocations/mod.rs"]
mod allocations;
mod peer;
mod script;
#[path = "../wire/mod.rs"]
mod wire;

mod accepting;
mod batching;
mod closing;
mod connecting;
mod failing;
mod faults;
mod hostile;
mod parts;
mod redirects;
mod split;
