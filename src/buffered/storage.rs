use alloc::{boxed::Box, vec::Vec};
use core::ops::Range;

use crate::{frame::Masker, redacted::Redacted};

/// The bytes of a [`ReadBuffer`](super::ReadBuffer). It tracks how many were ever used.
///
/// Connections take turns using a storage. None must ever see the input of another, not even if a
/// stream reports more bytes than it wrote. So the used bytes are cleared, while they are still in
/// the cache. Only reported bytes count as used: a stream may write anywhere in its room, but
/// clearing 64 KiB after each short read would cost more than the read.
#[derive(Debug, Default)]
pub(super) struct Storage {
    /// Fully initialised, so that a read can go to any part of it.
    bytes: Redacted<Box<[u8]>>,
    /// The length of the part that has ever held input. The bytes after it are as they were lent,
    /// except where a stream wrote and did not report it.
    used: usize,
}

impl From<Vec<u8>> for Storage {
    /// Creates storage that is full of input.
    fn from(input: Vec<u8>) -> Self {
        Self { used: input.len(), bytes: Redacted(input.into()) }
    }
}

impl Storage {
    /// Creates storage of `len` bytes that starts with the held bytes.
    pub(super) fn own(held: &[u8], len: usize) -> Self {
        let mut bytes = Vec::with_capacity(len.max(held.len()));
        bytes.extend_from_slice(held);
        bytes.resize(bytes.capacity(), 0);
        Self { bytes: Redacted(bytes.into()), used: held.len() }
    }

    /// Copies `held` to the front of unused storage. Returns `None` if the storage is not at least
    /// twice as large.
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

    /// Returns the room after the first `end` bytes.
    #[inline]
    pub(super) fn room(&mut self, end: usize) -> &mut [u8] {
        self.bytes.get_mut(end..).unwrap_or_default()
    }

    /// Records that there is input up to `end`.
    #[inline]
    pub(super) fn note_input(&mut self, end: usize) {
        self.used = self.used.max(end);
    }

    /// Removes the first `gap` bytes of a range by moving the rest to its front, and unmasks it.
    pub(super) fn close_gap(&mut self, range: Range<usize>, gap: usize, masker: Masker) {
        masker.close_gap(self.get_mut(range), gap);
    }

    /// Moves all bytes out.
    pub(super) fn take(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.bytes.0).into_vec()
    }

    /// Restores the bytes. If they were truncated, the missing part is zeros.
    pub(super) fn restore(&mut self, mut bytes: Vec<u8>) {
        bytes.resize(bytes.capacity(), 0);
        self.bytes.0 = bytes.into();
    }

    /// Grows to `len` bytes.
    pub(super) fn grow(&mut self, len: usize) {
        let mut bytes = core::mem::take(&mut self.bytes.0).into_vec();
        bytes.reserve_exact(len.saturating_sub(bytes.len()));
        bytes.resize(len.max(bytes.len()), 0);
        self.bytes.0 = bytes.into();
    }

    /// Shrinks to `len` bytes, and frees the rest.
    pub(super) fn shrink(&mut self, len: usize) {
        let mut bytes = core::mem::take(&mut self.bytes.0).into_vec();
        bytes.truncate(len);
        self.bytes.0 = bytes.into();
        self.used = self.used.min(len);
    }

    /// Returns the bytes for another connection, with the input cleared.
    pub(super) fn into_cleared(mut self) -> Vec<u8> {
        self.get_mut(0..self.used).fill(0);
        self.bytes.0.into_vec()
    }
}
