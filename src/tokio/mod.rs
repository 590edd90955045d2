//! Connections over Tokio's streams: reading and writing are futures.
//!
//! A thin adapter: it moves bytes between a stream and the layers below. Those layers have all
//! protocol state, the queue and all timeouts, so that every future can be dropped at any point.
//! [`WebSocket`] works over any `AsyncRead + AsyncWrite`.
//!
//! ```no_run
//! use sansocket::tokio::WebSocket;
//!
//! # #[cfg(feature = "net")]
//! # async fn run(listener: tokio::net::TcpListener) {
//! loop {
//!     let Ok((stream, _)) = listener.accept().await else {
//!         // Probably out of descriptors: connections that end will free some.
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
//! A connection that waits for its peer has no buffers: they belong to the thread. A [`WebSocket`]
//! is as small as a pointer. Spawn the future that uses it directly, since a future that only
//! awaits another one keeps a second copy of its arguments.

mod acceptor;
mod access;
mod buffer_pool;
mod closer;
mod connector;
#[cfg(all(feature = "net", feature = "url"))]
mod deadline;
#[cfg(all(feature = "net", feature = "url"))]
mod dial;
mod halves;
mod pair;
mod reader;
mod received;
mod tasks;
mod timer;
mod transport;
mod web_socket;
mod writer;

pub use acceptor::Acceptor;
pub use closer::Closer;
pub use connector::Connector;
pub use halves::{ReadHalf, WriteHalf};
pub use received::Received;
pub use web_socket::WebSocket;
pub use writer::Writer;

#[cfg(all(feature = "net", feature = "url"))]
pub use crate::adapter::RequestHead;
pub use crate::adapter::ReuniteError;
pub use crate::buffered::Parts;
#[cfg(all(feature = "net", feature = "url"))]
pub use crate::streams::TokioClientStream as ClientStream;
