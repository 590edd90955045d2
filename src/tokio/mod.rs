//! Connections over Tokio's streams: a task that reads waits, a task that writes waits, and no
//! thread does.
//!
//! As thin as it can be: bytes go between a stream and the layers below. All protocol state, all
//! gathering and all policy about time is in those layers, so that every future can be dropped at
//! every point. [`WebSocket`] works over any `AsyncRead + AsyncWrite`.
//!
//! ```no_run
//! use sansocket::tokio::WebSocket;
//!
//! # #[cfg(feature = "net")]
//! # async fn run(listener: tokio::net::TcpListener) {
//! loop {
//!     let Ok((stream, _)) = listener.accept().await else {
//!         // Out of descriptors, most likely: connections that end will free some.
//!         tokio::time::sleep(std::time::Duration::from_millis(100)).await;
//!         continue;
//!     };
//!     tokio::spawn(async move {
//!         let mut socket = WebSocket::accept(stream).await?;
//!         while let Some(message) = socket.recv().await? {
//!             socket.feed(message).await?;
//!         }
//!         Ok::<(), sansocket::Error>(())
//!     });
//! }
//! # }
//! ```
//!
//! # Memory
//!
//! A connection that waits for its peer has no buffers: those that it reads and writes with belong
//! to the thread. A [`WebSocket`] is a pointer; spawn the future that uses it itself, since a future
//! that only awaits another keeps a second copy of what it was given.

mod acceptor;
mod access;
mod buffer_pool;
mod closer;
mod connector;
mod deadline;
#[cfg(all(feature = "net", feature = "url"))]
mod dial;
mod halves;
mod pair;
mod reader;
mod received;
mod slot;
mod timer;
mod transport;
mod waiting;
mod web_socket;
mod writer;

pub use acceptor::Acceptor;
pub use closer::Closer;
pub use connector::Connector;
pub use halves::{ReadHalf, WriteHalf};
pub use received::Received;
pub use web_socket::WebSocket;
pub use writer::Writer;

pub use crate::adapter::ReuniteError;
pub use crate::buffered::Parts;
#[cfg(all(feature = "net", feature = "url"))]
pub use crate::streams::TokioClientStream as ClientStream;
