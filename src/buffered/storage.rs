use alloc::{boxed::Box, vec::Vec};
use core::ops::Range;

use crate::redacted::Redacted;

/// The bytes of a [`ReadBuffer`](super::ReadBuffer), and how far they were used.
///
/// Storage serves one connection after another. What one of them has received must never be seen by
/// the next, not even where a stream reports more than it wrote. So what was used is cleared, while
/// it is still in the cache. That is what was reported: a stream may write anywhere in the room that
/// it is given, but to clear 64 KiB after each short read would cost more than the read.
#[derive(Debug, Default)]
pub(super) struct Storage {
    /// Initialised in whole, so that reads can go to any part of it.
    bytes: Redacted<Box<[u8]>>,
    /// How many of them have ever been input. Those behind are as they were lent, but for what
    /// streams wrote there and did not report.
    used: usize,
}

impl From<Vec<u8>> for Storage {
    /// Storage that holds input in whole.
    fn from(input: Vec<u8>) -> Self {
        Self { used: input.len(), bytes: Redacted(input.into()) }
    }
}

impl Storage {
    /// Unused storage, into whose front `held` moves. `None`: there is less than twice the room.
    pub(super) fn lent(mut bytes: Vec<u8>, held: &[u8]) -> Option<Self> {
        if held.len() > bytes.len() / 2 {
            return None;
        }
        bytes.get_mut(..held.len())?.copy_from_slice(held);
        Some(Self { bytes: Redacted(bytes.into()), used: held.len() })
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    pub(super) fn get(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    #[inline]
    pub(super) fn get_mut(&mut self, range: Range<usize>) -> &mut [u8] {
        self.bytes.get_mut(range).unwrap_or_default()
    }

    /// The room behind the first `end` bytes.
    #[inline]
    pub(super) fn room(&mut self, end: usize) -> &mut [u8] {
        self.bytes.get_mut(end..).unwrap_or_default()
    }

    /// Says that there is input up to `end`.
    #[inline]
    pub(super) fn note_input(&mut self, end: usize) {
        self.used = self.used.max(end);
    }

    /// Moves what stands behind the first `gap` bytes of a range to the front of it.
    pub(super) fn close_gap(&mut self, range: Range<usize>, gap: usize) {
        let bytes = self.get_mut(range);
        if (1..=bytes.len()).contains(&gap) {
            bytes.copy_within(gap.., 0);
        }
    }

    /// Takes the bytes away, all of them.
    pub(super) fn take(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.bytes.0).into_vec()
    }

    /// Puts them back. What was cut off is zeros.
    pub(super) fn restore(&mut self, mut bytes: Vec<u8>) {
        bytes.resize(bytes.capacity(), 0);
        self.bytes.0 = bytes.into();
    }

    /// Makes it longer.
    pub(super) fn grow(&mut self, len: usize) {
        let mut bytes = core::mem::take(&mut self.bytes.0).into_vec();
        bytes.reserve_exact(len.saturating_sub(bytes.len()));
        bytes.resize(len.max(bytes.len()), 0);
        self.bytes.0 = bytes.into();
    }

    /// Makes it shorter, and gives the rest back.
    pub(super) fn shrink(&mut self, len: usize) {
        let mut bytes = core::mem::take(&mut self.bytes.0).into_vec();
        bytes.truncate(len);
        self.bytes.0 = bytes.into();
        self.used = self.used.min(len);
    }

    /// The bytes for another connection, without what was input.
    pub(super) fn into_cleared(mut self) -> Vec<u8> {
        self.get_mut(0..self.used).fill(0);
        self.bytes.0.into_vec()
    }
}
