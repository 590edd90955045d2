//! How the storage of a buffer grows and shrinks.

use super::{MessageStage, ReadBuffer};
use crate::frame::Masker;

impl ReadBuffer {
    /// Returns the least room for a read: below it, a system call is not worth its cost.
    pub(super) const fn min_room(&self) -> usize {
        self.read_lens.min() / 2
    }

    /// Returns how much storage of its own a buffer needs to wait with so many held bytes. The start
    /// of a long message gets room for the reads to come, so that the bytes need not move into
    /// storage that is lent for each of them, and out again.
    pub(super) const fn own_len(&self, held: usize) -> usize {
        let min = self.read_lens.min();
        if held < min / 4 {
            return held;
        }
        // The room is no less than that of any read, and `detach` keeps the storage.
        let twice = held.saturating_mul(2);
        if held < min { twice.saturating_add(held) } else { twice.saturating_add(min) }
    }

    /// Makes room after the held bytes, which begin at `held_start`.
    #[cold]
    pub(super) fn make_room(&mut self, held_start: usize) {
        let len = self.storage.len();
        let held = self.end.saturating_sub(held_start);
        // Then the move is no longer than the bytes used up since the last one: linear in total.
        let is_move_cheap = held <= held_start;
        let used = if is_move_cheap { held } else { self.end };
        let doubled = len.saturating_mul(2).min(self.read_lens.max());
        let mut target = if self.is_read_full { doubled.max(len) } else { len };
        if len.saturating_sub(used) < self.min_room() {
            // Double it, so that growing, and the expensive move that comes with it, are also
            // linear in total.
            target = target.max(held.saturating_mul(2).saturating_add(self.read_lens.min()));
        }
        self.storage.close_gap(0..self.end, held_start, Masker::NONE);
        self.shift(held_start);
        self.storage.grow(target);
    }

    /// Frees the memory of a large compressed message, unless one is being gathered.
    pub(super) fn free_inflated(&mut self) {
        let is_gathering = self.stage == MessageStage::Gathering && self.is_inflated;
        let capacity = self.inflated.as_ref().map_or(0, |inflated| inflated.capacity());
        if capacity > self.read_lens.max() && !is_gathering {
            self.inflated = None;
        }
    }

    /// Frees the memory that a large message needed, unless more than 1/64 of it is held.
    #[cold]
    pub(super) fn shrink(&mut self) {
        let held_start = self.held_start();
        let held = self.end.saturating_sub(held_start);
        // If large messages follow each other, a read usually leaves more than that, so that the
        // next message reuses the storage.
        if held <= self.storage.len() / 64 {
            self.storage.close_gap(0..self.end, held_start, Masker::NONE);
            self.shift(held_start);
            self.storage.shrink(held.saturating_mul(2).max(self.read_lens.max()));
        }
    }
}
