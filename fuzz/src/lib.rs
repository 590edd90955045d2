//! The bodies of the fuzz targets. Each takes any bytes, and panics where the engine breaks its
//! promises: every one compares what it sees with a model or with another way to the same end.
//!
//! They are functions of a library, so that an ordinary test can run them over the seeds.

mod allocations;
mod connection;
mod connection_pair;
mod frame_decoder;
mod http_head;
mod inbox;
mod input;
mod request_head;
mod response_head;
mod tunnel;
mod utf8_stream;

pub use connection::{client_connection, server_connection};
pub use connection_pair::connection_pair;
pub use frame_decoder::frame_decoder;
pub use request_head::request_head;
pub use response_head::response_head;
pub use tunnel::tunnel;
pub use utf8_stream::utf8_stream;
