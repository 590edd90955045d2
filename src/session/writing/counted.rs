//! What the writing half knows about the bytes that wait, and its counts.

use super::Writing;
use crate::session::stats::Tally;
#[cfg(feature = "stats")]
use crate::session::{Clock, Stats};

impl Writing {
    /// Returns whether `more` bytes would bring the queue, without lent bytes, to the high-water
    /// mark.
    #[inline]
    #[must_use]
    pub fn would_reach_high_water(&self, more: usize) -> bool {
        self.sender.reaches_high_water(self.unwritten().len().saturating_add(more))
    }

    /// Returns whether the transport has refused queued bytes and not taken all since.
    #[inline]
    pub(in crate::session) fn is_refused(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.stall.is_refusing())
    }

    /// Returns counts of messages and bytes, and the age of the connection. What was received is
    /// counted up to when the half that reads last asked for input.
    #[cfg(feature = "stats")]
    #[must_use]
    pub fn stats(&self, clock: impl Clock) -> Stats {
        Stats {
            received: self.tally.received,
            sent: self.sender.traffic(),
            queued: self.waiting(),
            age: self.tally.age(clock.now()),
        }
    }

    /// Returns the part of the counts that this half keeps for the other.
    #[inline]
    pub(in crate::session) const fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }
}
