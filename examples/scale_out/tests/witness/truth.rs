use std::collections::{HashMap, HashSet};

use scale_out::protocol::{Message, Name, Position};

/// A message, by publisher and sequence.
pub(crate) type Id = (Name, u64);

/// Everything that the log ever had, as far as anybody has seen it. What it lost stays here.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    messages: HashMap<(Name, Position), Id>,
    ids: HashSet<Id>,
    places: HashMap<(Id, u64), Position>,
}

impl Truth {
    /// Takes note of a message, which is at one place in an epoch, and alone there.
    pub(crate) fn saw(&mut self, Message { position, publication, .. }: &Message) {
        let id = (publication.publisher.clone(), publication.sequence);
        let place = (publication.room.clone(), *position);
        let there = self.messages.entry(place).or_insert_with(|| id.clone());
        assert_eq!(*there, id, "two messages at {position:?} in {}", publication.room);
        let at = *self.places.entry((id.clone(), position.epoch)).or_insert(*position);
        assert_eq!(at, *position, "{id:?} is twice in an epoch of {}", publication.room);
        self.ids.insert(id);
    }

    pub(crate) fn has(&self, id: &Id) -> bool {
        self.ids.contains(id)
    }

    pub(crate) fn at(&self, room: &Name, position: Position) -> &Id {
        &self.messages[&(room.clone(), position)]
    }
}
