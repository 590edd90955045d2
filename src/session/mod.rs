//! One connection from its first byte to the end of its transport, without I/O.
//!
//! A [`Session`] decides what is done in which order: what is written before a wait, what becomes of
//! a transport that takes nothing, when a Ping is due and when its Pong is missed, how a Close frame
//! goes out, and how the transport is ended behind it. Whoever drives it does one call of the
//! transport at a time, and decides nothing. Readiness (epoll, mio), completion (`io_uring`),
//! threads and futures all fit, and the adapters of this crate are drivers like any other.
//!
//! ```text
//!            Reading::next --> Step --> the driver --> the transport
//!                 ^                        |
//!                 |   filled, written, refused, half_closed, ...
//!                 +------------------------+
//! ```
//!
//! The two halves are fields to be taken apart: where two tasks or threads share a connection, only
//! the half that writes needs a lock, see [`Outlet`]. The order of things is described at
//! [`Lifecycle`].
//!
//! ```
//! use sansocket::{Limits, Message, Timestamp, connection::Connection};
//! use sansocket::session::{Failure, Session, Step};
//!
//! // What a client sends: "Hello", and the Close frame 1000.
//! let mut wire = &b"\x81\x85\0\0\0\0Hello\x88\x82\0\0\0\0\x03\xE8"[..];
//! let mut written = Vec::new();
//!
//! let mut session = Session::new(Connection::server(&Limits::default()));
//! let Session { reading, writing } = &mut session;
//! let now = Timestamp::default(); // of your clock
//! loop {
//!     match reading.next(now, writing)? {
//!         Step::Message => {
//!             let message = reading.message().unwrap();
//!             assert_eq!(message, Message::Text("Hello"));
//!             writing.send("Hello yourself").unwrap();
//!         }
//!         Step::Read => {
//!             let room = reading.unfilled();
//!             let count = wire.len().min(room.len());
//!             room[..count].copy_from_slice(&wire[..count]);
//!             wire = &wire[count..];
//!             reading.filled(count);
//!         }
//!         Step::Write => {
//!             let bytes = writing.unwritten();
//!             let count = bytes.len();
//!             written.extend_from_slice(bytes);
//!             writing.written(count);
//!             writing.flushed();
//!         }
//!         Step::HalfClose => reading.lifecycle().half_closed(writing),
//!         Step::Drain => reading.lifecycle().drained(0, writing),
//!         Step::Ended => break,
//!         // This transport is always ready, and the connection is open.
//!         Step::Wait(_) | Step::Request | Step::Opened => unreachable!(),
//!     }
//! }
//! assert_eq!(written, b"\x81\x0EHello yourself\x88\x02\x03\xE8");
//! # Ok::<(), Failure>(())
//! ```
//!
//! [`Failure`] is no [`std::error::Error`]: an adapter makes its own of it.
//!
//! A connection that is to be opened first begins with [`Accepting`] or [`Connecting`]; one driver
//! serves for that and for what follows, see [`Phase`]. `examples/sans_io.rs` is a whole server,
//! `embed_smol.rs` and `embed_compio.rs` beside it are adapters for a runtime that polls and for one
//! that completes.

mod accepting;
mod clock;
mod connecting;
mod driven;
mod lifecycle;
mod opening;
mod phase;
mod reading;
mod shutdown;
mod stall;
mod step;
mod want;
mod write_turn;
mod writing;

use core::time::Duration;

pub use accepting::{Accepting, Server};
pub use clock::Clock;
pub use connecting::{Client, Connecting, Tunnelling};
pub use driven::Driven;
pub use lifecycle::Lifecycle;
pub use opening::{Advance, Exchange, Opening};
pub use phase::Phase;
pub use reading::{InvalidText, Reading};
pub use step::{Failure, Outlet, Step};
pub use want::Want;
pub use write_turn::{WriteStep, WriteTurn};
pub use writing::Writing;

use crate::{
    buffered::{Parts, ReadBuffer, WriteBuffer},
    connection::{Connection, Timeouts, Watchdog},
};

/// Both halves of a session. To split it, destructure it.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "made to be taken apart")]
pub struct Session {
    /// Takes what comes from the peer, and decides what is next.
    pub reading: Reading,
    /// Holds what goes to the peer.
    pub writing: Writing,
}

impl Session {
    /// Creates a session with the default timeouts, of which nothing was read or written yet.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        let (read_buffer, write_buffer) = (ReadBuffer::default(), WriteBuffer::default());
        let write_timeout = Some(Duration::from_secs(30));
        Self::with_buffers(
            connection,
            read_buffer,
            write_buffer,
            Timeouts::default(),
            write_timeout,
        )
    }

    /// Creates a session with what was read and queued before, such as bytes after the handshake.
    ///
    /// If the transport takes less than 64 KiB in the `write_timeout` while more waits, it is given
    /// up.
    #[must_use]
    pub fn with_buffers(
        connection: Connection,
        read_buffer: ReadBuffer,
        write_buffer: WriteBuffer,
        timeouts: Timeouts,
        write_timeout: Option<Duration>,
    ) -> Self {
        let Connection { receiver, sender } = connection;
        Self {
            reading: Reading::new(receiver, read_buffer, Watchdog::new(timeouts)),
            writing: Writing::of(sender, write_buffer, write_timeout.into()),
        }
    }

    /// Creates a session of all that [`into_parts`](Self::into_parts) has taken apart, as
    /// [`with_buffers`](Self::with_buffers) does. Returns the stream, too.
    #[must_use]
    pub fn from_parts<S>(
        parts: Parts<S>,
        timeouts: Timeouts,
        write_timeout: Option<Duration>,
    ) -> (S, Self) {
        let Parts { stream, connection, read_buffer, write_buffer } = parts;
        let session =
            Self::with_buffers(connection, read_buffer, write_buffer, timeouts, write_timeout);
        (stream, session)
    }

    /// Takes the session apart, with its stream. No byte is lost. Once nothing can be written any more,
    /// the sender is closed.
    #[must_use]
    pub fn into_parts<S>(self, stream: S) -> Parts<S> {
        let (receiver, read_buffer) = self.reading.into_parts();
        let (sender, write_buffer) = self.writing.into_parts();
        Parts { stream, connection: Connection { receiver, sender }, read_buffer, write_buffer }
    }
}
