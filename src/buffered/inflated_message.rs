use alloc::vec::Vec;

use crate::{connection::Receiver, redacted::Redacted};

/// A compressed message, as much of it as was inflated. It cannot stand where it was received.
#[derive(Debug, Default)]
pub(super) struct InflatedMessage {
    bytes: Redacted<Vec<u8>>,
    /// How many of them are of the message.
    len: usize,
}

impl InflatedMessage {
    /// Begins a message, and keeps `max_kept` bytes at most if the last one needed far less than
    /// there are.
    pub(super) fn begin(&mut self, max_kept: usize) {
        if self.len < self.bytes.0.capacity() / 8 {
            self.bytes.0.truncate(max_kept);
            self.bytes.0.shrink_to(max_kept);
        }
        self.len = 0;
    }

    /// Takes over the chunk of `len` bytes that was received last.
    pub(super) fn append(&mut self, receiver: &mut Receiver, len: usize) {
        receiver.take_inflated(len, &mut self.bytes.0, self.len);
        self.len = self.len.saturating_add(len);
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(super) fn as_bytes_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.len).unwrap_or_default()
    }

    pub(super) const fn capacity(&self) -> usize {
        self.bytes.0.capacity()
    }
}
