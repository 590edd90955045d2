use std::{
    io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ::redis::{
    AsyncCommands as _, Client, Pipeline, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use crate::{
    message::{HISTORY, Message, People, Said},
    name::Name,
    room::Room,
    store::{CLAIM, PRESENCE, REPEATABLE},
};

/// A message is in the history before it is published, so somebody who joins has it from one or the other.
///
/// KEYS: the stream of the room, and what is known of the message's key. ARGV: the message, how many to keep,
/// and for how many seconds to know the key.
const ADD: &str = "
    local id = redis.call('GET', KEYS[2])
    if not id then
        id = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[2], '*', 'message', ARGV[1])
        redis.call('SET', KEYS[2], id, 'EX', ARGV[3])
    end
    return id";

/// The store that several servers share.
pub(crate) struct RedisStore {
    connection: ConnectionManager,
    add: Script,
}

impl RedisStore {
    pub(crate) fn new(url: &str) -> Result<Self, RedisError> {
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(Duration::from_secs(2)))
            .set_number_of_retries(1);
        let connection = Client::open(url)?.get_connection_manager_lazy(config)?;
        Ok(Self { connection, add: Script::new(ADD) })
    }

    fn connection(&self) -> ConnectionManager {
        self.connection.clone()
    }

    pub(crate) async fn claim(&self, name: &Name, secret: &str) -> Result<bool, RedisError> {
        let key = key("name", &name.folded());
        let mut claim = ::redis::cmd("SET");
        claim.arg(&key).arg(secret).arg("NX").arg("GET").arg("EX").arg(CLAIM.as_secs());
        // What was there before.
        let owner: Option<String> = claim.query_async(&mut self.connection()).await?;
        match owner {
            None => Ok(true),
            Some(owner) if owner == secret => {
                let _: bool = self.connection().expire(key, seconds(CLAIM)).await?;
                Ok(true)
            }
            Some(_) => Ok(false),
        }
    }

    pub(crate) async fn enter(&self, room: Room, name: &Name) -> Result<People, RedisError> {
        let end = now() + PRESENCE.as_millis();
        let mut pipeline = ::redis::pipe();
        pipeline.zadd(key("present", room.as_str()), name.as_str(), end.to_string()).ignore();
        self.people(room, &mut pipeline).await
    }

    pub(crate) async fn leave(&self, room: Room, name: &Name) -> Result<People, RedisError> {
        let mut pipeline = ::redis::pipe();
        pipeline.zrem(key("present", room.as_str()), name.as_str()).ignore();
        self.people(room, &mut pipeline).await
    }

    /// Does what is in the pipeline, and lists who is in the room, in one transaction: the version tells
    /// in which order it was.
    async fn people(&self, room: Room, pipeline: &mut Pipeline) -> Result<People, RedisError> {
        let present = key("present", room.as_str());
        pipeline.atomic().zrembyscore(&present, 0, now().to_string()).ignore();
        pipeline.incr(key("version", room.as_str()), 1).zrange(&present, 0, -1);
        let (version, mut names): (u64, Vec<String>) =
            pipeline.query_async(&mut self.connection()).await?;
        names.sort();
        Ok(People { version, names })
    }

    pub(crate) async fn add(&self, room: Room, message: &Message) -> Result<String, RedisError> {
        let said = format!("{}\n{}\n{}", room.as_str(), message.name, message.key);
        let mut script = self.add.key(key("history", room.as_str()));
        script
            .key(key("said", &said))
            .arg(serde_json::to_string(message).map_err(io::Error::from)?);
        script.arg(HISTORY).arg(REPEATABLE.as_secs());
        script.invoke_async(&mut self.connection()).await
    }

    pub(crate) async fn history(&self, room: Room) -> Result<Vec<Said>, RedisError> {
        type Entries = Vec<(String, Vec<(String, String)>)>;
        let entries: Entries = ::redis::cmd("XRANGE")
            .arg(key("history", room.as_str()))
            .arg("-")
            .arg("+")
            .query_async(&mut self.connection())
            .await?;
        let said = entries.into_iter().map(|(id, fields)| {
            let json = fields.first().map_or("", |(_, json)| json);
            Ok(Said { id, message: serde_json::from_str(json).map_err(io::Error::from)? })
        });
        said.collect()
    }
}

/// The hash tag keeps all keys on one server of a Redis Cluster, as the script needs.
fn key(kind: &str, name: &str) -> String {
    format!("{{chat}}:{kind}:{name}")
}

/// The clocks of the servers must agree within a second or two, as they do with NTP.
fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}

fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}
