//! The program, against small servers: its exit codes, its options, its outputs, and servers that die,
//! hang, dawdle or close.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[cfg(unix)]
mod action;
mod baseline;
mod exit_codes;
mod options;
mod outputs;
mod secure;
mod server;
mod troubles;
mod wsspec;
