use std::time::Duration;

use sansocket::Role;

/// What crossed the wire, in order.
///
/// It holds the first 256 KiB; of the rest it counts the bytes.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    entries: Vec<Entry>,
    held: usize,
    left_out: u64,
}

/// Bytes that one end has sent, or the end of what it sends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// When, since the connection was there.
    pub at: Duration,
    /// The end that has sent it.
    pub sender: Role,
    /// The bytes. The end of the stream if there are none.
    pub bytes: Vec<u8>,
}

const MAX_HELD: usize = 256 << 10;

impl Transcript {
    /// Returns what is held, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns how many bytes are not held.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    pub(super) fn bytes(&mut self, at: Duration, sender: Role, bytes: &[u8]) {
        let (held, rest) = bytes.split_at(bytes.len().min(MAX_HELD - self.held));
        self.left_out += rest.len() as u64;
        self.held += held.len();
        if !held.is_empty() {
            self.entries.push(Entry { at, sender, bytes: held.to_vec() });
        }
    }

    pub(super) fn end(&mut self, at: Duration, sender: Role) {
        self.entries.push(Entry { at, sender, bytes: Vec::new() });
    }
}
