//! Sessions that are driven as adapters drive them, over simulated bytes and time.

mod driver;
mod link;
mod pieces;
mod recorded;

mod both;
mod chunking;
mod contended;
mod ending;
#[cfg(feature = "std")]
mod faults;
mod flood;
mod keepalive;
mod opening;
mod sharing;

use core::time::Duration;

use sansocket::Role;
use sansocket::buffered::{ReadBuffer, WriteBuffer};
use sansocket::connection::Timeouts;
use sansocket::session::Session;

use driver::Driver;
use link::Link;

/// A session with the default timeouts at this end of a link.
fn open(role: Role, link: Link) -> Driver<Link> {
    Driver::new(Session::new(recorded::connection(role, false)), link)
}

fn with(role: Role, timeouts: Timeouts, write: Option<Duration>, link: Link) -> Driver<Link> {
    let connection = recorded::connection(role, false);
    let queue = WriteBuffer::default();
    let buffer = ReadBuffer::default();
    Driver::new(Session::with_buffers(connection, buffer, queue, timeouts, write), link)
}
