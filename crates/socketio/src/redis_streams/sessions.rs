use alloc::{collections::BTreeSet, format, string::String, sync::Arc, vec::Vec};
use core::{fmt, time::Duration};
use std::sync::{Mutex, PoisonError};

use ::redis::{AsyncCommands as _, RedisError};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::log::Log;
use crate::{Namespace, server::SavedSession};

/// No private id is longer.
const MAX_PID_LEN: usize = 64;

/// The sessions that can be recovered, in Redis. Each expires unless a server renews it, so that those of
/// a server that was killed remain for some time, and then go.
#[derive(Clone)]
pub(super) struct Sessions {
    log: Log,
    max_age: Duration,
    /// The keys of those that are connected to this server.
    connected: Arc<Mutex<BTreeSet<String>>>,
}

/// What is saved under the key, which has the namespace and the private id.
#[derive(Serialize, Deserialize)]
struct Saved {
    id: String,
    rooms: Vec<String>,
}

impl Sessions {
    pub(super) fn new(log: Log, max_age: Duration) -> Self {
        Self { log, max_age, connected: Arc::default() }
    }

    /// A namespace has no line feed, so two pairs never share a key.
    fn key(&self, namespace: &Namespace, pid: &str) -> String {
        self.log.key(&format!("session:{namespace}\n{pid}"))
    }

    /// How long one that is connected lasts without being renewed.
    fn lease(&self) -> Duration {
        self.max_age.saturating_mul(2)
    }

    fn connected<T>(&self, action: impl FnOnce(&mut BTreeSet<String>) -> T) -> T {
        action(&mut self.connected.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) async fn save(&self, session: SavedSession) -> Result<(), RedisError> {
        let SavedSession { namespace, pid, id, rooms } = session;
        let key = self.key(&namespace, &pid);
        self.connected(|connected| connected.insert(key.clone()));
        let saved = serde_json::to_vec(&Saved { id, rooms }).unwrap_or_default();
        self.log.connection().pset_ex(key, saved, milliseconds(self.lease())).await
    }

    pub(super) async fn lost(&self, namespace: &Namespace, pid: &str) -> Result<(), RedisError> {
        let key = self.key(namespace, pid);
        self.connected(|connected| connected.remove(&key));
        let age = i64::try_from(milliseconds(self.max_age)).unwrap_or(i64::MAX);
        self.log.connection().pexpire(key, age).await
    }

    pub(super) async fn forget(&self, namespace: &Namespace, pid: &str) -> Result<(), RedisError> {
        let key = self.key(namespace, pid);
        self.connected(|connected| connected.remove(&key));
        self.log.connection().del(key).await
    }

    pub(super) async fn find(
        &self,
        namespace: &Namespace,
        pid: &str,
    ) -> Result<Option<SavedSession>, RedisError> {
        // It comes from the client.
        if pid.len() > MAX_PID_LEN {
            return Ok(None);
        }
        let saved: Option<Vec<u8>> = self.log.connection().get(self.key(namespace, pid)).await?;
        let saved = saved.and_then(|saved| serde_json::from_slice(&saved).ok());
        Ok(saved.map(|Saved { id, rooms }| SavedSession {
            namespace: namespace.clone(),
            pid: pid.into(),
            id,
            rooms,
        }))
    }

    /// Renews the sessions of this server, until it is dropped.
    pub(super) async fn renew(self) {
        const AT_ONCE: usize = 1_000;
        let lease = i64::try_from(milliseconds(self.lease())).unwrap_or(i64::MAX);
        loop {
            sleep(self.max_age.div_f64(2.0)).await;
            let keys: Vec<_> = self.connected(|connected| connected.iter().cloned().collect());
            for keys in keys.chunks(AT_ONCE) {
                let mut pipeline = ::redis::pipe();
                for key in keys {
                    pipeline.pexpire(key, lease).ignore();
                }
                // Half of the lease is left for another attempt.
                let _: Result<(), _> = pipeline.query_async(&mut self.log.connection()).await;
            }
        }
    }
}

impl fmt::Debug for Sessions {
    // The keys have private ids, which grant access.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("max_age", &self.max_age).finish_non_exhaustive()
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
