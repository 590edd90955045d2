use alloc::{string::String, sync::Arc};
use core::fmt;

use serde::{Serialize, de::DeserializeOwned};

use super::{EmitError, Emitter, TransportError};
use crate::{
    Arguments,
    packet::ConnectError,
    session::{AckToken, DisconnectReason},
    value::ValueError,
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
    AttemptFailed(Arc<TransportError>),
    /// The server refused the namespace when the client reconnected. The client does not try again.
    Refused(ConnectError),
}

/// An event of the server.
///
/// ```
/// use sansocket_socketio::client::{EmitError, Event};
///
/// async fn on_event(event: Event) -> Result<(), EmitError> {
///     if event.name() == "add" {
///         let (one, other) = event.read::<(i64, i64)>()?;
///         event.ack(&(one + other)).await?;
///     }
///     Ok(())
/// }
/// ```
pub struct Event {
    name: String,
    arguments: Arguments,
    acknowledger: Option<Acknowledger>,
}

/// Answers an event.
struct Acknowledger {
    emitter: Emitter,
    token: AckToken,
}

impl Event {
    pub(super) const fn new(name: String, arguments: Arguments) -> Self {
        Self { name, arguments, acknowledger: None }
    }

    /// The same, acknowledged over an emitter.
    pub(super) fn acknowledged_over(self, emitter: Emitter, token: AckToken) -> Self {
        Self { acknowledger: Some(Acknowledger { emitter, token }), ..self }
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what the event carries. A server that can recover sessions adds an offset, a string, as
    /// the last argument of most events.
    #[must_use]
    pub const fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// Returns what the event carries, without a copy.
    #[must_use]
    pub fn into_arguments(self) -> Arguments {
        self.arguments
    }

    /// Reads the arguments as a type of serde's, see [`Arguments::read`].
    ///
    /// # Errors
    ///
    /// There are too few arguments, or they are of other types.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ValueError> {
        self.arguments.clone().read()
    }

    /// Returns whether the server asks for an acknowledgement.
    #[must_use]
    pub const fn wants_ack(&self) -> bool {
        self.acknowledger.is_some()
    }

    /// Acknowledges the event: a tuple is several arguments, `()` is none, and anything else is one.
    /// Does nothing if the server does not ask for it. An event may be acknowledged late, and in another
    /// task.
    ///
    /// Waits like [`Emitter::emit`] while the queue is full.
    ///
    /// # Errors
    ///
    /// [`EmitError::Value`]: the arguments have no form in Socket.IO. [`EmitError::Send`]: the
    /// connection that the event came over has ended, or the answer exceeds the limit of the queue.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped while it waits, the answer was not queued.
    pub async fn ack<T: Serialize + ?Sized>(self, arguments: &T) -> Result<(), EmitError> {
        match self.acknowledger {
            Some(Acknowledger { emitter, token }) => emitter.acknowledge(token, arguments).await,
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Event {
    // What events carry stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("name", &self.name)
            .field("arguments", &self.arguments.len())
            .field("wants_ack", &self.wants_ack())
            .finish()
    }
}
