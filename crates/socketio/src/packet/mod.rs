//! Socket.IO v5: packets, with their binary attachments.
//!
//! A packet is a text message of Engine.IO, and a binary one for each of its attachments:
//!
//! ```text
//! <type>[<attachments>-][<namespace>,][<id>][<JSON>]
//!
//! 51-/admin,12["upload",{"_placeholder":true,"num":0}]      an event, and then its attachment
//! ```
//!
//! [`Packet::encode`] makes the messages, and a [`Decoder`] makes packets of messages.

mod body;
mod connect_error;
mod decode_error;
mod decoder;
mod encode_error;
mod encoding;
mod event_name;
mod limits;
mod namespace;
mod parsing;
mod placeholders;

pub use body::{Body, Packet};
pub use connect_error::ConnectError;
pub use decode_error::DecodeError;
pub use decoder::Decoder;
pub use encode_error::EncodeError;
pub use limits::Limits;
pub use namespace::{Namespace, NamespaceError};
