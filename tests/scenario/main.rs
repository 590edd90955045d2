//! Two engines, joined by simulated bytes and time: no socket, no clock, no sleep.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[cfg(feature = "deflate")]
#[path = "../deflate/agreement.rs"]
#[allow(dead_code, reason = "each test target uses a part of it")]
mod agreement;
#[path = "../endpoint/mod.rs"]
mod endpoint;
#[cfg(feature = "std")]
#[path = "../adapters/faulty.rs"]
#[allow(dead_code, reason = "each test target uses a part of it")]
mod faulty;
mod pair;
#[cfg(feature = "std")]
#[path = "../adapters/script.rs"]
#[allow(dead_code, reason = "each test target uses a part of it")]
mod script;
#[cfg(feature = "std")]
#[path = "../adapters/session.rs"]
#[allow(dead_code, reason = "each test target uses a part of it")]
mod session;
#[path = "../wire/mod.rs"]
mod wire;

mod closing;
mod driven;
mod end_of_stream;
mod high_water;
mod liveness;
mod pings;
mod slow_transport;
mod split;
mod watchdog;
