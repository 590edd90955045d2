//! The server on Tokio, behind any HTTP server that works with the types of the crate `http`.

mod access;
mod adapter;
mod backlog;
mod broadcast;
mod builder;
mod connection;
mod emit_error;
mod event;
mod handshake;
mod ids;
mod inbox;
mod lock;
mod memory_adapter;
mod namespace;
mod polling;
mod respond;
mod rooms;
mod selection;
#[expect(clippy::module_inception, reason = "the main type")]
mod server;
mod socket;
mod web_socket;

pub use adapter::{Adapter, AdapterError, AdapterFuture, Node, Publication, SavedSession};
pub use broadcast::Broadcast;
pub use builder::Builder;
pub use emit_error::{AckError, EmitError};
pub use event::Event;
pub use handshake::Handshake;
pub use memory_adapter::MemoryAdapter;
pub use namespace::NamespaceBuilder;
pub use selection::Selection;
pub use server::Server;
pub use socket::Socket;
