//! The protocol, sans-IO: what a [`Client`] and a [`Node`] do with what arrives.
//!
//! Neither has a socket, a clock or a thread. The simulation in `tests/simulation` drives both, with
//! a log in memory, through everything that may go wrong; the program `node` drives [`Node`] with
//! sockets and Redis.
//!
//! # Theory of operation
//!
//! 1. A room is a log of messages with numbers. The client keeps the position of the last message that
//!    it has shown. All that follows is about reading on from there.
//! 2. A node reads the feeds of all shards, and keeps the last messages of each room that has readers
//!    here: its window. A reader in a room is a cursor. While the window has the message after the
//!    cursor, the reader gets it when its socket takes more, so a slow reader costs a number, not a
//!    queue of bytes.
//! 3. A cursor that the window has left behind is told to resume, and forgotten. The client joins again.
//! 4. A client that joins is first put into the room, and then gets from the log what is after its
//!    position, page by page. After the last page the window has what follows: everything that was
//!    appended later comes through the feed. What the feed brings from before is not newer than the
//!    cursor, and is skipped.
//! 5. If the log was trimmed too far or is of another epoch, the client is told that it has not
//!    recovered, and from which position it reads on.
//! 6. The numbers of a feed have no gaps either. A node that sees one was too slow, or lost its log: it
//!    tells all its readers in the shard to resume, and rule 4 or 5 does the rest.
//! 7. A client sends its messages in order, and again after a reconnect until they are acknowledged. The
//!    log knows the last sequence of each publisher, and ignores what is not above it. Only the log
//!    can forget that, in another epoch: so a client that reads also ignores what is not above the last
//!    sequence that it saw of a publisher.

mod client;
mod counts;
mod link;
mod node;
mod reader;
mod room;
mod seat;
mod view;

pub use client::{Action, Client, Notice};
pub use counts::Counts;
pub use node::{Node, Settings};
pub use reader::{Next, ReaderId};
