//! Rooms, whose messages reach everybody in them.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sansocket::PreparedMessage;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::name::Name;

/// How many messages a room keeps for slow readers. A slower one misses the oldest messages, so
/// that memory does not grow and nobody waits for anybody else. A page that reads nothing is
/// disconnected by the write timeout of its connection.
const CAPACITY: usize = 64;

/// A message, encoded once for everybody and shared.
type Channel = broadcast::Sender<Arc<PreparedMessage>>;

/// The rooms that are not empty, by name.
#[derive(Default)]
pub(crate) struct Rooms(Mutex<HashMap<Name, Room>>);

struct Room {
    channel: Channel,
    /// The number of seats. Receivers cannot be counted, since they are dropped outside the lock.
    people: usize,
}

/// A place in a room, until it is dropped.
pub(crate) struct Seat {
    rooms: Arc<Rooms>,
    room: Name,
    channel: Channel,
    receiver: broadcast::Receiver<Arc<PreparedMessage>>,
}

impl Rooms {
    /// Takes a place in a room, which is created if it is empty.
    pub(crate) fn enter(self: &Arc<Self>, name: &Name) -> Seat {
        let mut rooms = self.lock();
        let room = rooms
            .entry(name.clone())
            .or_insert_with(|| Room { channel: Channel::new(CAPACITY), people: 0 });
        room.people += 1;
        Seat {
            rooms: Arc::clone(self),
            room: name.clone(),
            channel: room.channel.clone(),
            receiver: room.channel.subscribe(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Room>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    pub(crate) fn room(&self) -> &Name {
        &self.room
    }

    /// Returns how many people are in the room.
    pub(crate) fn people(&self) -> usize {
        self.rooms.lock().get(&self.room).map_or(0, |room| room.people)
    }

    /// Says something to everybody in the room, including oneself. Never waits.
    pub(crate) fn say(&self, text: &str) {
        // This cannot fail, since this seat has a receiver.
        let _ = self.channel.send(Arc::new(PreparedMessage::text(text)));
    }

    /// Waits for the next message. The error is the number of messages that were missed.
    pub(crate) async fn hear(&mut self) -> Result<Arc<PreparedMessage>, u64> {
        self.receiver.recv().await.map_err(|error| match error {
            RecvError::Lagged(count) => count,
            RecvError::Closed => unreachable!("the seat has a sender itself"),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Counted and removed under one lock: of several who leave at once, exactly one is the
        // last.
        if let Entry::Occupied(mut room) = self.rooms.lock().entry(self.room.clone()) {
            room.get_mut().people -= 1;
            if room.get().people == 0 {
                room.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Barrier},
        thread,
    };

    use super::Rooms;
    use crate::name::Name;

    fn name(text: &str) -> Name {
        String::from(text).try_into().unwrap()
    }

    #[test]
    fn two_who_leave_at_once_do_not_leave_an_empty_room() {
        let rooms = Arc::<Rooms>::default();
        for round in 0..5_000 {
            let barrier = Arc::new(Barrier::new(2));
            let leaving = [(); 2].map(|()| {
                let (seat, barrier) = (rooms.enter(&name("lobby")), Arc::clone(&barrier));
                thread::spawn(move || {
                    barrier.wait();
                    drop(seat);
                })
            });
            for leaver in leaving {
                leaver.join().unwrap();
            }
            assert_eq!(rooms.lock().len(), 0, "round {round}");
        }
    }

    #[test]
    fn a_room_exists_while_somebody_is_in_it() {
        let rooms = Arc::<Rooms>::default();
        let (one, other) = (rooms.enter(&name("lobby")), rooms.enter(&name("lobby")));
        assert_eq!((one.people(), other.people()), (2, 2));
        drop(one);
        assert_eq!((other.people(), rooms.lock().len()), (1, 1));
        let garden = rooms.enter(&name("garden"));
        assert_eq!((garden.people(), rooms.lock().len()), (1, 2));
        drop(other);
        assert!(rooms.lock().keys().eq([&name("garden")]));
        // Who comes after the last one has left makes the room anew.
        assert_eq!(rooms.enter(&name("lobby")).people(), 1);
    }
}
