use std::time::Duration;

use redis::{AsyncConnectionConfig, Client, aio::MultiplexedConnection};

use super::{
    FeedEntry, LogError,
    entry::{self, Entry},
    keys,
};
use crate::protocol::Position;

/// How long a read waits for an entry.
const BLOCK: Duration = Duration::from_secs(1);
/// How long an answer may take, in addition. The crate's default, half a second, would end every read.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How many entries of each feed are read at a time.
const COUNT: usize = 500;

/// A connection that reads the feeds of all shards, with one blocking command.
#[derive(Debug)]
pub struct Feeds {
    connection: MultiplexedConnection,
}

impl Feeds {
    pub(super) async fn open(client: &Client) -> Result<Self, LogError> {
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(Some(BLOCK.saturating_add(RESPONSE_TIMEOUT)));
        let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(Self { connection })
    }

    /// Reads what is after the positions, that of shard 0 first, and waits up to a second for it. Returns
    /// the shards that have something.
    ///
    /// # Errors
    ///
    /// Redis cannot be reached, or has streams of another program. Subscribe again.
    ///
    /// # Cancel safety
    ///
    /// Subscribe again: this connection still waits for the answer.
    pub async fn read(
        &mut self,
        positions: &[Position],
    ) -> Result<Vec<(usize, Vec<FeedEntry>)>, LogError> {
        let names: Vec<String> = (0..positions.len()).map(keys::feed).collect();
        let ids = positions.iter().map(|Position { epoch, number }| format!("{epoch}-{number}"));
        let mut command = redis::cmd("XREAD");
        command.arg("BLOCK").arg(BLOCK.as_millis() as u64).arg("COUNT").arg(COUNT);
        command.arg("STREAMS").arg(&names).arg(ids.collect::<Vec<_>>());
        let reply: Option<Vec<(String, Vec<Entry>)>> =
            command.query_async(&mut self.connection).await?;
        let feeds = reply.unwrap_or_default().into_iter().filter_map(|(name, entries)| {
            let shard = names.iter().position(|other| *other == name)?;
            let entries = entries.into_iter().map(entry::feed_entry);
            Some(entries.collect::<Result<_, _>>().map(|entries| (shard, entries)))
        });
        feeds.collect()
    }
}
