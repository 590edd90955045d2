use alloc::boxed::Box;

use super::Writing;
use crate::{
    connection::ProtocolError,
    handshake::HandshakeError,
    time::{TimeoutKind, Timestamp},
};

/// The next step of the driver of a session.
///
/// The driver makes the call, records its result, and asks for the next step. If a call would
/// block, the driver records nothing: the session continues with other steps and returns
/// [`Wait`](Self::Wait) in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the driver must handle every case")]
pub enum Step {
    /// Answer the [request](super::Accepting::request).
    Request,
    /// Take the reading half: the connection is [open](super::Opening::into_reading).
    Opened,
    /// Handle the received message, or the chunk of one.
    Message,
    /// Write until the transport accepts no more, in the order that [`Writing::wants`] returns.
    Write,
    /// Read once into [`Reading::unfilled`](super::Reading::unfilled), and record the result with
    /// [`filled`](super::Reading::filled), [`end_of_stream`](super::Reading::end_of_stream) or
    /// [`failed`](super::Reading::failed).
    Read,
    /// Shut down our direction of the transport, and record it with
    /// [`Lifecycle::half_closed`](super::Lifecycle::half_closed).
    HalfClose,
    /// Read once, discard the bytes, and record their number with
    /// [`Lifecycle::drained`](super::Lifecycle::drained).
    Drain,
    /// Wait until one of the calls that would have blocked can continue, or until this time. Do not
    /// wait for other calls: while the last bytes are written, there may be input that must not be
    /// read yet.
    Wait(Timestamp),
    /// Drop the transport: the closing handshake is over.
    Ended,
}

/// The reason why a connection failed. The peer was informed if that was possible.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the driver must handle every case")]
pub enum Failure {
    /// The peer broke a rule or a limit, or disappeared without a Close frame.
    Protocol(ProtocolError),
    /// The opening handshake failed.
    Handshake(Box<HandshakeError>),
    /// The client ended its direction before its request was complete.
    Left,
    /// The transport failed before the connection was open.
    Lost,
    /// A timeout has passed.
    Timeout(TimeoutKind),
}

impl From<HandshakeError> for Failure {
    fn from(error: HandshakeError) -> Self {
        Self::Handshake(Box::new(error))
    }
}

/// Access to the writing half, which may be protected by a lock.
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
    /// Calls `action` with the writing half.
    fn with<T>(&mut self, action: impl FnOnce(&mut Writing) -> T) -> T;
}

impl Outlet for Writing {
    #[inline]
    fn with<T>(&mut self, action: impl FnOnce(&mut Self) -> T) -> T {
        action(self)
    }
}
