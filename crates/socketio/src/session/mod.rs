//! Sessions: all that happens on a connection, without I/O.
//!
//! A session takes packets and the time, and returns packets and events. Its driver owns the
//! transports. After each call it does what the session asks for:
//!
//! 1. It takes the events: [`ServerSession::next_event`].
//! 2. It writes what there is to write, as far as the transport accepts it: on a WebSocket
//!    [`next_packet`](ServerSession::next_packet), in answer to a poll
//!    [`next_payload`](ServerSession::next_payload).
//! 3. It drops the transports that the session no longer [uses](ServerSession::uses).
//! 4. It waits for input, for room in the transport, or for the
//!    [`deadline`](ServerSession::deadline), and then calls [`advance`](ServerSession::advance).
//!
//! [`ClientSession`] has the same methods. The times that come in must be monotonic.
//!
//! # Theory of operation
//!
//! ```text
//!              +--------- ServerSession --------+        +--------- ClientSession --------+
//!  events <--> | namespaces, acknowledgements   |        | namespaces, buffers, recovery  | <--> events
//!              |        | messages              |        |                       |        |
//!              | heartbeat, polls, upgrade      | <----> | heartbeat, reconnection, polls |
//!              +--------------------------------+ packets+--------------------------------+
//! ```
//!
//! 1. Packets wait in one queue, bounded in bytes, whatever the transport. It is emptied by polls, or
//!    into the WebSocket, never by both: an upgrade changes who takes from it, so that nothing is lost,
//!    doubled or reordered.
//! 2. The packets of an upgrade (`2probe`, `3probe`, `5`) do not go through the queue: they are for the
//!    new transport while the old one still carries the session.
//! 3. The heartbeat is the server's: it sends a ping, and the client has to answer in time. The client
//!    only measures how long no ping came.
//! 4. Each namespace is connected and left on its own. An end of the session disconnects all.
//! 5. Nothing is sent twice by itself. An application that needs to know uses acknowledgements, or
//!    recovery: the client gives the offset of the last event that it received.

mod acknowledgements;
pub mod client;
mod disconnect_reason;
mod outbox;
mod send_error;
pub mod server;

pub use acknowledgements::AckToken;
pub use client::ClientSession;
pub use disconnect_reason::DisconnectReason;
pub use send_error::SendError;
pub use server::ServerSession;
