use std::collections::{HashMap, HashSet};

use scale_out::engine::Notice;
use scale_out::protocol::{Message, Name, Position};

use super::truth::{Id, Truth};

/// What a client has shown, and was told.
#[derive(Debug, Default)]
pub(crate) struct WatchedClient {
    rooms: HashMap<Name, WatchedRoom>,
}

#[derive(Debug, Default)]
struct WatchedRoom {
    /// The last message, or where the client was told that it reads on.
    at: Option<Position>,
    shown: HashSet<Id>,
    sequences: HashMap<Name, u64>,
    /// How often the client was told that something may be missing.
    reports: u32,
}

impl WatchedClient {
    /// Takes what a client was told. `position` is its position in a room.
    pub(crate) fn noticed(
        &mut self,
        notice: &Notice,
        position: impl Fn(&Name) -> Position,
        truth: &Truth,
    ) {
        match notice {
            Notice::Message(message) => {
                let room = message.publication.room.clone();
                self.rooms.get_mut(&room).expect("joined").shows(message, truth);
            }
            Notice::NotRecovered(room) => {
                let watched = self.rooms.entry(room.clone()).or_default();
                watched.reports += u32::from(watched.at.is_some());
                watched.at = Some(position(room));
            }
            Notice::Acknowledged(_) | Notice::Resumed(_) | Notice::Present(..) => {}
        }
    }

    /// Everything was delivered: nothing is missing up to the end of the log.
    pub(crate) fn finish(&self, room: &Name, end: Position, truth: &Truth) {
        let watched = &self.rooms[room];
        watched.skips(room, end.next(), truth);
    }
}

impl WatchedRoom {
    fn shows(&mut self, message: &Message, truth: &Truth) {
        let publication = &message.publication;
        let id = (publication.publisher.clone(), publication.sequence);
        assert_eq!(truth.at(&publication.room, message.position), &id);
        self.skips(&publication.room, message.position, truth);
        self.at = Some(message.position);
        assert!(self.shown.insert(id), "shown twice: {message:?}");
        let (publisher, sequence) = (publication.publisher.clone(), publication.sequence);
        let last = self.sequences.insert(publisher, sequence);
        assert!(
            last.is_none_or(|last| last < sequence),
            "out of order: {message:?}, after {last:?}"
        );
    }

    /// Between the last message and this one are only messages that were shown, or missed with a report.
    fn skips(&self, room: &Name, next: Position, truth: &Truth) {
        let at = self.at.expect("joined");
        assert_eq!(at.epoch, next.epoch, "another epoch without a report");
        assert!(at.number < next.number, "{next:?} after {at:?}");
        for number in at.number + 1..next.number {
            let id = truth.at(room, Position { epoch: at.epoch, number });
            let is_late = self.sequences.get(&id.0).is_some_and(|last| id.1 <= *last);
            let was_told = self.shown.contains(id) || (is_late && self.reports > 0);
            assert!(was_told, "{id:?} at {number} is missing in {room}, unreported");
        }
    }
}
