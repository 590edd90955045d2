//! What all servers of the chat must agree on. Were it kept by each server from the events it sees, one
//! that was started later would know less than the others.

use std::time::Duration;

use ::redis::RedisError;

use crate::{
    memory_store::MemoryStore,
    message::{Message, People, Said},
    name::Name,
    redis_store::RedisStore,
    room::Room,
};

/// How long somebody counts as present without being renewed: after a server is killed, nobody says that
/// its people are gone.
pub(crate) const PRESENCE: Duration = Duration::from_secs(6);
/// How long a name belongs to somebody who is away.
pub(crate) const CLAIM: Duration = Duration::from_secs(120);
/// How long a message that is sent again is known.
pub(crate) const REPEATABLE: Duration = Duration::from_secs(600);

/// History, names, and who is present.
pub(crate) enum Store {
    /// Of one server.
    Memory(MemoryStore),
    /// Of several.
    Redis(RedisStore),
}

impl Store {
    /// Claims a name, or renews the claim. Returns `false` if the name belongs to someone with another
    /// secret.
    pub(crate) async fn claim(&self, name: &Name, secret: &str) -> Result<bool, RedisError> {
        match self {
            Self::Memory(store) => Ok(store.claim(name, secret)),
            Self::Redis(store) => store.claim(name, secret).await,
        }
    }

    /// Marks somebody as present in a room for some time, and returns who is there.
    pub(crate) async fn enter(&self, room: Room, name: &Name) -> Result<People, RedisError> {
        match self {
            Self::Memory(store) => Ok(store.enter(room, name)),
            Self::Redis(store) => store.enter(room, name).await,
        }
    }

    /// Marks somebody as gone, and returns who is left.
    pub(crate) async fn leave(&self, room: Room, name: &Name) -> Result<People, RedisError> {
        match self {
            Self::Memory(store) => Ok(store.leave(room, name)),
            Self::Redis(store) => store.leave(room, name).await,
        }
    }

    /// Adds a message to the history, unless it is there. Returns its id.
    pub(crate) async fn add(&self, room: Room, message: &Message) -> Result<String, RedisError> {
        match self {
            Self::Memory(store) => Ok(store.add(room, message)),
            Self::Redis(store) => store.add(room, message).await,
        }
    }

    /// Returns the last messages of a room, the latest last.
    pub(crate) async fn history(&self, room: Room) -> Result<Vec<Said>, RedisError> {
        match self {
            Self::Memory(store) => Ok(store.history(room)),
            Self::Redis(store) => store.history(room).await,
        }
    }
}
