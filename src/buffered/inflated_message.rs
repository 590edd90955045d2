use alloc::vec::Vec;

use crate::{connection::Receiver, redacted::Redacted};

/// The inflated bytes of a compressed message. They have a buffer of their own, since they are not
/// in the input.
#[derive(Debug, Default)]
pub(super) struct InflatedMessage {
    bytes: Redacted<Vec<u8>>,
    /// The length of the message. The bytes after it are unused.
    len: usize,
}

impl InflatedMessage {
    /// Begins a message. If the last one needed less than an eighth of the buffer, shrinks the
    /// buffer to at most `max_kept` bytes.
    pub(super) fn begin(&mut self, max_kept: usize) {
        if self.len < self.bytes.0.capacity() / 8 {
            self.bytes.0.truncate(max_kept);
            self.bytes.0.shrink_to(max_kept);
        }
        self.len = 0;
    }

    /// Appends the last received chunk, of `len` bytes.
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
