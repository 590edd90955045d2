use alloc::{string::String, sync::Arc, vec, vec::Vec};
use core::{fmt, time::Duration};

use serde::Serialize;

use super::{
    AckError, AdapterError, Broadcast, EmitError, Event, Handshake, Publication, SavedSession,
    Selection, Server, connection::Connection, inbox::Inbox, lock::lock,
    namespace::ServedNamespace,
};
use crate::{
    Arguments, Namespace,
    engine_io::Transport,
    packet::Packet,
    session::{AckToken, DisconnectReason, SendError},
};

/// A client's connection to a namespace. A clone is the same socket, for another task.
///
/// ```
/// use core::time::Duration;
/// use sansocket_socketio::server::{EmitError, Server, Socket};
///
/// async fn chat(socket: Socket) -> Result<(), EmitError> {
///     while let Some(event) = socket.recv().await {
///         match event.name() {
///             "join" => {
///                 let room: String = event.read()?;
///                 socket.join(&room).await?;
///                 event.ack(&socket.rooms())?;
///             }
///             "say" => {
///                 let (room, text): (String, String) = event.read()?;
///                 socket.to(&room).emit("said", &(socket.id(), text)).await?;
///             }
///             _ => {}
///         }
///     }
///     Ok(())
/// }
///
/// let server = Server::new();
/// server.namespace("/chat").serve(|socket| async {
///     if let Err(error) = chat(socket).await {
///         eprintln!("{error}");
///     }
/// })?;
/// # Ok::<(), sansocket_socketio::packet::NamespaceError>(())
/// ```
#[derive(Clone)]
pub struct Socket {
    shared: Arc<Shared>,
}

struct Shared {
    id: Arc<str>,
    pid: Option<String>,
    is_recovered: bool,
    handshake: Handshake,
    namespace: Arc<ServedNamespace>,
    connection: Arc<Connection>,
    inbox: Inbox,
}

impl Socket {
    pub(super) fn new(
        id: String,
        pid: Option<String>,
        is_recovered: bool,
        handshake: Handshake,
        namespace: &Arc<ServedNamespace>,
        connection: &Arc<Connection>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                id: id.into(),
                pid,
                is_recovered,
                handshake,
                namespace: Arc::clone(namespace),
                connection: Arc::clone(connection),
                inbox: Inbox::default(),
            }),
        }
    }

    /// Returns the id, which clients know too. It is new for each connection, unless the session
    /// [was recovered](Self::is_recovered).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.shared.id
    }

    /// Returns the namespace.
    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        self.shared.namespace.name()
    }

    /// Returns the server.
    #[must_use]
    pub fn server(&self) -> &Server {
        self.shared.connection.server()
    }

    /// Returns what the client sent to connect, and what guards added.
    #[must_use]
    pub fn handshake(&self) -> &Handshake {
        &self.shared.handshake
    }

    /// Returns the transport that now carries the connection.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.shared.connection.transport()
    }

    /// Returns whether this continues a session: the id and the rooms are those of the last connection,
    /// and the client gets what it missed.
    #[must_use]
    pub fn is_recovered(&self) -> bool {
        self.shared.is_recovered
    }

    // Events.

    /// Waits for the next event. Returns `None` once the socket is disconnected, after the last event.
    ///
    /// Events arrive in the order that they were sent in. While more than 1 MiB of them wait for the
    /// handlers of a client, nothing more is read from it, answers to pings and acknowledgements
    /// included: a handler that takes no event for longer than the ping timeout then loses its client.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no event is lost.
    pub async fn recv(&self) -> Option<Event> {
        let event = self.shared.inbox.pop().await?;
        self.shared.connection.backlog.remove(event.len);
        let (socket, name, arguments, ack) = (self.clone(), event.name, event.arguments, event.ack);
        Some(Event { socket, name, arguments, ack })
    }

    /// Sends an event to the client, with arguments as for [`Arguments::new`].
    ///
    /// If the client reads too slowly, so that the event would exceed
    /// [`max_queued_len`](crate::session::server::Settings::max_queued_len), all its sockets are
    /// disconnected, with [`DisconnectReason::QueueFull`].
    ///
    /// # Errors
    ///
    /// The socket is disconnected, or the event has no form in Socket.IO.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the event may have been sent or not.
    pub async fn emit<T: Serialize + ?Sized + Sync>(
        &self,
        name: &str,
        arguments: &T,
    ) -> Result<(), EmitError> {
        let packet = Packet::event(self.namespace().clone(), name, Arguments::new(arguments)?);
        let packets = packet.encode()?;
        let adapter = self.server().adapter();
        if !adapter.recovers() {
            return Ok(self.shared.connection.send(self, &packets)?);
        }
        if self.disconnect_reason().is_some() {
            return Err(SendError::NotConnected(self.namespace().clone()).into());
        }
        // Through the adapter, which keeps it, in case the connection is lost.
        let publication = Publication {
            namespace: self.namespace().clone(),
            selection: self.itself(),
            is_volatile: false,
            packets,
            offset: None,
        };
        Ok(adapter.publish(publication).await?)
    }

    /// Sends an event to the client, and waits for its acknowledgement.
    ///
    /// # Errors
    ///
    /// As for [`emit`](Self::emit). The client does not acknowledge it within `timeout`, or the socket
    /// is disconnected before.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the event is sent, once it was polled, and the acknowledgement ignored.
    pub async fn emit_with_ack<T: Serialize + ?Sized + Sync>(
        &self,
        name: &str,
        arguments: &T,
        timeout: Duration,
    ) -> Result<Arguments, AckError> {
        let arguments = Arguments::new(arguments).map_err(EmitError::from)?;
        let connection = &self.shared.connection;
        let answer = connection.emit_with_ack(self, name, arguments, timeout);
        // What waits for it is dropped at the end of the connection.
        answer.map_err(EmitError::from)?.await.unwrap_or(Err(AckError::Disconnected))
    }

    pub(super) fn acknowledge(&self, ack: AckToken, arguments: Arguments) -> Result<(), EmitError> {
        Ok(self.shared.connection.acknowledge(self.namespace(), ack, arguments)?)
    }

    // Other sockets.

    /// Selects the sockets in a room, without this one.
    pub fn to(&self, room: impl Into<String>) -> Broadcast {
        self.broadcast().to(room)
    }

    /// Selects all sockets of the namespace, without this one.
    pub fn broadcast(&self) -> Broadcast {
        self.everybody(Selection::default()).except(self.id())
    }

    /// Selects this socket, for an event that it gets only if it can get it at once.
    pub fn volatile(&self) -> Broadcast {
        self.everybody(self.itself()).volatile()
    }

    fn everybody(&self, selection: Selection) -> Broadcast {
        Broadcast::new(self.server(), Ok(self.namespace().clone()), selection)
    }

    fn itself(&self) -> Selection {
        Selection { rooms: vec![self.id().into()], except: Vec::new() }
    }

    // Rooms.

    /// Joins a room. Does nothing if the socket is in it, or disconnected.
    ///
    /// # Errors
    ///
    /// The socket has joined the room, but the adapter did not save that: a client that reconnects
    /// may not be recovered.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped after it was polled, the socket has joined the room.
    pub async fn join(&self, room: &str) -> Result<(), AdapterError> {
        let has_joined = lock(&self.shared.namespace.rooms).join(self.id(), room);
        if has_joined { self.save().await } else { Ok(()) }
    }

    /// Leaves a room. Does nothing if the socket is not in it.
    ///
    /// # Errors
    ///
    /// As for [`join`](Self::join).
    ///
    /// # Cancel safety
    ///
    /// As for [`join`](Self::join).
    pub async fn leave(&self, room: &str) -> Result<(), AdapterError> {
        let has_left = lock(&self.shared.namespace.rooms).leave(self.id(), room);
        if has_left { self.save().await } else { Ok(()) }
    }

    /// Returns the rooms that the socket is in, or was in when it was disconnected; sorted, without the
    /// one that is named as its id.
    #[must_use]
    pub fn rooms(&self) -> Vec<String> {
        match self.shared.inbox.known_end() {
            Some(end) => end.rooms.clone(),
            None => self.rooms_while_connected().unwrap_or_default(),
        }
    }

    fn rooms_while_connected(&self) -> Option<Vec<String>> {
        lock(&self.shared.namespace.rooms).of(self.id())
    }

    /// Saves the session, if it can be recovered.
    pub(super) async fn save(&self) -> Result<(), AdapterError> {
        let Some(pid) = &self.shared.pid else { return Ok(()) };
        // What was saved before is better than no rooms.
        let Some(rooms) = self.rooms_while_connected() else { return Ok(()) };
        let (namespace, id) = (self.namespace().clone(), self.id().into());
        let session = SavedSession { namespace, pid: pid.clone(), id, rooms };
        self.server().adapter().save(session).await
    }

    // The end.

    /// Disconnects the socket from its namespace. The connection stays open for others of the same
    /// client.
    pub fn disconnect(&self) {
        self.shared.connection.disconnect(self);
    }

    /// Returns why the socket was disconnected; `None` while it is connected.
    #[must_use]
    pub fn disconnect_reason(&self) -> Option<&DisconnectReason> {
        self.shared.inbox.known_end().map(|end| &end.reason)
    }

    /// Waits until the socket is disconnected, and returns why. Events are not needed for that.
    ///
    /// # Cancel safety
    ///
    /// Can be awaited again.
    pub async fn disconnected(&self) -> &DisconnectReason {
        &self.shared.inbox.ended().await.reason
    }

    // For the connection.

    pub(super) fn shared_id(&self) -> Arc<str> {
        Arc::clone(&self.shared.id)
    }

    pub(super) fn pid(&self) -> Option<&str> {
        self.shared.pid.as_deref()
    }

    pub(super) fn served_namespace(&self) -> &Arc<ServedNamespace> {
        &self.shared.namespace
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.shared.connection
    }

    pub(super) fn inbox(&self) -> &Inbox {
        &self.shared.inbox
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    pub(super) fn deliver(&self, publication: &Publication) {
        self.shared.connection.deliver(self, publication);
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("namespace", self.namespace())
            .field("id", &self.id())
            .field("disconnect_reason", &self.disconnect_reason())
            .finish_non_exhaustive()
    }
}
