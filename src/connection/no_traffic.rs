//! The replacement for `traffic` in builds without the feature `stats`: the same names, on a
//! zero-sized type, so that the code that counts is the same and compiles to nothing.

use crate::frame::{FrameHeader, OpCode};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic(());

impl Traffic {
    pub(crate) const NONE: Self = Self(());

    pub(super) const fn count_bytes(self, _count: usize) {}

    pub(super) const fn with_bytes(self, _count: usize) -> Self {
        self
    }

    pub(super) const fn count_messages(self, _is_complete: bool) {}

    pub(super) const fn count_control(self, _opcode: OpCode) {}

    pub(super) const fn count_frame(self, _header: &FrameHeader) {}

    pub(super) const fn count_whole(self, _frame_len: usize) {}
}

#[cfg(test)]
mod tests {
    use super::Traffic;

    #[test]
    fn without_stats_the_counts_take_no_space() {
        assert_eq!(size_of::<Traffic>(), 0);
    }
}
