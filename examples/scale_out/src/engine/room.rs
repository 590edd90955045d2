use std::collections::VecDeque;

use std::sync::Arc;

use super::reader::ReaderId;
use crate::protocol::{Message, Name, Position};

/// A room that has readers on this node.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// The last messages, without gaps. Empty until the feed has brought one.
    window: VecDeque<Arc<Message>>,
    pub(super) readers: Vec<ReaderId>,
    /// Who is in the room on all nodes, and how often that has changed.
    users: Vec<Name>,
    pub(super) users_version: u64,
}

/// The message after a cursor.
#[derive(Debug)]
pub(super) enum After {
    Message(Arc<Message>),
    /// It has not come yet.
    Nothing,
    /// It has come and gone, or is of another epoch.
    Gone,
}

impl Room {
    /// Takes the next message, and drops the oldest one above `limit`.
    pub(super) fn push(&mut self, message: Message, limit: usize) {
        self.window.push_back(Arc::new(message));
        if self.window.len() > limit {
            self.window.pop_front();
        }
    }

    /// Forgets the messages, after which something is missing.
    pub(super) fn interrupt(&mut self) {
        self.window.clear();
    }

    pub(super) fn after(&self, cursor: Position) -> After {
        let Some(first) = self.window.front().map(|message| message.position) else {
            return After::Nothing;
        };
        let wanted = cursor.next();
        let Some(index) = wanted.number.checked_sub(first.number) else { return After::Gone };
        if wanted.epoch != first.epoch {
            return After::Gone;
        }
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        self.window.get(index).map_or(After::Nothing, |message| After::Message(Arc::clone(message)))
    }

    pub(super) fn users(&self) -> &[Name] {
        &self.users
    }

    /// Returns whether they have changed.
    pub(super) fn set_users(&mut self, users: Vec<Name>) -> bool {
        let has_changed = self.users != users;
        if has_changed {
            self.users = users;
            self.users_version += 1;
        }
        has_changed
    }
}
