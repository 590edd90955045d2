//! Connections in an HTTP server that reads the request and sends the response: hyper, and axum on
//! top of it.
//!
//! [`Acceptor::upgrade`](crate::tokio::Acceptor::upgrade) answers a request that hyper has read.
//! `WebSocketUpgrade`, with the feature `axum`, is an extractor.

mod upgrading;
#[cfg(feature = "axum")]
mod web_socket_upgrade;

pub use upgrading::{Upgraded, Upgrading};
#[cfg(feature = "axum")]
pub use web_socket_upgrade::WebSocketUpgrade;

/// The connection of a request that an HTTP server has upgraded.
pub type WebSocket = crate::tokio::WebSocket<Upgraded>;
