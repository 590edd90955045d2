use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::{fmt, future::Future, pin::Pin};
use std::sync::Mutex;

use super::{
    Handshake, Server, Socket, connection::Connection, ids::unpredictable_id, lock::lock,
    rooms::Rooms,
};
use crate::{
    Namespace, Value,
    packet::{ConnectError, NamespaceError},
    session::DisconnectReason,
};

/// A namespace that is being set up, see [`Server::namespace`].
#[must_use = "a namespace has no handler without `serve`"]
pub struct NamespaceBuilder {
    server: Server,
    name: Result<Namespace, NamespaceError>,
    guards: Vec<Guard>,
}

/// A namespace that clients can connect to.
pub(super) struct ServedNamespace {
    name: Namespace,
    guards: Vec<Guard>,
    handler: Handler,
    pub(super) rooms: Arc<Mutex<Rooms>>,
}

type Guard = Box<dyn Fn(Handshake) -> BoxFuture<Result<Handshake, ConnectError>> + Send + Sync>;
type Handler = Box<dyn Fn(Socket) -> BoxFuture<()> + Send + Sync>;
type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl NamespaceBuilder {
    pub(super) fn new(server: &Server, name: &str) -> Self {
        Self { server: server.clone(), name: Namespace::new(name), guards: Vec::new() }
    }

    /// Adds a guard, which is called for every client that connects, after the guards before. It
    /// returns the handshake, perhaps with values that it added, or refuses the client with an error.
    /// Elsewhere this is called a middleware.
    ///
    /// [`Handshake`] has an example.
    pub fn guard<G, F>(mut self, guard: G) -> Self
    where
        G: Fn(Handshake) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Handshake, ConnectError>> + Send + 'static,
    {
        self.guards.push(Box::new(move |handshake| Box::pin(guard(handshake))));
        self
    }

    /// Serves the namespace: `handler` is called for every client that connects, in a task of its own.
    /// When it returns or panics, the socket is disconnected.
    ///
    /// A second handler for the same namespace replaces the first, for clients that connect from then
    /// on.
    ///
    /// # Errors
    ///
    /// The name is no name of a namespace.
    pub fn serve<H, F>(self, handler: H) -> Result<(), NamespaceError>
    where
        H: Fn(Socket) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let Self { server, name, guards } = self;
        server.add_namespace(ServedNamespace {
            name: name?,
            guards,
            handler: Box::new(move |socket| Box::pin(handler(socket))),
            rooms: Arc::default(),
        });
        Ok(())
    }
}

impl ServedNamespace {
    pub(super) fn name(&self) -> &Namespace {
        &self.name
    }

    /// Takes over the sockets of the one that this replaces.
    pub(super) fn replacing(self, old: &Self) -> Self {
        Self { rooms: Arc::clone(&old.rooms), ..self }
    }

    /// Connects a client that asks for it, and handles it to the end.
    pub(super) async fn connect(
        self: Arc<Self>,
        connection: Arc<Connection>,
        mut handshake: Handshake,
    ) {
        for guard in &self.guards {
            handshake = match guard(handshake).await {
                Ok(handshake) => handshake,
                Err(error) => return connection.reject(&self.name, error),
            };
        }
        // If it fails, clients are interrupted later.
        let _ = connection.server().adapter().ready().await;
        let socket = match self.recover(&connection, &handshake).await {
            Some(socket) => socket,
            None => match self.accept(&connection, handshake) {
                Some(socket) => socket,
                // The client has gone, or there are no ids.
                None => return connection.reject(&self.name, ConnectError::new("Server error")),
            },
        };
        // If it fails, the client cannot be recovered, and connects anew.
        let _ = socket.save().await;
        tokio::join!(self.handle(&socket), keep(&socket));
    }

    async fn handle(&self, socket: &Socket) {
        let _disconnect = Disconnect(socket);
        (self.handler)(socket.clone()).await;
    }

    /// Connects a client whose session begins.
    fn accept(
        self: &Arc<Self>,
        connection: &Arc<Connection>,
        handshake: Handshake,
    ) -> Option<Socket> {
        let id = unpredictable_id().ok()?;
        let pid = match connection.server().adapter().recovers() {
            true => Some(unpredictable_id().ok()?),
            false => None,
        };
        let socket = Socket::new(id, pid, false, handshake, self, connection);
        connection.accept(&socket, &[]).ok()?;
        Some(socket)
    }

    /// Connects a client that continues its session, if that is possible.
    async fn recover(
        self: &Arc<Self>,
        connection: &Arc<Connection>,
        handshake: &Handshake,
    ) -> Option<Socket> {
        let adapter = connection.server().adapter();
        if !adapter.recovers() {
            return None;
        }
        let pid = handshake.auth().get("pid").and_then(Value::as_str)?;
        let offset = handshake.auth().get("offset").and_then(Value::as_str)?;
        let session = adapter.find(&self.name, pid).await.ok()??;
        let old = lock(&self.rooms).get(&session.id).cloned();
        if let Some(old) = old {
            // The client has given it up. That may not be known here yet.
            old.connection().lose(DisconnectReason::TransportLost);
        }
        let (id, pid) = (session.id.clone(), Some(session.pid.clone()));
        let socket = Socket::new(id, pid, true, handshake.clone(), self, connection);
        if !connection.hold(&socket, &session.rooms) {
            return None;
        }
        let missed = adapter.missed(&session, offset).await;
        match missed {
            Ok(Some(missed)) if connection.accept(&socket, &missed).is_ok() => Some(socket),
            _ => {
                connection.release(&socket);
                None
            }
        }
    }
}

/// Tells the adapter, once the socket is disconnected, whether its client may come back.
async fn keep(socket: &Socket) {
    let Some(pid) = socket.pid() else { return };
    let reason = socket.disconnected().await;
    let adapter = socket.server().adapter();
    let is_final = match reason {
        DisconnectReason::Client => true,
        DisconnectReason::Server => !socket.server().is_stopping(),
        _ => false,
    };
    // If it fails, the session is kept as long as one whose server was killed.
    let _ = match is_final {
        true => adapter.forget(socket.namespace(), pid).await,
        false => adapter.lost(socket.namespace(), pid).await,
    };
}

/// Disconnects a socket when its handler ends, even by a panic.
struct Disconnect<'a>(&'a Socket);

impl Drop for Disconnect<'_> {
    fn drop(&mut self) {
        self.0.disconnect();
        // Nobody takes these.
        while let Some(event) = self.0.inbox().try_pop() {
            self.0.connection().backlog.remove(event.len);
        }
    }
}

impl fmt::Debug for NamespaceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamespaceBuilder")
            .field("name", &self.name)
            .field("guards", &self.guards.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ServedNamespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServedNamespace")
            .field("name", &self.name)
            .field("guards", &self.guards.len())
            .finish_non_exhaustive()
    }
}
