//! The client on Tokio.

mod auth;
mod builder;
#[expect(clippy::module_inception, reason = "the file of its main type")]
mod client;
mod connect_error;
mod driver;
mod emit_error;
mod emitter;
mod endpoint;
mod handle;
mod incoming;
mod shared;
mod socket;
mod state;

pub use builder::Builder;
pub use client::Client;
pub use connect_error::ConnectError;
pub use emit_error::EmitError;
pub use emitter::Emitter;
pub use incoming::{Acknowledger, Event, Incoming};
pub use socket::Socket;
