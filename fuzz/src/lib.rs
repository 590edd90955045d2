//! The bodies of the fuzz targets. Each takes any bytes, and panics where the engine breaks its
//! promises: every one compares what it sees with a model or with another way to the same end.
//!
//! They are functions of a library, so that an ordinary test can run them over the seeds.

mod agreement;
mod allocations;
mod close;
mod connection;
mod connection_pair;
mod deflate;
mod explain;
mod extension;
mod frame_decoder;
mod http_head;
mod inbox;
mod input;
mod offers;
mod request_head;
mod response_head;
mod socketio_client;
mod socketio_codec;
mod socketio_model;
mod socketio_peer;
mod socketio_server;
mod tunnel;
mod utf8_stream;

// What the crate's own tests read and write by hand.
#[path = "../../tests/deflate/blocks.rs"]
#[expect(dead_code, reason = "no blocks are written by hand here")]
mod blocks;
#[path = "../../tests/deflate/naive.rs"]
mod naive;
#[path = "../../crates/explain/tests/explain/verdict.rs"]
mod verdict;
#[path = "../../tests/wire/mod.rs"]
mod wire;
#[path = "../../tests/deflate/zlib.rs"]
#[expect(dead_code, reason = "zlib compresses nothing here")]
mod zlib;

pub use close::close;
pub use connection::{client_connection, server_connection};
pub use connection_pair::connection_pair;
pub use deflate::deflate;
pub use explain::explain;
pub use frame_decoder::frame_decoder;
pub use offers::offers;
pub use request_head::request_head;
pub use response_head::response_head;
pub use socketio_client::socketio_client;
pub use socketio_codec::socketio_codec;
pub use socketio_server::socketio_server;
pub use tunnel::tunnel;
pub use utf8_stream::utf8_stream;
