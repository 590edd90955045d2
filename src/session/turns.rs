use core::time::Duration;

use super::Clock;
use crate::time::Timestamp;

/// The turns of a thread that writes and reads with calls that block, and so cannot wait for the
/// transport and for input at the same time.
///
/// 1. [`Step::Write`](super::Step::Write) lasts for at most 100 ms, and [`Step::Read`](super::Step::Read)
///    until the [deadline](super::Driven::deadline).
/// 2. If the transport has not taken everything, the read after that is only a look: 1 ms.
/// 3. If the look has found input, so is the next write, since a peer may write all that it has before
///    it reads.
///
/// ```
/// use core::time::Duration;
/// use sansocket::{Timestamp, session::Turns};
///
/// let (now, due) = (Timestamp::default(), Timestamp::from(Duration::from_secs(7)));
/// let mut turns = Turns::default();
/// assert_eq!(turns.read_limit(due, now), Some(Duration::from_secs(7)));
/// assert_eq!(turns.write_limit(), Turns::SLICE);
/// turns.wrote(false); // something is left
/// assert_eq!(turns.read_limit(due, now), Some(Turns::LOOK));
/// turns.read(true);
/// assert_eq!(turns.write_limit(), Turns::LOOK);
/// assert_eq!(turns.write_limit(), Turns::SLICE);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Turns {
    /// Whether the last write has left something, and nothing was read since.
    is_left: bool,
    /// Whether the next write is a look.
    has_found_input: bool,
}

impl Turns {
    /// The length of a turn to write: 100 ms. No call should wait for longer, so that whoever watches
    /// a slow peer sees soon how much it takes.
    pub const SLICE: Duration = Duration::from_millis(100);

    /// The length of a turn that costs next to no time: 1 ms.
    pub const LOOK: Duration = Duration::from_millis(1);

    /// Returns how long the queue is written now.
    pub fn write_limit(&mut self) -> Duration {
        if core::mem::take(&mut self.has_found_input) { Self::LOOK } else { Self::SLICE }
    }

    /// Records whether the queue was written completely.
    pub const fn wrote(&mut self, is_all: bool) {
        self.is_left = !is_all;
    }

    /// Returns how long input is waited for now, if something is `due` then. `None`: for ever.
    #[must_use]
    pub fn read_limit(&self, due: Timestamp, clock: impl Clock) -> Option<Duration> {
        match due {
            _ if self.is_left => Some(Self::LOOK),
            Timestamp::NEVER => None,
            due => Some(due.since(clock.now())),
        }
    }

    /// Records that a read has returned, with input or without.
    pub const fn read(&mut self, has_input: bool) {
        self.has_found_input = has_input && self.is_left;
        self.is_left = false;
    }
}
