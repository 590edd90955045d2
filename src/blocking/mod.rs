//! Connections over `std::io`: reading and writing block the thread.
//!
//! A thin adapter: it moves bytes between a stream and the layers below, and only its system calls
//! wait. [`WebSocket`] works over any [`Socket`]: a stream with timeouts and half-close, such as a
//! `TcpStream`. Wrap any other `Read + Write` in [`Untimed`].
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
#[cfg(feature = "url")]
mod dial;
mod driver;
mod received;
mod split;
mod stopwatch;
mod transport;
mod web_socket;
mod writer;

pub use acceptor::Acceptor;
pub use connector::Connector;
pub use received::Received;
pub use split::{ReadHalf, WriteHalf};
pub use web_socket::WebSocket;
pub use writer::Writer;

#[cfg(feature = "url")]
pub use crate::streams::ClientStream;
#[cfg(feature = "rustls")]
pub use crate::streams::TlsStream;
pub use crate::{
    adapter::ReuniteError,
    buffered::Parts,
    streams::{Socket, Untimed},
};

#[cfg(test)]
mod simulated;
