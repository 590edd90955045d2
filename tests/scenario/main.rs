//! Two engines, joined by simulated bytes and time: no socket, no clock, no sleep.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[path = "../endpoint/mod.rs"]
mod endpoint;
mod pair;
#[path = "../wire/mod.rs"]
mod wire;

mod closing;
mod end_of_stream;
mod high_water;
mod liveness;
mod pings;
mod slow_transport;
mod split;
mod watchdog;
