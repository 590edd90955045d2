use alloc::{
    boxed::Box,
    collections::{BTreeMap, VecDeque},
    format,
    string::String,
    vec::Vec,
};
use core::{fmt, future::ready, hash::BuildHasher as _, time::Duration};
use std::{
    hash::RandomState,
    sync::{Mutex, OnceLock},
};

use tokio::time::Instant;

use super::{Adapter, AdapterFuture, Node, Publication, SavedSession, Selection, lock::lock};
use crate::{Namespace, engine_io::EncodedPacket};

/// The adapter of a single server, in its memory.
///
/// With [`recovering`](Self::recovering), a client that comes back in time gets what it missed. Nothing
/// outlasts the process.
#[derive(Debug, Default)]
pub struct MemoryAdapter {
    node: OnceLock<Node>,
    recovery: Option<Mutex<Recovery>>,
}

struct Recovery {
    max_age: Duration,
    /// Distinguishes the offsets of this process from those of the one before.
    epoch: u64,
    logs: BTreeMap<Namespace, Log>,
    /// With the time when they were last saved, or their connections lost.
    sessions: BTreeMap<(Namespace, String), (SavedSession, Instant)>,
    next_cleanup: Option<Instant>,
}

impl fmt::Debug for Recovery {
    // Private ids grant access, and publications are for their receivers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recovery")
            .field("max_age", &self.max_age)
            .field("sessions", &self.sessions.len())
            .finish_non_exhaustive()
    }
}

/// The latest publications in a namespace.
#[derive(Default)]
struct Log {
    entries: VecDeque<(Publication, Instant)>,
    /// The number of the first entry.
    first: u64,
    /// The bytes of all entries.
    len: usize,
}

impl MemoryAdapter {
    /// Creates an adapter that recovers no sessions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an adapter that recovers a session whose client comes back within `max_age`, if not more
    /// than 16 MiB were emitted in its namespace meanwhile.
    ///
    /// Each event that is neither volatile nor asks for an acknowledgement then has one more argument,
    /// the offset, and is kept for that long.
    #[must_use]
    pub fn recovering(max_age: Duration) -> Self {
        let recovery = Recovery {
            max_age,
            epoch: RandomState::new().hash_one(0),
            logs: BTreeMap::new(),
            sessions: BTreeMap::new(),
            next_cleanup: None,
        };
        Self { node: OnceLock::new(), recovery: Some(Mutex::new(recovery)) }
    }

    fn deliver(&self, publication: &Publication) {
        if let Some(node) = self.node.get() {
            node.deliver(publication);
        }
    }

    /// Calls a function that no server of this adapter would call without recovery.
    fn with_recovery<T: Default>(&self, call: impl FnOnce(&mut Recovery) -> T) -> T {
        self.recovery.as_ref().map(|recovery| call(&mut lock(recovery))).unwrap_or_default()
    }
}

fn done<T: Send + 'static>(value: T) -> AdapterFuture<'static, T> {
    Box::pin(ready(Ok(value)))
}

impl Adapter for MemoryAdapter {
    fn start(&self, node: Node) {
        // A second server would get nothing.
        let _ = self.node.set(node);
    }

    fn publish(&self, mut publication: Publication) -> AdapterFuture<'_, ()> {
        match &self.recovery {
            Some(recovery) if !publication.is_volatile => {
                // Delivered under the lock, so that every socket gets the offsets in their order.
                let mut recovery = lock(recovery);
                recovery.keep(&mut publication);
                self.deliver(&publication);
            }
            _ => self.deliver(&publication),
        }
        done(())
    }

    fn sockets<'a>(
        &'a self,
        namespace: &'a Namespace,
        selection: &'a Selection,
    ) -> AdapterFuture<'a, Vec<String>> {
        let sockets = self.node.get().map(|node| node.sockets(namespace, selection));
        done(sockets.unwrap_or_default())
    }

    fn recovers(&self) -> bool {
        self.recovery.is_some()
    }

    fn save(&self, session: SavedSession) -> AdapterFuture<'_, ()> {
        self.with_recovery(|recovery| {
            if let Some(node) = self.node.get() {
                recovery.clean_up(node);
            }
            let key = (session.namespace.clone(), session.pid.clone());
            recovery.sessions.insert(key, (session, Instant::now()));
        });
        done(())
    }

    fn lost<'a>(&'a self, namespace: &'a Namespace, pid: &'a str) -> AdapterFuture<'a, ()> {
        self.with_recovery(|recovery| {
            if let Some((_, used)) = recovery.sessions.get_mut(&(namespace.clone(), pid.into())) {
                *used = Instant::now();
            }
        });
        done(())
    }

    fn forget<'a>(&'a self, namespace: &'a Namespace, pid: &'a str) -> AdapterFuture<'a, ()> {
        self.with_recovery(|recovery| {
            recovery.sessions.remove(&(namespace.clone(), pid.into()));
        });
        done(())
    }

    fn find<'a>(
        &'a self,
        namespace: &'a Namespace,
        pid: &'a str,
    ) -> AdapterFuture<'a, Option<SavedSession>> {
        done(self.with_recovery(|recovery| {
            let (session, used) = recovery.sessions.get(&(namespace.clone(), pid.into()))?;
            let is_connected =
                self.node.get().is_some_and(|node| node.has_socket(namespace, &session.id));
            (is_connected || used.elapsed() <= recovery.max_age).then(|| session.clone())
        }))
    }

    fn missed<'a>(
        &'a self,
        session: &'a SavedSession,
        offset: &'a str,
    ) -> AdapterFuture<'a, Option<Vec<Publication>>> {
        done(self.with_recovery(|recovery| {
            let number = recovery.number(offset)?;
            let log = recovery.logs.get(&session.namespace)?;
            let after = number.checked_add(1)?.checked_sub(log.first)?;
            let after = usize::try_from(after).ok()?;
            if after > log.entries.len() {
                return None;
            }
            let missed = log.entries.range(after..).map(|(publication, _)| publication);
            let for_session =
                |missed: &&Publication| missed.selection.matches(|room| session.is_in(room));
            Some(missed.filter(for_session).cloned().collect())
        }))
    }

    fn health(&self) -> AdapterFuture<'_, ()> {
        done(())
    }
}

impl Recovery {
    /// Gives a publication its offset, and keeps it.
    fn keep(&mut self, publication: &mut Publication) {
        let log = self.logs.entry(publication.namespace.clone()).or_default();
        let next =
            u64::try_from(log.entries.len()).map_or(u64::MAX, |len| log.first.saturating_add(len));
        publication.stamp(&format!("{:x}-{next:x}", self.epoch));
        log.push(publication.clone(), self.max_age);
    }

    /// Returns the number in an offset of this process.
    fn number(&self, offset: &str) -> Option<u64> {
        let (epoch, number) = offset.split_once('-')?;
        let is_own = u64::from_str_radix(epoch, 16).ok()? == self.epoch;
        if is_own { u64::from_str_radix(number, 16).ok() } else { None }
    }

    /// Removes, now and then, sessions whose time is over.
    fn clean_up(&mut self, node: &Node) {
        let now = Instant::now();
        if self.next_cleanup.is_some_and(|next| now < next) {
            return;
        }
        self.next_cleanup = now.checked_add(self.max_age);
        let max_age = self.max_age;
        self.sessions.retain(|(namespace, _), (session, used)| {
            used.elapsed() <= max_age || node.has_socket(namespace, &session.id)
        });
        for log in self.logs.values_mut() {
            log.trim(max_age);
        }
    }
}

impl Log {
    const MAX_LEN: usize = 16 * 1024 * 1024;

    fn push(&mut self, publication: Publication, max_age: Duration) {
        self.len = self.len.saturating_add(len(&publication));
        self.entries.push_back((publication, Instant::now()));
        self.trim(max_age);
    }

    fn trim(&mut self, max_age: Duration) {
        while let Some((publication, kept)) = self.entries.front()
            && (kept.elapsed() > max_age || self.len > Self::MAX_LEN)
        {
            self.len = self.len.saturating_sub(len(publication));
            self.first = self.first.saturating_add(1);
            self.entries.pop_front();
        }
    }
}

/// Returns the bytes that a publication takes, about.
fn len(publication: &Publication) -> usize {
    /// What it takes without packets.
    const OVERHEAD: usize = 256;
    let packets = publication.packets.iter().map(EncodedPacket::queued_len);
    packets.fold(OVERHEAD, usize::saturating_add)
}
