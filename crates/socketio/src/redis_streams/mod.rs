//! Several servers with one Redis: broadcasts to all of them, and sessions that any of them recovers.
//!
//! ```no_run
//! use sansocket_socketio::redis_streams::{RedisStreams, Settings};
//! use sansocket_socketio::server::Server;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let adapter = RedisStreams::new("redis://127.0.0.1:6379", &Settings::default().prefix("shop"))?;
//! let server = Server::builder().adapter(adapter).build();
//! # Ok(())
//! # }
//! ```
//!
//! # Theory of operation
//!
//! Redis has two ways to bring a message to several programs. Its publish and subscribe forgets whatever
//! a subscriber misses while it reconnects, and drops the subscriber if a message is too large. A stream
//! keeps entries, and each reader has a position in it. So:
//!
//! 1. Every publication is appended to one stream. A script numbers the entries: within an epoch there
//!    are no gaps. The id, epoch and number, is the offset that clients get.
//! 2. Each server reads the stream, with one blocking command on a connection of its own, and delivers
//!    every entry to its sockets; its own publications come back to it this way, too, and then the
//!    call that published them returns. So all sockets of all servers get the events in the same order.
//! 3. An epoch begins when Redis has no data, and when it was started again: it may have lost what it
//!    acknowledged last.
//! 4. A server that finds a gap, since the number is not the next one or the epoch is another, interrupts
//!    its connections. Their clients return with their last offset. They get what they missed if all of
//!    it is there, or are told that they were not recovered.
//! 5. A session is a key that expires unless the server that has the connection renews it. Nothing needs
//!    to be saved when a connection ends, so a server that is killed loses none.
//! 6. What a client may make large is bounded before it reaches Redis: events, private ids, offsets. What
//!    a server reads of the stream at once is bounded, too: 8 entries, or a page of about 1 MiB for a
//!    client that comes back.
//!
//! Redis 7 is needed, since scripts ask which run of Redis they are in.

mod census;
mod entry;
mod entry_id;
mod log;
mod sessions;
mod settings;
mod subscription;

use alloc::{boxed::Box, format, string::String, sync::Arc, vec::Vec};
use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use ::redis::RedisError;
use sansocket::{Backoff, Seed};
use tokio::{
    sync::watch,
    task::AbortHandle,
    time::{Instant, timeout},
};

pub use self::settings::Settings;
use self::{
    entry::Entry,
    entry_id::EntryId,
    log::{Log, Page},
    sessions::Sessions,
    subscription::Subscription,
};
use crate::{
    Namespace,
    server::{
        Adapter, AdapterError, AdapterFuture, Node, Publication, SavedSession, Selection,
        unpredictable_id,
    },
};

/// How long Redis may be silent.
const SILENCE: Duration = Duration::from_secs(5);
/// How many entries a client that comes back may have missed, those for others included.
const MAX_MISSED: usize = 10_000;
/// How many bytes for itself it may have missed.
const MAX_MISSED_LEN: usize = 16 << 20;
/// How many rooms and packets a publication has at most, which is within the stack of a script.
const MAX_FIELDS: usize = 1_000;

/// The adapter for several servers with one Redis, see the [module](self).
#[derive(Debug)]
pub struct RedisStreams {
    log: Log,
    sessions: Sessions,
    max_publication_len: usize,
    server_id: String,
    seed: Seed,
    answered: Arc<Mutex<Option<Instant>>>,
    delivered: watch::Sender<EntryId>,
    has_begun: watch::Sender<bool>,
    tasks: Mutex<Vec<AbortHandle>>,
}

impl RedisStreams {
    /// Creates an adapter for the Redis at a URL. It connects when the server starts, and whenever the
    /// connection was lost.
    ///
    /// # Errors
    ///
    /// The URL is invalid, or the operating system has no random numbers.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime, as does the server that starts it.
    pub fn new(url: &str, settings: &Settings) -> Result<Self, AdapterError> {
        let log =
            Log::new(url, &settings.prefix, settings.max_entries).map_err(AdapterError::new)?;
        Ok(Self {
            sessions: Sessions::new(log.clone(), settings.max_age),
            log,
            max_publication_len: settings.max_publication_len,
            server_id: unpredictable_id().map_err(AdapterError::new)?,
            seed: Seed::from_os().map_err(AdapterError::new)?,
            answered: Arc::default(),
            delivered: watch::Sender::new(EntryId::default()),
            has_begun: watch::Sender::new(false),
            tasks: Mutex::default(),
        })
    }
}

impl RedisStreams {
    /// Waits until this server has delivered an entry. Returns `false` if that takes too long.
    async fn is_delivered(&self, id: EntryId) -> bool {
        let mut delivered = self.delivered.subscribe();
        matches!(timeout(SILENCE, delivered.wait_for(|at| *at >= id)).await, Ok(Ok(_)))
    }
}

impl Drop for RedisStreams {
    fn drop(&mut self) {
        let tasks = self.tasks.get_mut().unwrap_or_else(PoisonError::into_inner);
        tasks.iter().for_each(AbortHandle::abort);
    }
}

/// The future of a command.
fn command<'a, T>(
    future: impl Future<Output = Result<T, RedisError>> + Send + 'a,
) -> AdapterFuture<'a, T> {
    Box::pin(async move { future.await.map_err(AdapterError::new) })
}

impl Adapter for RedisStreams {
    fn start(&self, node: Node) {
        let subscription = Subscription {
            log: self.log.clone(),
            node,
            server_id: self.server_id.clone(),
            answered: Arc::clone(&self.answered),
            delivered: self.delivered.clone(),
            has_begun: self.has_begun.clone(),
        };
        let backoff = Backoff::new(self.seed.clone())
            .first_delay(Duration::from_millis(500))
            .max_delay(Duration::from_secs(5));
        let tasks =
            [tokio::spawn(subscription.run(backoff)), tokio::spawn(self.sessions.clone().renew())];
        let mut own = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        own.extend(tasks.iter().map(tokio::task::JoinHandle::abort_handle));
    }

    fn ready(&self) -> AdapterFuture<'_, ()> {
        Box::pin(async {
            // It cannot end before this.
            let _ = self.has_begun.subscribe().wait_for(|has_begun| *has_begun).await;
            Ok(())
        })
    }

    fn publish(&self, publication: Publication) -> AdapterFuture<'_, ()> {
        let len = len(&publication);
        let max = self.max_publication_len;
        if len > max {
            let reason = format!(
                "the event has {len} bytes, and may have {max}: raise `max_publication_len`, or send less"
            );
            return Box::pin(async { Err(AdapterError::new(reason)) });
        }
        if let Err(error) = check_fields(&publication.selection, publication.packets.len()) {
            return Box::pin(async move { Err(error) });
        }
        command(async move {
            let id = self.log.append(&Entry::Publication(publication)).await?;
            // Whoever emits and then lets a socket leave a room means this order. It is published even if
            // the way back takes too long.
            self.is_delivered(id).await;
            Ok(())
        })
    }

    fn sockets<'a>(
        &'a self,
        namespace: &'a Namespace,
        selection: &'a Selection,
    ) -> AdapterFuture<'a, Vec<String>> {
        Box::pin(async {
            check_fields(selection, 0)?;
            let question = unpredictable_id().map_err(AdapterError::new)?;
            let sockets = census::ask(&self.log, &question, namespace, selection).await;
            sockets.map_err(AdapterError::new)
        })
    }

    fn recovers(&self) -> bool {
        true
    }

    fn save(&self, session: SavedSession) -> AdapterFuture<'_, ()> {
        command(self.sessions.save(session))
    }

    fn lost<'a>(&'a self, namespace: &'a Namespace, pid: &'a str) -> AdapterFuture<'a, ()> {
        command(self.sessions.lost(namespace, pid))
    }

    fn forget<'a>(&'a self, namespace: &'a Namespace, pid: &'a str) -> AdapterFuture<'a, ()> {
        command(self.sessions.forget(namespace, pid))
    }

    fn find<'a>(
        &'a self,
        namespace: &'a Namespace,
        pid: &'a str,
    ) -> AdapterFuture<'a, Option<SavedSession>> {
        command(async move {
            let Some(session) = self.sessions.find(namespace, pid).await? else { return Ok(None) };
            // What the client has already must not be delivered while it is recovered.
            let end = self.log.end().await?;
            Ok(self.is_delivered(end).await.then_some(session))
        })
    }

    fn missed<'a>(
        &'a self,
        session: &'a SavedSession,
        offset: &'a str,
    ) -> AdapterFuture<'a, Option<Vec<Publication>>> {
        command(async move {
            let Ok(offset) = offset.parse() else { return Ok(None) };
            let Some((missed, last)) = missed(&self.log, session, offset).await? else {
                return Ok(None);
            };
            // What was read here and is delivered later would reach the client twice.
            Ok(self.is_delivered(last).await.then_some(missed))
        })
    }

    fn health(&self) -> AdapterFuture<'_, ()> {
        let answered = *self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let is_alive = answered.is_some_and(|answered| answered.elapsed() < SILENCE);
        Box::pin(async move {
            let reason = "Redis has been silent for 5 s: events of other servers do not arrive";
            if is_alive { Ok(()) } else { Err(AdapterError::new(reason)) }
        })
    }
}

/// Returns what a session missed after an entry, and the last entry that was read; `None` if some of that
/// is gone, or it is too much.
async fn missed(
    log: &Log,
    session: &SavedSession,
    offset: EntryId,
) -> Result<Option<(Vec<Publication>, EntryId)>, RedisError> {
    let (mut missed, mut missed_len) = (Vec::new(), 0_usize);
    let (mut at, mut entries_read) = (offset, 0_usize);
    while entries_read < MAX_MISSED {
        let Some(Page { entries, is_last }) = log.after(at).await? else { return Ok(None) };
        entries_read = entries_read.saturating_add(entries.len());
        for (id, entry) in entries {
            if !id.follows(at) {
                return Ok(None);
            }
            at = id;
            if let Entry::Publication(mut publication) = entry
                && !publication.is_volatile
                && publication.namespace == session.namespace
                && publication.selection.matches(|room| session.is_in(room))
            {
                missed_len = missed_len.saturating_add(len(&publication));
                if missed_len > MAX_MISSED_LEN {
                    return Ok(None);
                }
                publication.stamp(&format!("{id}"));
                missed.push(publication);
            }
        }
        if is_last {
            return Ok(Some((missed, at)));
        }
    }
    Ok(None)
}

fn check_fields(selection: &Selection, packets: usize) -> Result<(), AdapterError> {
    let Selection { rooms, except } = selection;
    let fields = rooms.len().saturating_add(except.len()).saturating_add(packets);
    let reason = || format!("{fields} rooms and packets at once, and {MAX_FIELDS} are allowed");
    if fields > MAX_FIELDS { Err(AdapterError::new(reason())) } else { Ok(()) }
}

/// Returns the bytes of what a publication is made of.
fn len(publication: &Publication) -> usize {
    let Selection { rooms, except } = &publication.selection;
    let rooms = rooms.iter().chain(except).map(String::len);
    let packets = publication.packets.iter().map(crate::engine_io::EncodedPacket::len);
    rooms.chain(packets).fold(0, usize::saturating_add)
}
