//! Rooms: what is said in one reaches everybody in it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sansocket::connection::PreparedMessage;
use tokio::sync::broadcast::{self, error::RecvError};

/// How many messages a room keeps for those who are slow to take them. Whoever is further behind
/// than that misses the oldest, so that nobody's memory grows and nobody waits for anybody else.
/// Whoever takes nothing at all is disconnected by the connection's write timeout.
const CAPACITY: usize = 64;

/// A message is encoded once for everybody, and shared.
type Channel = broadcast::Sender<Arc<PreparedMessage>>;

/// The rooms in which somebody is, by their names.
#[derive(Default)]
pub(crate) struct Rooms(Mutex<HashMap<String, Channel>>);

/// A place in a room, until it is dropped.
pub(crate) struct Seat {
    rooms: Arc<Rooms>,
    room: String,
    channel: Channel,
    receiver: broadcast::Receiver<Arc<PreparedMessage>>,
}

impl Rooms {
    /// Takes a place in a room, which is made if nobody is there.
    pub(crate) fn enter(self: &Arc<Self>, room: &str) -> Seat {
        let mut rooms = self.lock();
        let channel = rooms.entry(room.into()).or_insert_with(|| Channel::new(CAPACITY)).clone();
        let receiver = channel.subscribe();
        Seat { rooms: Arc::clone(self), room: room.into(), channel, receiver }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Channel>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    pub(crate) fn room(&self) -> &str {
        &self.room
    }

    /// How many people are in the room.
    pub(crate) fn people(&self) -> usize {
        self.channel.receiver_count()
    }

    /// Says something to everybody in the room, oneself included. It never waits.
    pub(crate) fn say(&self, text: &str) {
        // It cannot fail: there is at least one receiver, which is this seat's.
        let _ = self.channel.send(Arc::new(PreparedMessage::text(text)));
    }

    /// Waits for what is said next. An error is the number of messages that were missed.
    pub(crate) async fn hear(&mut self) -> Result<Arc<PreparedMessage>, u64> {
        self.receiver.recv().await.map_err(|error| match error {
            RecvError::Lagged(count) => count,
            RecvError::Closed => unreachable!("the seat has a sender itself"),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut rooms = self.rooms.lock();
        // Nobody enters while the lock is held.
        if self.people() == 1 {
            rooms.remove(&self.room);
        }
    }
}
