//! Protocols inside messages. Each is a small module: a message in, a span out.

mod engine_io;
mod graphql;
mod json_object;
mod json_rpc;
mod kind;
mod mqtt;
mod reader;
mod socket_io;
mod stomp;
mod view;

pub use kind::Envelope;
pub(crate) use reader::EnvelopeReader;
