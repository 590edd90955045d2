use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use crate::{
    message::{HISTORY, Message, People, Said},
    name::Name,
    room::Room,
    store::{CLAIM, PRESENCE},
};

/// The store of a single server.
#[derive(Default)]
pub(crate) struct MemoryStore(Mutex<State>);

#[derive(Default)]
struct State {
    histories: HashMap<Room, VecDeque<Said>>,
    /// The secrets, by folded name, and when the claims end.
    claims: HashMap<String, (String, Instant)>,
    /// When people count as gone, by name.
    present: HashMap<Room, BTreeMap<String, Instant>>,
    /// The last number of a message or a list.
    last: u64,
}

impl State {
    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn people(&mut self, room: Room) -> People {
        let present = self.present.entry(room).or_default();
        let now = Instant::now();
        present.retain(|_, end| *end > now);
        let names = present.keys().cloned().collect();
        People { version: self.number(), names }
    }
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn claim(&self, name: &Name, secret: &str) -> bool {
        let claims = &mut self.lock().claims;
        let now = Instant::now();
        claims.retain(|_, (_, end)| *end > now);
        let (owner, end) = claims.entry(name.folded()).or_insert_with(|| (secret.into(), now));
        let is_ours = owner == secret;
        if is_ours {
            *end = now + CLAIM;
        }
        is_ours
    }

    pub(crate) fn enter(&self, room: Room, name: &Name) -> People {
        let mut state = self.lock();
        let end = Instant::now() + PRESENCE;
        state.present.entry(room).or_default().insert(name.as_str().into(), end);
        state.people(room)
    }

    pub(crate) fn leave(&self, room: Room, name: &Name) -> People {
        let mut state = self.lock();
        state.present.entry(room).or_default().remove(name.as_str());
        state.people(room)
    }

    pub(crate) fn add(&self, room: Room, message: &Message) -> String {
        let mut state = self.lock();
        let number = state.number();
        let history = state.histories.entry(room).or_default();
        let is_same =
            |said: &&Said| said.message.name == message.name && said.message.key == message.key;
        if let Some(said) = history.iter().find(is_same) {
            return said.id.clone();
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let id = format!("{}-{number}", now.as_millis());
        history.push_back(Said { id: id.clone(), message: message.clone() });
        if history.len() > HISTORY {
            history.pop_front();
        }
        id
    }

    pub(crate) fn history(&self, room: Room) -> Vec<Said> {
        self.lock().histories.get(&room).into_iter().flatten().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryStore;
    use crate::{
        message::{HISTORY, Message},
        name::Name,
        room::Room,
    };

    fn name(text: &str) -> Name {
        Name::try_from(text).unwrap()
    }

    fn message(key: &str) -> Message {
        Message { name: "Ann".into(), text: "hi".into(), key: key.into() }
    }

    #[test]
    fn a_name_belongs_to_one_secret() {
        let store = MemoryStore::default();
        assert!(store.claim(&name("Ann"), "a"));
        assert!(!store.claim(&name("ann"), "b"));
        assert!(store.claim(&name("ANN"), "a"));
        assert!(store.claim(&name("Ben"), "b"));
    }

    #[test]
    fn a_repeated_message_is_the_same_one() {
        let store = MemoryStore::default();
        let first = store.add(Room::Lobby, &message("1"));
        assert_ne!(store.add(Room::Lobby, &message("2")), first);
        assert_eq!(store.add(Room::Lobby, &message("1")), first);
        let of_another = Message { name: "Ben".into(), ..message("1") };
        assert_ne!(store.add(Room::Lobby, &of_another), first);
        assert_eq!(store.history(Room::Lobby).len(), 3);
    }

    #[test]
    fn a_room_keeps_its_last_messages() {
        let store = MemoryStore::default();
        for key in 0..HISTORY + 5 {
            store.add(Room::Lobby, &message(&key.to_string()));
        }
        let keys: Vec<_> =
            store.history(Room::Lobby).into_iter().map(|said| said.message.key).collect();
        let expected: Vec<_> = (5..HISTORY + 5).map(|key| key.to_string()).collect();
        assert_eq!(keys, expected);
        assert!(store.history(Room::Garden).is_empty());
    }

    #[test]
    fn people_are_in_the_room_that_they_entered_until_they_leave() {
        let store = MemoryStore::default();
        store.enter(Room::Lobby, &name("Ben"));
        let both = store.enter(Room::Lobby, &name("Ann"));
        assert_eq!(both.names, ["Ann", "Ben"]);
        let one = store.leave(Room::Lobby, &name("Ben"));
        assert_eq!(one.names, ["Ann"]);
        assert!(one.version > both.version);
        assert_eq!(store.enter(Room::Garden, &name("Ben")).names, ["Ben"]);
    }
}
