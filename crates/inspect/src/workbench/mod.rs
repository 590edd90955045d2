//! A page in the browser: connect, send any bytes, and see each of them explained.
//!
//! ```text
//!   page  <-- WebSocket, JSON -->  Session  <-- raw bytes -->  the built-in peer, or any address
//!                                     |
//!                                     +--> sansocket-explain, for what crosses and for previews
//! ```
//!
//! The page shows and asks; everything about the protocol is decided here. A page of another site could
//! otherwise open connections on the user's behalf, so [`Gate`](gate::Gate) checks each request.

mod assets;

mod built_in_peer;
mod command;
mod composition;
mod compressor;
mod connection;
mod deflate_wish;
mod ends;
mod event;
mod explanation;
mod gallery;
mod gate;
mod hex;
mod peer_stream;
mod request;
mod router;
mod server;
mod session;
mod tally;
mod target;
mod transcript;

pub(crate) use server::{Arguments, run};
