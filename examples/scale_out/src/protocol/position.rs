use serde::{Deserialize, Serialize};

/// A place in the log of a room: after the message with this number.
///
/// The messages of a room are numbered without gaps. If the log may have lost some, a new epoch begins, in
/// which the same numbers may be those of other messages. So two positions of one epoch say exactly how
/// many messages are between them, and nothing can be said about two positions of different epochs.
///
/// ```
/// use scale_out::protocol::Position;
///
/// let seen = Position { epoch: 7, number: 41 };
/// assert!(seen.is_followed_by(Position { epoch: 7, number: 42 }));
/// assert!(!seen.is_followed_by(Position { epoch: 7, number: 43 }));
/// assert!(!seen.is_followed_by(Position { epoch: 8, number: 42 }));
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// When the epoch began, in microseconds since 1970 by the clock of Redis. Below 2^53, so that
    /// JavaScript has it exactly.
    pub epoch: u64,
    /// The number of the last message before this place; 0 before the first message.
    pub number: u64,
}

impl Position {
    /// Returns the place after the next message.
    #[must_use]
    pub const fn next(self) -> Self {
        Self { epoch: self.epoch, number: self.number.saturating_add(1) }
    }

    /// Returns whether `other` is the place after exactly one more message.
    #[must_use]
    pub fn is_followed_by(self, other: Self) -> bool {
        self.epoch == other.epoch && other.number.checked_sub(self.number) == Some(1)
    }

    /// Returns whether nothing after this place is at or before `other`: whoever has read up to here
    /// already has the message that `other` follows.
    #[must_use]
    pub fn includes(self, other: Self) -> bool {
        self.epoch == other.epoch && other.number <= self.number
    }
}
