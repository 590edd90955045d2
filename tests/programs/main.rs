//! Programs as a new user would write them, each with its tests. A program imports from at most two
//! modules of the crate.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod axum_app;
mod chat;
mod imports;
mod json_rpc;
mod market;
