use std::{collections::BTreeSet, time::Duration};

use redis::{
    Client, Script, ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use super::{
    Feeds, Kept, LogError, Page,
    entry::{self, Entry},
    keys, shard_of,
};
use crate::protocol::{Name, Position, Publication};

/// How long Redis may take for a command.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a room without messages, and the last sequence of a publisher, are kept.
const EXPIRY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a user is present after the last sign of life of a node.
const LEASE: Duration = Duration::from_secs(3);

/// How a node uses Redis. All nodes must use it alike.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many shards the rooms are spread over; not 0.
    pub shards: usize,
    /// How many entries Redis keeps at least.
    pub kept: Kept,
    /// Whether Redis has all that it acknowledged after a restart, as with `appendfsync always` and
    /// without replicas that may take over. Otherwise a restart begins a new epoch: clients are told that
    /// something may be missing.
    pub survives_restart: bool,
}

/// The log in Redis 7. A clone uses the same connection, which reconnects automatically.
///
/// Each operation is one script, so that nothing happens by halves or between its parts.
#[derive(Clone, Debug)]
pub struct RedisLog {
    client: Client,
    connection: ConnectionManager,
    options: Options,
    scripts: Scripts,
}

#[derive(Clone, Debug)]
struct Scripts {
    append: Script,
    read: Script,
    feed_end: Script,
    present: Script,
}

impl RedisLog {
    /// Prepares a connection to the Redis at this URL. The first operation connects.
    ///
    /// # Errors
    ///
    /// The URL is invalid.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    pub fn open(url: &str, options: Options) -> Result<Self, LogError> {
        let client = Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_number_of_retries(1);
        let connection = client.get_connection_manager_lazy(config)?;
        let script = |code| Script::new(&[include_str!("scripts/epoch.lua"), code].concat());
        let scripts = Scripts {
            append: script(include_str!("scripts/append.lua")),
            read: script(include_str!("scripts/read.lua")),
            feed_end: script(include_str!("scripts/feed_end.lua")),
            present: Script::new(include_str!("scripts/present.lua")),
        };
        Ok(Self { client, connection, options, scripts })
    }

    /// As [`MemoryLog::append`](super::MemoryLog::append). When it returns, Redis has the message.
    ///
    /// # Errors
    ///
    /// Redis cannot be reached. The message may have been appended: repeat the call.
    ///
    /// # Cancel safety
    ///
    /// The message may have been appended: repeat the call.
    pub async fn append(&self, publication: &Publication) -> Result<Option<Position>, LogError> {
        let Publication { room, publisher, sequence, text } = publication;
        let shard = shard_of(room, self.options.shards);
        let mut script = self.begin(&self.scripts.append, shard);
        script
            .key(keys::numbers(shard))
            .key(keys::room(shard, room))
            .key(keys::feed(shard))
            .key(keys::publisher(shard, room, publisher))
            .arg(&**room)
            .arg(&**publisher)
            .arg(sequence)
            .arg(text)
            .arg(self.options.kept.room)
            .arg(self.options.kept.feed)
            .arg(EXPIRY.as_secs());
        let appended: Option<(u64, u64)> =
            script.invoke_async(&mut self.connection.clone()).await?;
        Ok(appended.map(|(epoch, number)| Position { epoch, number }))
    }

    /// As [`MemoryLog::read`](super::MemoryLog::read).
    ///
    /// # Errors
    ///
    /// Redis cannot be reached, or has streams of another program.
    ///
    /// # Cancel safety
    ///
    /// Can be called again.
    pub async fn read(
        &self,
        room: &Name,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Page, LogError> {
        let shard = shard_of(room, self.options.shards);
        let part =
            |part: fn(Position) -> u64| after.map(part).map_or(String::new(), |n| n.to_string());
        let mut script = self.begin(&self.scripts.read, shard);
        script
            .key(keys::numbers(shard))
            .key(keys::room(shard, room))
            .arg(&**room)
            .arg(part(|after| after.epoch))
            .arg(part(|after| after.number))
            .arg(limit);
        let (epoch, last, entries): (u64, u64, Vec<Entry>) =
            script.invoke_async(&mut self.connection.clone()).await?;
        let messages = entries.into_iter().map(|entry| entry::message(room, entry));
        Ok(Page { epoch, last, messages: messages.collect::<Result<_, _>>()? })
    }

    /// As [`MemoryLog::feed_end`](super::MemoryLog::feed_end).
    ///
    /// # Errors
    ///
    /// Redis cannot be reached.
    ///
    /// # Cancel safety
    ///
    /// Can be called again.
    pub async fn feed_end(&self, shard: usize) -> Result<Position, LogError> {
        let script = self.begin(&self.scripts.feed_end, shard);
        let (epoch, number) = script.invoke_async(&mut self.connection.clone()).await?;
        Ok(Position { epoch, number })
    }

    /// Renews the leases of all users that a node has in a room, and returns the users that are there on
    /// any node, sorted. A lease lasts three seconds.
    ///
    /// # Errors
    ///
    /// Redis cannot be reached.
    ///
    /// # Cancel safety
    ///
    /// Can be called again.
    pub async fn present(
        &self,
        room: &Name,
        node: &Name,
        users: &[Name],
    ) -> Result<Vec<Name>, LogError> {
        let shard = shard_of(room, self.options.shards);
        let mut script = self.scripts.present.key(keys::present(shard, room));
        script.arg(&**node).arg(LEASE.as_millis() as u64);
        for user in users {
            script.arg(&**user);
        }
        let users: Vec<String> = script.invoke_async(&mut self.connection.clone()).await?;
        let users: BTreeSet<Name> = users.iter().filter_map(|user| user.parse().ok()).collect();
        Ok(users.into_iter().collect())
    }

    /// Opens a connection for reading feeds, since a read that blocks holds up a connection.
    ///
    /// # Errors
    ///
    /// Redis cannot be reached.
    ///
    /// # Cancel safety
    ///
    /// Can be called again.
    pub async fn subscribe(&self) -> Result<Feeds, LogError> {
        Feeds::open(&self.client).await
    }

    fn begin<'a>(&self, script: &'a Script, shard: usize) -> ScriptInvocation<'a> {
        let mut script = script.key(keys::epoch(shard));
        script.arg(u8::from(self.options.survives_restart));
        script
    }
}
