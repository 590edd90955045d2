use alloc::{format, string::String, vec::Vec};
use core::time::Duration;

use ::redis::{
    AsyncConnectionConfig, Client, RedisError, Script, ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection},
};

use super::{Entry, EntryId, entry::Raw};

/// How long Redis may take for a command, in addition to the time that the command waits.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);

/// How many entries a page has at most.
const PAGE: usize = 100;
/// After how many bytes a page ends: an entry more may begin before.
const PAGE_LEN: usize = 1 << 20;

/// Some of the entries of the stream, one after the other.
pub(super) struct Page {
    pub(super) entries: Vec<(EntryId, Entry)>,
    /// Whether there were no more.
    pub(super) is_last: bool,
}

/// The stream of all publications, and what else the servers keep in Redis. A clone uses the same
/// connection, which reconnects automatically.
#[derive(Clone, Debug)]
pub(super) struct Log {
    client: Client,
    connection: ConnectionManager,
    prefix: String,
    max_entries: usize,
    append: Script,
    end: Script,
    read: Script,
}

impl Log {
    pub(super) fn new(url: &str, prefix: &str, max_entries: usize) -> Result<Self, RedisError> {
        let client = Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_number_of_retries(1);
        let script = |code: &str| Script::new(&[include_str!("scripts/epoch.lua"), code].concat());
        Ok(Self {
            connection: client.get_connection_manager_lazy(config)?,
            client,
            prefix: prefix.into(),
            max_entries,
            append: script(include_str!("scripts/append.lua")),
            end: script(include_str!("scripts/end.lua")),
            read: script(include_str!("scripts/read.lua")),
        })
    }

    /// Returns the name of a key. The hash tag keeps all of them on one server of a Redis Cluster, as
    /// the scripts need.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{{{}}}:{name}", self.prefix)
    }

    /// The connection for commands that do not wait.
    pub(super) fn connection(&self) -> ConnectionManager {
        self.connection.clone()
    }

    /// Opens a connection for commands that wait as long as this.
    pub(super) async fn open(&self, wait: Duration) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(RESPONSE_TIMEOUT))
            .set_response_timeout(Some(wait.saturating_add(RESPONSE_TIMEOUT)));
        self.client.get_multiplexed_async_connection_with_config(&config).await
    }

    fn begin<'a>(&self, script: &'a Script) -> ScriptInvocation<'a> {
        let mut invocation = script.prepare_invoke();
        invocation.key(self.key("epoch")).key(self.key("events"));
        invocation
    }

    /// Appends an entry, and returns its id.
    pub(super) async fn append(&self, entry: &Entry) -> Result<EntryId, RedisError> {
        let mut script = self.begin(&self.append);
        script.arg(self.max_entries);
        for (name, value) in entry.fields() {
            script.arg(name).arg(value);
        }
        let id: String = script.invoke_async(&mut self.connection()).await?;
        id.parse().map_err(|_| foreign(&id))
    }

    /// Returns the id of the last entry, with the number 0 if the epoch has none.
    pub(super) async fn end(&self) -> Result<EntryId, RedisError> {
        let id: String = self.begin(&self.end).invoke_async(&mut self.connection()).await?;
        id.parse().map_err(|_| foreign(&id))
    }

    /// Returns the next entries after an entry; `None` if that is gone.
    pub(super) async fn after(&self, id: EntryId) -> Result<Option<Page>, RedisError> {
        let mut script = self.begin(&self.read);
        script.arg(id.epoch).arg(id.number).arg(PAGE).arg(PAGE_LEN);
        let page: Option<(bool, Vec<Raw>)> = script.invoke_async(&mut self.connection()).await?;
        let Some((is_last, entries)) = page else { return Ok(None) };
        let entries = entries.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Some(Page { is_last, entries }))
    }

    /// Waits up to a time for entries after a position, on a connection for commands that wait.
    pub(super) async fn wait(
        &self,
        connection: &mut MultiplexedConnection,
        position: EntryId,
        time: Duration,
        limit: usize,
    ) -> Result<Vec<(EntryId, Entry)>, RedisError> {
        let mut command = ::redis::cmd("XREAD");
        command.arg("BLOCK").arg(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        command.arg("COUNT").arg(limit).arg("STREAMS").arg(self.key("events"));
        command.arg(format!("{position}"));
        let streams: Option<Vec<(String, Vec<Raw>)>> = command.query_async(connection).await?;
        let streams = streams.unwrap_or_default().into_iter();
        streams.flat_map(|(_, entries)| entries).map(read).collect()
    }
}

fn read(raw: Raw) -> Result<(EntryId, Entry), RedisError> {
    let id = raw.0.clone();
    Entry::read(raw).ok_or_else(|| foreign(&id))
}

fn foreign(id: &str) -> RedisError {
    let reason = "an entry that no server of this version has written: use another prefix";
    RedisError::from((::redis::ErrorKind::UnexpectedReturnType, reason, id.into()))
}
