use core::time::Duration;

use super::Clock;
use crate::{connection::Traffic, time::Timestamp};

/// Counts of messages and bytes, and the age of a connection.
///
/// ```
/// use core::time::Duration;
/// use sansocket::{Limits, Timestamp, connection::Connection, session::Session};
///
/// let Session { reading, mut writing } =
///     Session::new(Connection::server(&Limits::default()));
/// writing.send("Hello")?;
///
/// let stats = reading.stats(Timestamp::default(), &writing);
/// assert_eq!((stats.sent.messages, stats.sent.bytes, stats.queued), (1, 7, 7));
/// assert_eq!((stats.received.messages, stats.age), (0, Duration::ZERO));
/// # Ok::<(), sansocket::SendError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Counts of what was received.
    pub received: Traffic,
    /// Counts of what was sent, including what is queued.
    pub sent: Traffic,
    /// The number of bytes that wait to be written.
    pub queued: usize,
    /// The time since the connection was opened, or since it first waited for input if its handshake
    /// was done elsewhere. Zero before that, and for blocking streams without timeouts.
    pub age: Duration,
}

/// What the writing half keeps for [`Stats`], so that it can return them on its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tally {
    /// What had come when the half that reads last asked for input.
    pub(super) received: Traffic,
    /// When the connection was opened; the end of time before.
    opened_at: Timestamp,
}

impl Tally {
    pub(super) const NEW: Self = Self { received: Traffic::NONE, opened_at: Timestamp::NEVER };

    /// Records what has come so far.
    #[inline]
    pub(super) const fn note_received(&mut self, received: Traffic) {
        self.received = received;
    }

    /// Records that the connection is open, unless that is known already.
    pub(super) fn note_opened(&mut self, clock: &impl Clock) {
        if self.opened_at == Timestamp::NEVER {
            self.opened_at = clock.now();
        }
    }

    /// How long ago the connection was opened.
    pub(super) fn age(&self, now: Timestamp) -> Duration {
        now.since(self.opened_at)
    }
}
