use std::{net::SocketAddr, time::SystemTime};

use sansocket::Role;

/// What has happened on a connection that passes through.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) connection: u64,
    pub(super) at: SystemTime,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    /// The server was connected to.
    Opened { client: SocketAddr, server: SocketAddr },
    /// The server could not be connected to.
    Refused { client: SocketAddr, problem: String },
    /// An end has sent bytes.
    Bytes { sender: Role, bytes: Vec<u8> },
    /// An end sends nothing more.
    Ended { sender: Role },
    /// The connection to an end is broken.
    Broken { end: Role, problem: String },
    /// Nothing follows.
    Over,
}
