use alloc::{string::String, vec::Vec};

/// Sockets of a namespace, by their rooms. Each socket is in the room that is named as its id.
///
/// ```
/// use sansocket_socketio::server::Selection;
///
/// let selection = Selection { rooms: vec!["red".into(), "blue".into()], except: vec!["muted".into()] };
/// assert!(selection.matches(|room| ["blue", "green"].contains(&room)));
/// assert!(!selection.matches(|room| ["blue", "muted"].contains(&room)));
/// assert!(Selection::default().matches(|_| false));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "Socket.IO selects by these")]
pub struct Selection {
    /// Sockets in any of these rooms; all sockets if there are none.
    pub rooms: Vec<String>,
    /// But none that is in one of these.
    pub except: Vec<String>,
}

impl Selection {
    /// Returns whether a socket is selected, given a function that returns whether it is in a room.
    pub fn matches(&self, is_in: impl Fn(&str) -> bool) -> bool {
        (self.rooms.is_empty() || self.rooms.iter().any(|room| is_in(room)))
            && !self.except.iter().any(|room| is_in(room))
    }
}
