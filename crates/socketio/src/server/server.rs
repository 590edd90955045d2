use alloc::{collections::BTreeMap, string::String, sync::Arc, vec::Vec};
use core::{
    fmt,
    future::Future,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use std::{collections::HashMap, sync::Mutex};

use sansocket::Timestamp;
use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};

use super::{
    Adapter, AdapterError, Broadcast, Builder, NamespaceBuilder, Selection, access::Access,
    adapter::Node, connection::Connection, lock::lock, namespace::ServedNamespace,
};
use crate::{Namespace, session::server::Settings};

/// A Socket.IO server, behind any HTTP server that works with the types of the crate `http`. A clone is
/// the same server.
///
/// It has no listener: give it the requests for `/socket.io/` by [`respond`](Self::respond). The
/// documentation of the [module](super) has whole programs.
#[derive(Clone)]
pub struct Server {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    settings: Settings,
    max_connections: usize,
    access: Access,
    adapter: Arc<dyn Adapter>,
    namespaces: Mutex<BTreeMap<Namespace, Arc<ServedNamespace>>>,
    connections: Mutex<HashMap<String, Arc<Connection>>>,
    tasks: Mutex<JoinSet<()>>,
    is_stopping: AtomicBool,
    /// The origin of timestamps.
    start: Instant,
}

impl Server {
    /// Creates a server with the defaults of [`Builder`].
    #[must_use]
    pub fn new() -> Self {
        Builder::default().build()
    }

    /// Returns a builder, for other settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn build(
        settings: Settings,
        max_connections: usize,
        access: Access,
        adapter: Arc<dyn Adapter>,
    ) -> Self {
        let inner = Arc::new(Inner {
            settings,
            max_connections,
            access,
            adapter,
            namespaces: Mutex::default(),
            connections: Mutex::default(),
            tasks: Mutex::default(),
            is_stopping: AtomicBool::new(false),
            start: Instant::now(),
        });
        inner.adapter.start(Node::new(&inner));
        Self { inner }
    }

    /// Sets up a namespace, such as `/`. Clients that ask for a namespace without a handler are refused,
    /// with the message `Invalid namespace`.
    ///
    /// ```
    /// use sansocket_socketio::server::Server;
    ///
    /// let server = Server::new();
    /// server.namespace("/").serve(|socket| async move {
    ///     while let Some(event) = socket.recv().await {
    ///         println!("{}: {:?}", event.name(), event.arguments());
    ///     }
    /// })?;
    /// # Ok::<(), sansocket_socketio::packet::NamespaceError>(())
    /// ```
    pub fn namespace(&self, name: &str) -> NamespaceBuilder {
        NamespaceBuilder::new(self, name)
    }

    /// Selects all sockets of a namespace, to send events to them.
    pub fn of(&self, namespace: &str) -> Broadcast {
        Broadcast::new(self, Namespace::new(namespace), Selection::default())
    }

    /// Checks that events of other servers arrive here, see [`Adapter::health`].
    ///
    /// # Errors
    ///
    /// They do not.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub async fn health(&self) -> Result<(), AdapterError> {
        self.inner.adapter.health().await
    }

    /// Shuts the server down: refuses new clients, closes all connections, and waits until every task,
    /// handlers included, has ended. What has not ended after `grace` is aborted. Returns whether nothing
    /// had to be.
    ///
    /// Clients are not told to stay away: they try to reconnect, to another server or to the next
    /// process. Stop the HTTP server after that: no request waits any more. A handler that calls this
    /// waits for itself, so call it elsewhere.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, tasks that have not ended are aborted.
    pub async fn shutdown(&self, grace: Duration) -> bool {
        self.inner.is_stopping.store(true, Ordering::SeqCst);
        // No connection is added from now on.
        let connections: Vec<_> = lock(&self.inner.connections).values().cloned().collect();
        for connection in connections {
            connection.update(|session, now| session.close(now));
        }
        // No task is added from now on.
        let mut tasks = core::mem::take(&mut *lock(&self.inner.tasks));
        let all_ended = async { while tasks.join_next().await.is_some() {} };
        let is_complete = timeout(grace, all_ended).await.is_ok();
        tasks.shutdown().await;
        lock(&self.inner.connections).clear();
        // A handler may own the server that owns it.
        lock(&self.inner.namespaces).clear();
        is_complete
    }

    // For connections.

    pub(super) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(super) fn access(&self) -> &Access {
        &self.inner.access
    }

    pub(super) fn adapter(&self) -> &dyn Adapter {
        &*self.inner.adapter
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.inner.is_stopping.load(Ordering::SeqCst)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.inner.start.elapsed().into()
    }

    pub(super) fn instant(&self, timestamp: Timestamp) -> Instant {
        /// Instants have an end; a timer that fires for nothing does no harm.
        const FAR_AWAY: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
        let since_start = timestamp.since(Timestamp::default()).min(FAR_AWAY);
        self.inner.start.checked_add(since_start).unwrap_or(self.inner.start)
    }

    pub(super) fn add_namespace(&self, namespace: ServedNamespace) {
        let mut namespaces = lock(&self.inner.namespaces);
        let name = namespace.name().clone();
        let namespace = match namespaces.get(&name) {
            Some(old) => namespace.replacing(old),
            None => namespace,
        };
        namespaces.insert(name, Arc::new(namespace));
    }

    pub(super) fn find_namespace(&self, name: &Namespace) -> Option<Arc<ServedNamespace>> {
        self.inner.namespace(name)
    }

    /// Adds a connection, and returns whether there was room.
    pub(super) fn add_connection(&self, connection: &Arc<Connection>) -> bool {
        let mut connections = lock(&self.inner.connections);
        if self.is_stopping() || connections.len() >= self.inner.max_connections {
            return false;
        }
        connections.insert(connection.sid().into(), Arc::clone(connection));
        true
    }

    pub(super) fn find_connection(&self, sid: &str) -> Option<Arc<Connection>> {
        lock(&self.inner.connections).get(sid).cloned()
    }

    pub(super) fn remove_connection(&self, sid: &str) {
        lock(&self.inner.connections).remove(sid);
    }

    /// Spawns a task that the server waits for when it shuts down. Then there are no new ones.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = lock(&self.inner.tasks);
        // Forgets those that have ended.
        while tasks.try_join_next().is_some() {}
        if !self.is_stopping() {
            tasks.spawn(task);
        }
    }
}

impl Inner {
    pub(super) fn namespace(&self, name: &Namespace) -> Option<Arc<ServedNamespace>> {
        lock(&self.namespaces).get(name).cloned()
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("settings", &self.settings)
            .field("adapter", &self.adapter)
            .field("connections", &lock(&self.connections).len())
            .finish_non_exhaustive()
    }
}
