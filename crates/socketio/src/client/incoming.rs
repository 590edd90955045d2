use alloc::{string::String, sync::Arc};
use core::fmt;

use serde::Serialize;

use super::{EmitError, Emitter};
use crate::{
    Arguments,
    packet::ConnectError,
    session::{AckToken, DisconnectReason},
};

/// What [`Socket::recv`](super::Socket::recv) returns: events, and the state of the connection, in
/// their order.
#[derive(Debug)]
#[non_exhaustive]
pub enum Incoming {
    /// The server sent an event.
    Event(Event),
    /// The namespace is connected again. Its id may have changed.
    Connected {
        /// Whether the server recovered the session: the id and the rooms are the same, and the events
        /// that were missed came just before this item, or follow. Otherwise they are lost.
        recovered: bool,
    },
    /// The namespace is disconnected. After [`Client`](DisconnectReason::Client) and
    /// [`Server`](DisconnectReason::Server) it stays so. Otherwise the client reconnects.
    Disconnected(DisconnectReason),
    /// An attempt to reconnect has failed. Unless it was the last one, another one follows.
    AttemptFailed(Arc<sansocket::Error>),
    /// The server refused the namespace when the client reconnected. The client does not try again.
    Refused(ConnectError),
}

/// An event of the server.
///
/// ```
/// use sansocket_socketio::client::{EmitError, Event};
///
/// async fn on_event(event: Event) -> Result<(), EmitError> {
///     if event.name == "add" {
///         let (one, other) = event.arguments.read::<(i64, i64)>()?;
///         if let Some(ack) = event.ack {
///             ack.send(&(one + other)).await?;
///         }
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Event {
    /// The name.
    pub name: String,
    /// What it carries. A server that can recover sessions adds an offset, a string, as the last
    /// argument of most events.
    pub arguments: Arguments,
    /// Answers the event, if the server asks for that.
    pub ack: Option<Acknowledger>,
}

/// Answers an event. If it is dropped, the server gets no answer.
pub struct Acknowledger {
    emitter: Emitter,
    token: AckToken,
}

impl Acknowledger {
    pub(super) const fn new(emitter: Emitter, token: AckToken) -> Self {
        Self { emitter, token }
    }

    /// Sends the answer: a tuple is several arguments, `()` is none, and anything else is one. Waits
    /// like [`Emitter::emit`] while the queue is full.
    ///
    /// # Errors
    ///
    /// [`EmitError::Value`]: the arguments have no form in Socket.IO. [`EmitError::Send`]: the
    /// connection that the event came over has ended, or the answer exceeds the limit of the queue.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the answer was either queued or not.
    pub async fn send<T: Serialize + ?Sized>(self, arguments: &T) -> Result<(), EmitError> {
        self.emitter.acknowledge(self.token, arguments).await
    }
}

impl fmt::Debug for Acknowledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acknowledger").field("token", &self.token).finish_non_exhaustive()
    }
}
