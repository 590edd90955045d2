//! Connections over `std::io`: a thread that reads waits, a thread that writes waits.
//!
//! As thin as it can be: bytes go between a stream and the layers below, and what waits is one
//! system call. [`WebSocket`] works over any `Read + Write`; over a `TcpStream` it also keeps the
//! limits in time, by socket timeouts, and ends the connection by halves.
//!
//! ```no_run
//! use sansocket::blocking::WebSocket;
//!
//! # #[cfg(feature = "url")]
//! # fn connect() -> Result<(), sansocket::Error> {
//! let mut socket = WebSocket::connect("ws://127.0.0.1:9001/")?;
//! socket.send("Hello")?;
//! while let Some(message) = socket.recv()? {
//!     println!("{message:?}");
//! }
//! # Ok(())
//! # }
//! ```

mod acceptor;
mod connector;
mod deadline;
#[cfg(feature = "url")]
mod dial;
mod guarded_stream;
mod link;
mod opening;
mod reader;
mod received;
mod split;
mod web_socket;
mod writer;

pub use acceptor::Acceptor;
pub use connector::Connector;
pub use received::Received;
pub use split::{ReadHalf, WriteHalf};
pub use web_socket::WebSocket;
pub use writer::Writer;

#[cfg(feature = "rustls")]
pub use crate::streams::TlsStream;
pub use crate::{
    buffered::Parts,
    streams::{Socket, SocketOf},
};

#[cfg(test)]
mod simulated;
