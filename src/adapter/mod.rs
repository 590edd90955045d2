//! What the adapters share: their error, their options, and what their acceptors and connectors send
//! in the opening handshake.
//!
//! An adapter moves bytes and keeps time; what both have in common is here, once.

pub(crate) mod client_settings;
mod error;
mod options;
mod reunite_error;
pub(crate) mod server_settings;
mod subprotocol;

pub use error::Error;
pub(crate) use error::check_writing;
pub use options::Options;
pub use reunite_error::ReuniteError;
pub(crate) use subprotocol::Subprotocol;
