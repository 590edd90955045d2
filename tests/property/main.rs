//! Properties that hold for any input, checked against naive references.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[path = "../endpoint/mod.rs"]
mod endpoint;
mod model;
mod session;
#[path = "../wire/mod.rs"]
mod wire;

mod buffered;
mod chunking;
mod framing;
mod heads;
mod masking;
mod pair;
mod refusals;
mod utf8;
