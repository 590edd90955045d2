use alloc::collections::{BTreeMap, BTreeSet};

use sansocket::Timestamp;

use super::SendError;

/// Names an event of the peer that asks for an acknowledgement.
///
/// It is valid as long as the namespace stays connected. After a reconnection, the same number names
/// another event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckToken {
    id: u64,
    connection: u64,
}

/// The acknowledgements of one connection to a namespace, both ways.
pub(super) struct Acknowledgements {
    /// Which of the connections of the session this is.
    connection: u64,
    deadlines: BTreeMap<u64, Timestamp>,
    /// The same, the next deadline first.
    by_deadline: BTreeSet<(Timestamp, u64)>,
}

impl Acknowledgements {
    pub(super) const fn new(connection: u64) -> Self {
        Self { connection, deadlines: BTreeMap::new(), by_deadline: BTreeSet::new() }
    }

    // Events of the peer.

    pub(super) fn token(&self, id: u64) -> AckToken {
        AckToken { id, connection: self.connection }
    }

    /// Returns the id of an event of this connection.
    pub(super) fn id(&self, token: AckToken) -> Option<u64> {
        (token.connection == self.connection).then_some(token.id)
    }

    /// Records that another connection began. Events that wait in a buffer go on waiting.
    pub(super) fn reconnected(&mut self, connection: u64) {
        self.connection = connection;
    }

    // Our events.

    /// # Errors
    ///
    /// Too many events wait.
    pub(super) fn check_room(&self, max: usize) -> Result<(), SendError> {
        if self.deadlines.len() >= max {
            return Err(SendError::TooManyAcknowledgements { max });
        }
        Ok(())
    }

    /// Records that an event was sent.
    pub(super) fn sent(&mut self, id: u64, deadline: Timestamp) {
        self.deadlines.insert(id, deadline);
        self.by_deadline.insert((deadline, id));
    }

    /// Returns whether an event with this id waits, and removes it.
    pub(super) fn take(&mut self, id: u64) -> bool {
        let Some(deadline) = self.deadlines.remove(&id) else { return false };
        self.by_deadline.remove(&(deadline, id));
        true
    }

    /// Returns an event whose time is over, and removes it.
    pub(super) fn expire(&mut self, now: Timestamp) -> Option<u64> {
        let &(deadline, id) = self.by_deadline.first()?;
        (deadline <= now && self.take(id)).then_some(id)
    }

    /// Removes all events.
    pub(super) fn clear(&mut self) {
        self.deadlines.clear();
        self.by_deadline.clear();
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.by_deadline.first().map(|&(deadline, _)| deadline)
    }
}
