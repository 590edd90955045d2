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

    /// Holds only so many bytes, and counts the others.
    pub(crate) fn truncate(&mut self, max: usize) {
        let mut rest = max;
        let mut left_out = 0;
        self.entries.retain_mut(|entry| {
            let is_end = entry.bytes.is_empty();
            let held = entry.bytes.len().min(rest);
            left_out += entry.bytes.len() - held;
            rest -= held;
            entry.bytes.truncate(held);
            // An entry without bytes is the end of the stream, and nothing else.
            is_end || held > 0
        });
        self.held -= left_out;
        self.left_out += left_out as u64;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_is_counted_and_the_end_stays() {
        let mut transcript = Transcript::default();
        for (sender, bytes) in [(Role::Client, "abc"), (Role::Server, "defg"), (Role::Client, "h")]
        {
            transcript.bytes(Duration::ZERO, sender, bytes.as_bytes());
        }
        transcript.end(Duration::ZERO, Role::Server);
        transcript.truncate(5);
        let held: Vec<_> = transcript.entries().iter().map(|entry| &entry.bytes[..]).collect();
        assert_eq!(held, [&b"abc"[..], b"de", b""]);
        assert_eq!(transcript.left_out(), 3);
        transcript.truncate(5);
        assert_eq!(transcript.left_out(), 3);
    }
}
