//! Asks all servers for the ids of their sockets.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use core::time::Duration;

use ::redis::{AsyncCommands as _, RedisError};
use tokio::time::timeout;

use super::{Entry, log::Log};
use crate::{Namespace, server::Selection};

/// How long a server counts as running after its last sign of life, in milliseconds.
const LEASE: u64 = 5_000;
/// How long servers have to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The reason why it is not known which sockets there are.
#[derive(Debug, thiserror::Error)]
pub(super) enum CensusError {
    #[error(transparent)]
    Redis(#[from] RedisError),
    #[error("{answers} of {servers} servers answered within 3 s which sockets they have")]
    Unanswered { answers: usize, servers: usize },
}

/// Says that a server is running.
pub(super) async fn renew(log: &Log, server_id: &str) -> Result<(), RedisError> {
    let mut pipeline = ::redis::pipe();
    let (key, now) = (log.key("servers"), now(log).await?);
    pipeline.zrembyscore(&key, 0, now).ignore();
    pipeline.zadd(&key, server_id, now.saturating_add(LEASE)).ignore();
    pipeline.query_async(&mut log.connection()).await
}

/// The clock of Redis, in milliseconds, which all servers share.
async fn now(log: &Log) -> Result<u64, RedisError> {
    let (seconds, microseconds): (u64, u64) =
        ::redis::cmd("TIME").query_async(&mut log.connection()).await?;
    Ok(seconds.saturating_mul(1_000).saturating_add(microseconds.div_euclid(1_000)))
}

/// Answers the question of a server, whose list of answers has a key of its own.
pub(super) async fn answer(
    log: &Log,
    reply_to: &str,
    server_id: &str,
    ids: &[String],
) -> Result<(), RedisError> {
    let answer = serde_json::to_vec(&(server_id, ids)).unwrap_or_default();
    let mut pipeline = ::redis::pipe();
    pipeline.rpush(reply_to, answer).ignore();
    pipeline.pexpire(reply_to, 10_000).ignore();
    pipeline.query_async(&mut log.connection()).await
}

/// Returns the ids of the selected sockets of all servers, sorted.
pub(super) async fn ask(
    log: &Log,
    question: &str,
    namespace: &Namespace,
    selection: &Selection,
) -> Result<Vec<String>, CensusError> {
    let reply_to = log.key(&format!("answers:{question}"));
    let mut connection = log.open(PATIENCE).await?;
    let servers: Vec<String> =
        log.connection().zrangebyscore(log.key("servers"), now(log).await?, "+inf").await?;
    let mut missing: BTreeSet<_> = servers.iter().cloned().collect();
    let entry = Entry::Census {
        namespace: namespace.clone(),
        selection: selection.clone(),
        reply_to: reply_to.clone(),
    };
    log.append(&entry).await?;
    // A client that has just moved may be known to two servers.
    let mut found = BTreeSet::new();
    let all = async {
        while !missing.is_empty() {
            let (_, answer): (String, Vec<u8>) =
                connection.blpop(&reply_to, PATIENCE.as_secs_f64()).await?;
            let (server_id, ids): (String, Vec<String>) =
                serde_json::from_slice(&answer).unwrap_or_default();
            missing.remove(&server_id);
            found.extend(ids);
        }
        Ok::<(), RedisError>(())
    };
    match timeout(PATIENCE, all).await {
        Ok(result) => result?,
        Err(_) => {
            let answers = servers.len().saturating_sub(missing.len());
            return Err(CensusError::Unanswered { answers, servers: servers.len() });
        }
    }
    Ok(found.into_iter().collect())
}
