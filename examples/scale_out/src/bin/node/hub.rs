use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use scale_out::{
    engine::{Node, ReaderId, Settings},
    log::RedisLog,
    protocol::Name,
};
use tokio::sync::Notify;

/// How long the subscription may bring nothing, not even the end of a wait of one second.
const MAX_SILENCE: Duration = Duration::from_secs(4);

/// All that the tasks of a node share.
pub(crate) struct Hub {
    pub(crate) name: Name,
    pub(crate) log: RedisLog,
    state: Mutex<State>,
    /// Somebody has come or gone.
    pub(crate) presence: Notify,
    is_draining: AtomicBool,
}

struct State {
    node: Node,
    /// Wakes the task that writes to a reader.
    wakers: HashMap<ReaderId, Arc<Notify>>,
    /// When the subscription was last known to be alive.
    alive: Option<Instant>,
}

impl Hub {
    pub(crate) fn new(name: Name, log: RedisLog, settings: Settings) -> Self {
        let state = State { node: Node::new(settings), wakers: HashMap::new(), alive: None };
        let (presence, is_draining) = (Notify::new(), AtomicBool::new(false));
        Self { name, log, state: Mutex::new(state), presence, is_draining }
    }

    /// Calls the node, and wakes the readers that have something to do then. Never waits for I/O.
    pub(crate) fn node<R>(&self, call: impl FnOnce(&mut Node) -> R) -> R {
        let mut state = self.lock();
        let result = call(&mut state.node);
        for reader in state.node.take_ready() {
            if let Some(waker) = state.wakers.get(&reader) {
                waker.notify_one();
            }
        }
        result
    }

    pub(crate) fn connect(self: &Arc<Self>, user: Name) -> Connected {
        let mut state = self.lock();
        let (id, ready) = (state.node.connect(user), Arc::new(Notify::new()));
        state.wakers.insert(id, Arc::clone(&ready));
        Connected { hub: Arc::clone(self), id, ready }
    }

    pub(crate) fn subscription_is_alive(&self) {
        self.lock().alive = Some(Instant::now());
    }

    /// A node whose subscription is dead accepts connections and messages, but delivers nothing.
    pub(crate) fn is_healthy(&self) -> bool {
        let is_alive = |alive: Instant| alive.elapsed() < MAX_SILENCE;
        !self.is_draining() && self.lock().alive.is_some_and(is_alive)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }

    pub(crate) fn begin_draining(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reader, until it is dropped.
pub(crate) struct Connected {
    pub(crate) hub: Arc<Hub>,
    pub(crate) id: ReaderId,
    /// Notified when the reader has something to do.
    pub(crate) ready: Arc<Notify>,
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut state = self.hub.lock();
        state.node.disconnect(self.id);
        state.wakers.remove(&self.id);
        drop(state);
        self.hub.presence.notify_one();
    }
}
