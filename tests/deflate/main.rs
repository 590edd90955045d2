//! permessage-deflate (RFC 7692), through the public API.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod agreement;
mod blocks;
mod data;
#[path = "../endpoint/mod.rs"]
mod endpoint;
mod naive;
mod reading;
#[path = "../wire/mod.rs"]
mod wire;
mod zlib;

mod limits;
mod liveness;
mod prepared;
mod property;
mod release;
mod section_5_1_client;
mod section_5_1_server;
mod section_6_frames;
mod section_7_2_1_sending;
mod section_7_2_2_receiving;
mod section_7_2_3_4_final_blocks;
mod vectors;
mod windows;
