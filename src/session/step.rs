use alloc::boxed::Box;

use super::Writing;
use crate::{
    connection::ProtocolError,
    handshake::HandshakeError,
    time::{TimeoutKind, Timestamp},
};

/// What whoever drives a session does next.
///
/// It does it, records the result, and asks again. What would have to wait is left at that: the
/// session goes on to what else can be done, and comes to [`Wait`](Self::Wait).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever drives a session must know every case")]
pub enum Step {
    /// Answer the [request](super::Accepting::request) that has come.
    Request,
    /// Take the half that reads: the connection is [open](super::Opening::into_reading).
    Opened,
    /// Handle the message, or the chunk of one, that has been received.
    Message,
    /// Write until the transport takes no more, as [`Writing::wants`] says.
    Write,
    /// Read once into [`Reading::unfilled`](super::Reading::unfilled); tell
    /// [`filled`](super::Reading::filled), [`end_of_stream`](super::Reading::end_of_stream) or
    /// [`failed`](super::Reading::failed).
    Read,
    /// End our direction of the transport; tell [`Lifecycle::half_closed`](super::Lifecycle::half_closed).
    HalfClose,
    /// Read once and throw it away; tell [`Lifecycle::drained`](super::Lifecycle::drained).
    Drain,
    /// Wait until one of the calls that were left can go on, or until this time. Not for others:
    /// while the last bytes leave, there may be input that is not read yet.
    Wait(Timestamp),
    /// Drop the transport: the closing handshake is over.
    Ended,
}

/// Why a connection has failed. The peer was told, if it could be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever drives a session must know every case")]
pub enum Failure {
    /// The peer broke a rule or a limit, or went away without a Close frame.
    Protocol(ProtocolError),
    /// The opening handshake failed.
    Handshake(Box<HandshakeError>),
    /// The client has ended its direction before its request was complete.
    Left,
    /// The transport has failed before the connection was open.
    Lost,
    /// A timeout has passed.
    Timeout(TimeoutKind),
}

impl From<HandshakeError> for Failure {
    fn from(error: HandshakeError) -> Self {
        Self::Handshake(Box::new(error))
    }
}

/// A way to the half that writes, which may be behind a lock.
///
/// ```
/// use std::sync::Mutex;
/// use sansocket::session::{Outlet, Writing};
///
/// struct Shared<'a>(&'a Mutex<Writing>);
///
/// impl Outlet for Shared<'_> {
///     fn with<T>(&mut self, action: impl FnOnce(&mut Writing) -> T) -> T {
///         action(&mut self.0.lock().unwrap())
///     }
/// }
/// ```
pub trait Outlet {
    /// Calls `action` with the half that writes.
    fn with<T>(&mut self, action: impl FnOnce(&mut Writing) -> T) -> T;
}

impl Outlet for Writing {
    #[inline]
    fn with<T>(&mut self, action: impl FnOnce(&mut Self) -> T) -> T {
        action(self)
    }
}
