use std::{sync::Arc, vec};

use super::room::{After, Room};
use crate::{
    log::Page,
    protocol::{Event, Message, Name, Position},
};

/// A reader in a room.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) room: Name,
    place: Place,
    users_version: u64,
}

#[derive(Debug)]
enum Place {
    /// The log is to be read from here. `ticket` is that of the read under way.
    Reading { after: Option<Position>, is_announced: bool, ticket: Option<u64> },
    /// A page of the log is being sent. At its end the cursor is at `last`, or another page is read.
    Sending { page: vec::IntoIter<Message>, cursor: Position, last: u64 },
    /// What comes next is in the window of the room.
    Following { cursor: Position },
    /// The client was told to resume.
    Interrupted,
}

/// What a seat does next.
#[derive(Debug)]
pub(super) enum Step {
    Message(Arc<Message>),
    Event(Event),
    /// A page after this position is needed; the answer has the same ticket.
    Read(Option<Position>),
    Nothing,
}

impl Seat {
    pub(super) const fn new(room: Name, after: Option<Position>) -> Self {
        let place = Place::Reading { after, is_announced: false, ticket: None };
        Self { room, place, users_version: 0 }
    }

    /// Goes on where possible. `ticket` is for a read, if one is needed.
    pub(super) fn next(&mut self, room: &Room, ticket: u64) -> Step {
        loop {
            match &mut self.place {
                Place::Reading { after, ticket: under_way @ None, .. } => {
                    *under_way = Some(ticket);
                    return Step::Read(*after);
                }
                Place::Sending { page, cursor, last } => {
                    let Some(message) = page.next() else {
                        let cursor = *cursor;
                        self.place = if cursor.number < *last {
                            let after = Some(cursor);
                            Place::Reading { after, is_announced: true, ticket: None }
                        } else {
                            Place::Following { cursor }
                        };
                        continue;
                    };
                    if cursor.is_followed_by(message.position) {
                        *cursor = message.position;
                        return Step::Message(Arc::new(message));
                    }
                    self.place = Self::from_the_end();
                }
                Place::Following { cursor } => match room.after(*cursor) {
                    After::Message(message) => {
                        *cursor = message.position;
                        return Step::Message(message);
                    }
                    After::Gone => {
                        self.place = Place::Interrupted;
                        return Step::Event(Event::Resume { room: self.room.clone() });
                    }
                    After::Nothing => return self.present(room),
                },
                Place::Reading { .. } | Place::Interrupted => return Step::Nothing,
            }
        }
    }

    /// Who is in the room, if that has changed.
    fn present(&mut self, room: &Room) -> Step {
        if self.users_version == room.users_version {
            return Step::Nothing;
        }
        self.users_version = room.users_version;
        Step::Event(Event::Present { room: self.room.clone(), users: room.users().to_vec() })
    }

    /// Returns whether the page with this ticket is for this seat.
    pub(super) fn awaits(&self, answered: u64) -> bool {
        matches!(self.place, Place::Reading { ticket: Some(ticket), .. } if ticket == answered)
    }

    /// Takes a page of the log. Returns an event for the client.
    pub(super) fn page(&mut self, page: Page) -> Option<Event> {
        let Place::Reading { after, is_announced, .. } = &self.place else { return None };
        let Page { epoch, last, messages } = page;
        let first = messages.first().map(|message| message.position);
        let cursor = match *after {
            Some(after) => {
                let is_whole = after.epoch == epoch
                    && first.map_or(after.number == last, |first| after.is_followed_by(first));
                if !is_whole {
                    self.place = Self::from_the_end();
                    return None;
                }
                after
            }
            // Before the first message.
            None => Position {
                epoch,
                number: first.map_or(last, |first| first.number.saturating_sub(1)),
            },
        };
        let joined = (!is_announced).then(|| Event::Joined {
            room: self.room.clone(),
            recovered: after.is_some(),
            position: cursor,
        });
        self.place = Place::Sending { page: messages.into_iter(), cursor, last };
        joined
    }

    /// Something is missing between the log and this node. Returns what to tell the client, unless it
    /// was told already.
    pub(super) fn interrupt(&mut self) -> Option<Event> {
        if matches!(self.place, Place::Interrupted) {
            return None;
        }
        self.place = Place::Interrupted;
        Some(Event::Resume { room: self.room.clone() })
    }

    const fn from_the_end() -> Place {
        Place::Reading { after: None, is_announced: false, ticket: None }
    }
}
