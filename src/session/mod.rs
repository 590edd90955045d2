//! One connection from its first byte to the end of its transport, without I/O.
//!
//! A [`Session`] decides the order of all steps: when to write, read and wait, when a Ping is due
//! and its Pong overdue, when a stalled peer is dropped, how a Close frame is sent, and how the
//! transport ends after it. Its driver makes one call of the transport at a time and decides
//! nothing. Drivers can be based on readiness (epoll, mio), completion (`io_uring`), threads or
//! futures; the adapters of this crate are such drivers.
//!
//! ```text
//!            Reading::next --> Step --> the driver --> the transport
//!                 ^                        |
//!                 |   filled, written, refused, half_closed, ...
//!                 +------------------------+
//! ```
//!
//! The two halves are separate fields: if two tasks or threads share a connection, only the writing
//! half needs a lock, see [`Outlet`]. [`Lifecycle`] describes the order of the steps.
//!
//! ```
//! use sansocket::{Limits, Message, Timestamp, connection::Connection};
//! use sansocket::session::{Failure, Session, Step};
//!
//! // A client sends "Hello" and a Close frame with the code 1000.
//! let mut wire = &b"\x81\x85\0\0\0\0Hello\x88\x82\0\0\0\0\x03\xE8"[..];
//! let mut written = Vec::new();
//!
//! let mut session = Session::new(Connection::server(&Limits::default()));
//! let Session { reading, writing } = &mut session;
//! let now = Timestamp::default(); // the time of your clock
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
//! [`Failure`] is not a [`std::error::Error`]: an adapter converts it to its own error type.
//!
//! The opening handshake is [`Accepting`] or [`Connecting`]; the same driver serves for it and for
//! the open connection, see [`Phase`]. `examples/sans_io.rs` is a complete server; `embed_smol.rs`
//! and `embed_compio.rs` next to it are adapters for a runtime based on readiness and for one based
//! on completion.

mod accepting;
mod clock;
mod connecting;
mod driven;
mod lifecycle;
#[cfg(not(feature = "stats"))]
mod no_stats;
mod opening;
mod phase;
mod reading;
mod route;
mod shutdown;
mod stall;
#[cfg(feature = "stats")]
mod stats;
mod step;
mod turns;
mod want;
mod write_turn;
mod writing;

use core::time::Duration;

pub use accepting::{Accepting, Server};
pub use clock::Clock;
pub use connecting::{Client, Connecting, Tunnelling};
pub use driven::Driven;
pub use lifecycle::Lifecycle;
#[cfg(not(feature = "stats"))]
use no_stats as stats;
pub use opening::{Advance, Exchange, Opening};
pub use phase::Phase;
pub use reading::{InvalidText, Reading};
pub use route::{Delivery, Route};
#[cfg(feature = "stats")]
pub use stats::Stats;
pub use step::{Failure, Outlet, Step};
pub use turns::Turns;
pub use want::Want;
pub use write_turn::{WriteStep, WriteTurn};
pub use writing::Writing;

use crate::{
    buffered::{Parts, ReadBuffer, WriteBuffer},
    connection::{Connection, Timeouts, Watchdog},
};

/// A session: both of its halves. To split it, destructure it.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "made to be taken apart")]
pub struct Session {
    /// The half that reads, and that decides the next step.
    pub reading: Reading,
    /// The half that writes.
    pub writing: Writing,
}

impl Session {
    /// Creates a session with the default timeouts, before anything was read or written.
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

    /// Creates a session with bytes that were read or queued before, such as those after the
    /// handshake.
    ///
    /// If the transport accepts less than 64 KiB within the `write_timeout` while more waits, the
    /// connection is dropped.
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

    /// Creates a session from its [parts](Self::into_parts), like
    /// [`with_buffers`](Self::with_buffers). Returns it with the stream.
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

    /// Splits the session into its parts, together with its stream. No bytes are lost. If writing
    /// has failed, the sender is closed.
    #[must_use]
    pub fn into_parts<S>(self, stream: S) -> Parts<S> {
        let (receiver, read_buffer) = self.reading.into_parts();
        let (sender, write_buffer) = self.writing.into_parts();
        Parts { stream, connection: Connection { receiver, sender }, read_buffer, write_buffer }
    }
}
