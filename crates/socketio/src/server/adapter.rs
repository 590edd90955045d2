use alloc::{
    boxed::Box,
    format,
    string::{String, ToString as _},
    sync::{Arc, Weak},
    vec::Vec,
};
use core::{error::Error, fmt, future::Future, pin::Pin};

use super::{Selection, lock::lock, server::Inner};
use crate::{Namespace, engine_io::EncodedPacket, session::DisconnectReason};

/// The link between the servers of an application, for broadcasts and for sessions that can be
/// recovered.
///
/// [`MemoryAdapter`](super::MemoryAdapter), the default, is for a single server.
///
/// An adapter brings each [`Publication`] to all servers, including its own, and each of them
/// [delivers](Node::deliver) it to its sockets. An adapter that [recovers](Self::recovers) sessions gives
/// each publication an [offset](Publication::stamp), delivers them in the order of the offsets, and keeps
/// them for some time, as well as the [`SavedSession`]s. A client that comes back gives the offset of the
/// last event that it has received, perhaps to another server, since its own may have been killed.
pub trait Adapter: fmt::Debug + Send + Sync + 'static {
    /// Takes the server that the adapter is for. It is called once, before the other methods.
    fn start(&self, node: Node);

    /// Waits until what other servers publish arrives here, and what is published here too. A client is
    /// connected only then. By default that is so at once.
    ///
    /// # Errors
    ///
    /// It does not arrive. Clients are connected all the same, and [interrupted](Node::interrupt) once it
    /// arrives.
    fn ready(&self) -> AdapterFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Publishes an event to the sockets of all servers.
    ///
    /// # Errors
    ///
    /// It may have been published or not.
    fn publish(&self, publication: Publication) -> AdapterFuture<'_, ()>;

    /// Returns the ids of the selected sockets of all servers.
    ///
    /// # Errors
    ///
    /// The other servers cannot be asked.
    fn sockets<'a>(
        &'a self,
        namespace: &'a Namespace,
        selection: &'a Selection,
    ) -> AdapterFuture<'a, Vec<String>>;

    /// Returns whether sessions can be recovered. If not, the methods below are not called.
    fn recovers(&self) -> bool;

    /// Saves a session: when it begins, and when its rooms change.
    ///
    /// # Errors
    ///
    /// It is not saved.
    fn save(&self, session: SavedSession) -> AdapterFuture<'_, ()>;

    /// Records that the connection of a saved session was lost, so that the time begins in which it can
    /// be recovered. It is not called if the server was killed.
    ///
    /// # Errors
    ///
    /// It is not recorded.
    fn lost<'a>(&'a self, namespace: &'a Namespace, pid: &'a str) -> AdapterFuture<'a, ()>;

    /// Forgets a session that either side ended on purpose.
    ///
    /// # Errors
    ///
    /// It may be recovered.
    fn forget<'a>(&'a self, namespace: &'a Namespace, pid: &'a str) -> AdapterFuture<'a, ()>;

    /// Finds a session that was saved. What was published before must be delivered here before this
    /// returns: the client may have it already.
    ///
    /// # Errors
    ///
    /// It is not known whether there is one.
    fn find<'a>(
        &'a self,
        namespace: &'a Namespace,
        pid: &'a str,
    ) -> AdapterFuture<'a, Option<SavedSession>>;

    /// Returns the publications for a session after the one with an offset, in their order; `None` if
    /// they are not all there.
    ///
    /// From before this call on, the server holds back the publications that it is to
    /// [deliver](Node::deliver) to the session, and sends them after the missed ones. A publication may
    /// be among both: it is sent once. So what is returned must be delivered before, or never.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    fn missed<'a>(
        &'a self,
        session: &'a SavedSession,
        offset: &'a str,
    ) -> AdapterFuture<'a, Option<Vec<Publication>>>;

    /// Checks that publications of other servers arrive here.
    ///
    /// # Errors
    ///
    /// They do not.
    fn health(&self) -> AdapterFuture<'_, ()>;
}

/// The future of a method of an [`Adapter`].
pub type AdapterFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, AdapterError>> + Send + 'a>>;

/// An adapter failed, for example since the database between the servers is not available.
#[derive(Debug, thiserror::Error)]
#[error("the adapter failed: {0}")]
pub struct AdapterError(Box<dyn Error + Send + Sync>);

impl AdapterError {
    /// Creates an error of the adapter's own.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

/// An event for several sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "an adapter must bring all of it to the other servers"
)]
pub struct Publication {
    /// The namespace.
    pub namespace: Namespace,
    /// The sockets that get it.
    pub selection: Selection,
    /// Sockets that cannot get it at once do not get it at all.
    pub is_volatile: bool,
    /// The encoded packet: a text, and its attachments.
    pub packets: Vec<EncodedPacket>,
    /// The position in the order of publications; `None` if it is not kept.
    pub offset: Option<String>,
}

impl Publication {
    /// Sets the offset, and adds it to the packet as a last argument, from which the client knows it.
    /// It must need no escapes in JSON.
    ///
    /// ```
    /// use sansocket_socketio::server::{Publication, Selection};
    /// use sansocket_socketio::{Arguments, Namespace, engine_io::EncodedPacket, packet::Packet};
    ///
    /// let mut publication = Publication {
    ///     namespace: Namespace::default(),
    ///     selection: Selection::default(),
    ///     is_volatile: false,
    ///     packets: Packet::event(Namespace::default(), "said", Arguments::new("hi")?).encode()?,
    ///     offset: None,
    /// };
    /// publication.stamp("17");
    /// assert_eq!(publication.packets, [EncodedPacket::Text(r#"42["said","hi","17"]"#.into())]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stamp(&mut self, offset: &str) {
        self.offset = Some(offset.into());
        if let Some(EncodedPacket::Text(text)) = self.packets.first_mut()
            && let Some(arguments) = text.strip_suffix(']')
        {
            // The name of the event is always before it.
            *text = format!("{arguments},\"{offset}\"]").into();
        }
    }
}

/// A session that can be recovered. Whoever knows its `pid` can take it over.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an adapter must save all of it")]
pub struct SavedSession {
    /// The namespace.
    pub namespace: Namespace,
    /// The private id.
    pub pid: String,
    /// The public id, of the socket.
    pub id: String,
    /// The rooms that it is in, without that of its id.
    pub rooms: Vec<String>,
}

impl SavedSession {
    /// Returns whether the socket is in a room.
    #[must_use]
    pub fn is_in(&self, room: &str) -> bool {
        self.id == room || self.rooms.iter().any(|own| own == room)
    }
}

impl fmt::Debug for SavedSession {
    // The private id grants access: keep it out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedSession")
            .field("namespace", &self.namespace)
            .field("id", &self.id)
            .field("rooms", &self.rooms)
            .finish_non_exhaustive()
    }
}

/// A server, as its [`Adapter`] sees it.
#[derive(Clone, Debug)]
pub struct Node {
    // The server owns the adapter.
    server: Weak<Inner>,
}

impl Node {
    pub(super) fn new(server: &Arc<Inner>) -> Self {
        Self { server: Arc::downgrade(server) }
    }

    /// Delivers a publication to the sockets that are connected to this server.
    pub fn deliver(&self, publication: &Publication) {
        let Some(server) = self.server.upgrade() else { return };
        let Some(namespace) = server.namespace(&publication.namespace) else { return };
        // Sockets are locked one by one, and their rooms not meanwhile.
        let sockets = lock(&namespace.rooms).select(&publication.selection);
        for socket in sockets {
            socket.deliver(publication);
        }
    }

    /// Ends all connections of this server, since publications may not have arrived here. Their clients
    /// connect again, and so learn whether they missed something.
    pub fn interrupt(&self) {
        if let Some(server) = self.server.upgrade() {
            server.lose_connections(&DisconnectReason::EventsLost);
        }
    }

    /// Returns the ids of the selected sockets that are connected to this server.
    #[must_use]
    pub fn sockets(&self, namespace: &Namespace, selection: &Selection) -> Vec<String> {
        let namespace = self.server.upgrade().and_then(|server| server.namespace(namespace));
        let Some(namespace) = namespace else { return Vec::new() };
        let sockets = lock(&namespace.rooms).select(selection);
        sockets.iter().map(|socket| socket.id().to_string()).collect()
    }

    /// Returns whether a socket is connected to this server.
    #[must_use]
    pub fn has_socket(&self, namespace: &Namespace, id: &str) -> bool {
        let namespace = self.server.upgrade().and_then(|server| server.namespace(namespace));
        namespace.is_some_and(|namespace| lock(&namespace.rooms).get(id).is_some())
    }
}
