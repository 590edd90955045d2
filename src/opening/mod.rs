//! What the adapters' acceptors and connectors say in the opening handshake, over bytes.
//!
//! An adapter moves the bytes and keeps the time; what both have in common is here, once.

pub(crate) mod client;
pub(crate) mod server;
mod subprotocol;

pub(crate) use subprotocol::Subprotocol;
