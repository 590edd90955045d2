use alloc::{string::String, sync::Arc};
use core::{fmt, time::Duration};

use sansocket::Timestamp;
use serde::Serialize;
use tokio::sync::oneshot;

use super::{
    EmitError,
    handle::Handle,
    state::{Call, State},
};
use crate::{
    Arguments, Namespace,
    session::{AckToken, SendError},
};

/// Sends events to a namespace, from any task. It is made by [`Socket::emitter`](super::Socket::emitter).
///
/// It does not keep the namespace connected: that is what the [`Socket`](super::Socket) does.
///
/// While the client reconnects, events are buffered, up to
/// [`max_queued_len`](super::Builder::max_queued_len), and sent once the namespace is connected again.
/// Those that were emitted before the connection was lost may or may not have arrived: only an
/// acknowledgement tells. Once the namespace is left for good, so that
/// [`recv`](super::Socket::recv) returns `None`, an event is an error.
#[derive(Clone)]
pub struct Emitter {
    handle: Arc<Handle>,
    namespace: Namespace,
}

impl Emitter {
    pub(super) const fn new(handle: Arc<Handle>, namespace: Namespace) -> Self {
        Self { handle, namespace }
    }

    pub(super) const fn handle(&self) -> &Arc<Handle> {
        &self.handle
    }

    /// Returns the namespace.
    #[must_use]
    pub const fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// Returns the id of the socket, by which the server knows it; `None` while it is not connected.
    /// After a reconnection it is another one, unless the session was
    /// [recovered](Self::is_recovered).
    #[must_use]
    pub fn id(&self) -> Option<String> {
        self.handle.shared.look(|state| state.member(&self.namespace)?.sid.clone())
    }

    /// Returns whether the namespace is connected now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.handle.shared.look(|state| state.session.is_connected(&self.namespace))
    }

    /// Returns whether the server recovered the session at the last connection.
    #[must_use]
    pub fn is_recovered(&self) -> bool {
        let shared = &self.handle.shared;
        shared.look(|state| state.member(&self.namespace).is_some_and(|member| member.recovered))
    }

    /// Sends an event. A tuple is several arguments, `()` is none, and anything else is one, see
    /// [`Arguments`].
    ///
    /// The event is queued, and written by the task of the client. Waits only while the queue is full
    /// because the server reads slowly, and until it has read enough.
    ///
    /// ```no_run
    /// # async fn run(socket: sansocket_socketio::client::Socket) -> Result<(), sansocket_socketio::client::EmitError> {
    /// use sansocket_socketio::Binary;
    ///
    /// socket.emit("message", "hello").await?;
    /// socket.emit("move", &(3, 4)).await?; // two arguments
    /// socket.emit("upload", &("cat.png", Binary::from(vec![1, 2, 3]))).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`EmitError::Value`]: the arguments have no form in Socket.IO. [`EmitError::Send`]: the
    /// namespace was left, the event has an invalid form, or there is no room for it, and none will come
    /// when the server reads: it alone exceeds the limit of the queue, or does so with what is buffered
    /// for namespaces that are not connected, or the client is away.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped while it waits, the event was not queued.
    pub async fn emit<T: Serialize + ?Sized>(
        &self,
        name: &str,
        arguments: &T,
    ) -> Result<(), EmitError> {
        self.queue(arguments, |state, arguments, _| {
            state.session.emit(&self.namespace, name, arguments)
        })
        .await
    }

    /// Sends an event if it can leave at once; otherwise drops it and returns `false`. For what is soon
    /// outdated, such as a position.
    ///
    /// # Errors
    ///
    /// The arguments have no form in Socket.IO, or the event has an invalid form.
    pub fn emit_volatile<T: Serialize + ?Sized>(
        &self,
        name: &str,
        arguments: &T,
    ) -> Result<bool, EmitError> {
        let arguments = Arguments::new(arguments)?;
        self.handle.shared.change(|state, _| {
            let session = &mut state.session;
            if !session.is_writable(&self.namespace) {
                return Ok(false);
            }
            match session.emit(&self.namespace, name, arguments) {
                Ok(()) => Ok(true),
                // What is buffered for other namespaces takes the room.
                Err(SendError::QueueFull { .. }) => Ok(false),
                Err(error) => Err(error.into()),
            }
        })
    }

    /// Sends an event, and waits for its acknowledgement, for at most
    /// [`ack_timeout`](super::Builder::ack_timeout).
    ///
    /// ```no_run
    /// # async fn run(socket: sansocket_socketio::client::Socket) -> Result<(), Box<dyn std::error::Error>> {
    /// let sum = socket.emit_with_ack("add", &(1, 2)).await?.read::<i64>()?;
    /// assert_eq!(sum, 3);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As with [`emit`](Self::emit), and [`EmitError::AckTimeout`], [`EmitError::Disconnected`].
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the event was either queued or not. An acknowledgement that comes later
    /// is ignored.
    pub async fn emit_with_ack<T: Serialize + ?Sized>(
        &self,
        name: &str,
        arguments: &T,
    ) -> Result<Arguments, EmitError> {
        self.emit_with_ack_within(name, arguments, self.handle.ack_timeout).await
    }

    /// Sends an event, and waits for its acknowledgement, for at most `timeout` from when the event is
    /// queued.
    ///
    /// If the timeout passes while the event is buffered, the event is not sent.
    ///
    /// # Errors
    ///
    /// As with [`emit_with_ack`](Self::emit_with_ack).
    ///
    /// # Cancel safety
    ///
    /// As with [`emit_with_ack`](Self::emit_with_ack).
    pub async fn emit_with_ack_within<T: Serialize + ?Sized>(
        &self,
        name: &str,
        arguments: &T,
        timeout: Duration,
    ) -> Result<Arguments, EmitError> {
        let namespace = &self.namespace;
        let answered = self
            .queue(arguments, |state, arguments, now| {
                let id = state.session.emit_with_ack(namespace, name, arguments, timeout, now)?;
                let (answer, answered) = oneshot::channel();
                state.calls.insert(id, Call { namespace: namespace.clone(), timeout, answer });
                Ok(answered)
            })
            .await?;
        answered.await.unwrap_or_else(|_| Err(EmitError::Disconnected(namespace.clone())))
    }

    pub(super) async fn acknowledge<T: Serialize + ?Sized>(
        &self,
        token: AckToken,
        arguments: &T,
    ) -> Result<(), EmitError> {
        self.queue(arguments, |state, arguments, _| {
            state.session.acknowledge(&self.namespace, token, arguments)
        })
        .await
    }

    /// Queues something. Waits while that is impossible because the server reads slowly.
    async fn queue<T: Serialize + ?Sized, R>(
        &self,
        arguments: &T,
        send: impl Fn(&mut State, Arguments, Timestamp) -> Result<R, SendError>,
    ) -> Result<R, EmitError> {
        let shared = &self.handle.shared;
        loop {
            // Registered before the attempt, so that no room that comes meanwhile is missed.
            let room = shared.outbox_room();
            let values = Arguments::new(arguments)?;
            let result = shared.change(|state, now| {
                let result = send(state, values, now);
                result.map_err(|error| (has_room_later(state, &self.namespace, &error), error))
            });
            match result {
                Err((true, _)) => room.await,
                Err((false, error)) => return Err(error.into()),
                Ok(sent) => return Ok(sent),
            }
        }
    }
}

/// Returns whether what was not queued has room once the server has read all that is queued.
fn has_room_later(state: &State, namespace: &Namespace, error: &SendError) -> bool {
    let SendError::QueueFull { len, max, .. } = error else { return false };
    let session = &state.session;
    session.is_connected(namespace) && session.buffered_len().saturating_add(*len) <= *max
}

impl fmt::Debug for Emitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter")
            .field("namespace", &self.namespace)
            .field("is_connected", &self.is_connected())
            .finish_non_exhaustive()
    }
}
