use std::collections::{HashMap, HashSet};

use scale_out::protocol::{Name, Position, Publication};

/// A message, by publisher and sequence.
pub(crate) type Id = (Name, u64);

/// Everything that the log ever had, what it lost too.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    messages: HashMap<(Name, Position), Id>,
    appended: HashSet<Id>,
    epochs: HashSet<(Id, u64)>,
}

impl Truth {
    pub(crate) fn appended(&mut self, publication: &Publication, position: Position) {
        let id = (publication.publisher.clone(), publication.sequence);
        self.appended.insert(id.clone());
        assert!(self.epochs.insert((id.clone(), position.epoch)), "{id:?} twice in an epoch");
        let place = (publication.room.clone(), position);
        assert_eq!(self.messages.insert(place, id), None, "a position is used twice");
    }

    pub(crate) fn has(&self, id: &Id) -> bool {
        self.appended.contains(id)
    }

    pub(crate) fn at(&self, room: &Name, position: Position) -> &Id {
        &self.messages[&(room.clone(), position)]
    }
}
