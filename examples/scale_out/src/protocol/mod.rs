//! The messages between a client and a node, in JSON.
//!
//! A client sends a [`Request`], a node sends an [`Event`]. Both are plain text messages of a WebSocket
//! connection, so a page needs nothing but the browser.

mod event;
mod message;
mod name;
mod position;
mod publication;
mod request;

pub use event::Event;
pub use message::Message;
pub use name::{InvalidName, Name};
pub use position::Position;
pub use publication::Publication;
pub use request::Request;
