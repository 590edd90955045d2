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
mod countdown;
#[cfg(feature = "url")]
mod dial;
mod guarded_stream;
mod link;
mod opening;
mod reader;
mod received;
mod socket;
mod split;
#[cfg(feature = "rustls")]
mod tls_stream;
mod web_socket;
mod writer;

pub use acceptor::Acceptor;
pub use connector::Connector;
pub use received::Received;
pub use socket::{Socket, SocketOf};
pub use split::{ReadHalf, WriteHalf};
#[cfg(feature = "rustls")]
pub use tls_stream::TlsStream;
pub use web_socket::WebSocket;
pub use writer::Writer;

pub use crate::buffered::Parts;

#[cfg(test)]
mod simulated;
