//! Asks all servers for the ids of their sockets.

use alloc::{format, string::String, vec::Vec};
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
pub(super) async fn answer(log: &Log, reply_to: &str, ids: &[String]) -> Result<(), RedisError> {
    let mut pipeline = ::redis::pipe();
    pipeline.rpush(reply_to, serde_json::to_vec(ids).unwrap_or_default()).ignore();
    pipeline.pexpire(reply_to, 10_000).ignore();
    pipeline.query_async(&mut log.connection()).await
}

/// Returns the ids of the selected sockets of all servers.
pub(super) async fn ask(
    log: &Log,
    question: &str,
    namespace: &Namespace,
    selection: &Selection,
) -> Result<Vec<String>, CensusError> {
    let reply_to = log.key(&format!("answers:{question}"));
    let mut connection = log.open(PATIENCE).await?;
    let servers: usize =
        log.connection().zcount(log.key("servers"), now(log).await?, "+inf").await?;
    let entry = Entry::Census {
        namespace: namespace.clone(),
        selection: selection.clone(),
        reply_to: reply_to.clone(),
    };
    log.append(&entry).await?;
    let (mut found, mut answers) = (Vec::new(), 0_usize);
    let all = async {
        while answers < servers {
            let (_, ids): (String, Vec<u8>) =
                connection.blpop(&reply_to, PATIENCE.as_secs_f64()).await?;
            found.extend(serde_json::from_slice::<Vec<String>>(&ids).unwrap_or_default());
            answers = answers.saturating_add(1);
        }
        Ok::<(), RedisError>(())
    };
    match timeout(PATIENCE, all).await {
        Ok(result) => result?,
        Err(_) => return Err(CensusError::Unanswered { answers, servers }),
    }
    Ok(found)
}
