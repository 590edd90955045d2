//! The message range, and how long it stays masked.

use alloc::vec::Vec;

use super::{MessageStage, ReadBuffer};
use crate::{
    connection::{Receiver, append_payload},
    frame::Masker,
};

/// The length from which a message range is unmasked as it grows.
const MAX_MASKED: usize = 64 << 10;

impl ReadBuffer {
    /// Makes a chunk of `len` bytes, which was just received, the message range.
    pub(super) fn place_chunk(&mut self, len: usize, masker: Masker) {
        self.message_start = self.start.saturating_sub(len);
        self.message_end = self.start;
        self.masker = masker;
    }

    /// Takes a chunk of `len` bytes from the receiver, which was inflated, and so is not in the
    /// input.
    pub(super) fn take_inflated(&mut self, receiver: &mut Receiver, len: usize) {
        let message = self.inflated.get_or_insert_default();
        if self.stage != MessageStage::Gathering {
            message.begin(self.read_lens.max());
        }
        message.append(receiver, len);
        // The held input begins after the compressed bytes.
        self.place_chunk(0, Masker::NONE);
    }

    /// Appends a chunk of `len` bytes, which was just received, to the message range.
    pub(super) fn append_chunk(&mut self, len: usize, masker: Masker) {
        let gap = self.start.saturating_sub(len).saturating_sub(self.message_end);
        let message_len = self.message_end.saturating_sub(self.message_start);
        let is_in_place = gap == 0 && self.masker.goes_on(message_len, masker);
        if !is_in_place || message_len > MAX_MASKED {
            self.unmask();
            self.storage.close_gap(self.message_end..self.start, gap, masker);
        }
        self.message_end = self.message_end.saturating_add(len);
    }

    /// Returns the message, wherever it is.
    #[inline]
    pub(super) fn payload(&self) -> &[u8] {
        match &self.inflated {
            Some(inflated) if self.is_inflated => inflated.as_bytes(),
            _ => self.storage.get(self.message_start..self.message_end),
        }
    }

    /// Returns a copy of the message range, unmasked.
    #[inline(never)]
    pub(super) fn unmasked_copy(&self) -> Vec<u8> {
        let mut copy = Vec::new();
        let range = self.message_start..self.message_end;
        append_payload(self.masker, self.storage.get(range), &mut copy);
        copy
    }

    /// Unmasks the message range, unless that was done when the message was received.
    #[inline]
    pub(super) fn ensure_unmasked(&mut self) {
        if !self.masker.is_none() {
            self.unmask_late();
        }
    }

    #[inline(never)]
    fn unmask_late(&mut self) {
        // Without the storage there is nothing to unmask, and the masker is needed later.
        if !self.is_lent() {
            self.unmask();
        }
    }

    /// Unmasks the message range.
    #[inline]
    pub(super) fn unmask(&mut self) {
        let mut masker = core::mem::replace(&mut self.masker, Masker::NONE);
        masker.apply(self.storage.get_mut(self.message_start..self.message_end));
    }
}
