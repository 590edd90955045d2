use alloc::{format, string::String, sync::Arc};
use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use ::redis::RedisError;
use sansocket::Backoff;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{Entry, EntryId, census, log::Log};
use crate::server::Node;

/// How long a read waits for an entry.
const WAIT: Duration = Duration::from_secs(1);
/// How many entries are read at a time.
const COUNT: usize = 8;

/// Reads the stream, and delivers what it reads, until it is dropped.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) log: Log,
    pub(super) node: Node,
    pub(super) server_id: String,
    /// When Redis answered last.
    pub(super) answered: Arc<Mutex<Option<Instant>>>,
    /// The last entry that was delivered.
    pub(super) delivered: watch::Sender<EntryId>,
    /// Whether the stream is followed, or could not be at first.
    pub(super) has_begun: watch::Sender<bool>,
}

impl Subscription {
    pub(super) async fn run(self, mut backoff: Backoff) {
        let mut position = None;
        loop {
            let start = Instant::now();
            // Whatever the error is, the next attempt may succeed, and `health` reports the silence.
            let _ = self.follow(&mut position).await;
            position.get_or_insert_default();
            self.has_begun.send_replace(true);
            backoff.connected_for(start.elapsed());
            sleep(backoff.next_delay()).await;
        }
    }

    /// Follows the stream until the connection is lost.
    async fn follow(&self, position: &mut Option<EntryId>) -> Result<(), RedisError> {
        let mut connection = self.log.open(WAIT).await?;
        let end = self.log.end().await?;
        let mut at = *position.get_or_insert(end);
        // Redis was started again, and may have lost what came after our position. Or it could not be
        // reached when the server started, and clients have come since.
        if at.epoch != end.epoch {
            self.node.interrupt();
            at = end;
        }
        *position = Some(at);
        self.delivered.send_replace(at);
        self.has_begun.send_replace(true);
        loop {
            census::renew(&self.log, &self.server_id).await?;
            self.note_answer();
            for (id, entry) in self.log.wait(&mut connection, at, WAIT, COUNT).await? {
                if !id.follows(at) {
                    // Trimmed before it was read here, or flushed.
                    self.node.interrupt();
                }
                at = id;
                self.receive(id, entry).await?;
                *position = Some(at);
                self.delivered.send_replace(at);
            }
        }
    }

    async fn receive(&self, id: EntryId, entry: Entry) -> Result<(), RedisError> {
        match entry {
            Entry::Publication(mut publication) => {
                if !publication.is_volatile {
                    publication.stamp(&format!("{id}"));
                }
                self.node.deliver(&publication);
                Ok(())
            }
            Entry::Census { namespace, selection, reply_to } => {
                let ids = self.node.sockets(&namespace, &selection);
                census::answer(&self.log, &reply_to, &self.server_id, &ids).await
            }
        }
    }

    fn note_answer(&self) {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}
