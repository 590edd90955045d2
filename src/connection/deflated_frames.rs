use alloc::vec::Vec;

use crate::redacted::Redacted;

/// A message as compressed frames, and the window that each needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DeflatedFrames(Vec<(u8, Redacted<Vec<u8>>)>);

impl DeflatedFrames {
    /// Adds a frame that needs a window of so many bits.
    pub(super) fn push(&mut self, window_bits: u8, frame: Vec<u8>) {
        self.0.push((window_bits, frame.into()));
    }

    /// The frame for a connection with this window, if there is one.
    pub(super) fn fitting(&self, window_bits: u8) -> Option<&[u8]> {
        let fitting = self.0.iter().filter(|(needed, _)| *needed <= window_bits);
        fitting.max_by_key(|(needed, _)| *needed).map(|(_, frame)| &**frame)
    }
}
