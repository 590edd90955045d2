use alloc::{boxed::Box, vec::Vec};

use super::{SendError, deflated_frames::DeflatedFrames, frame_writer::FrameWriter};
use crate::{
    deflate::{Agreement, Compression, Config, Deflater, Params},
    frame::{OpCode, Rsv},
    redacted::Redacted,
    role::Role,
};

/// Compresses the messages that are sent, and decides which.
#[derive(Debug)]
pub(super) struct Deflating {
    deflater: Deflater,
    pub(super) compression: Compression,
    min_len: usize,
    pub(super) params: Params,
    attempts: Attempts,
    /// Whether the message that is being sent in parts is compressed.
    is_in_parts: bool,
    compressed: Redacted<Vec<u8>>,
}

/// Which messages are worth a try, after some that did not become shorter: to find out costs a
/// hundred times what it costs to send a short one.
#[derive(Clone, Copy, Debug, Default)]
struct Attempts {
    /// How many tries in a row were in vain, up to [`Self::MAX_FAILED`].
    failed: u32,
    /// How many more messages are not tried.
    skipped: u32,
    /// The length of the longest message that was tried in vain.
    failed_len: usize,
}

impl Attempts {
    /// After so many tries in vain and another one, 63 messages are skipped.
    const MAX_FAILED: u32 = 6;

    /// Whether a message is sent plain without a try.
    fn skips(&mut self, len: usize) -> bool {
        let skips = self.skipped > 0 && len <= self.failed_len;
        if skips {
            self.skipped = self.skipped.saturating_sub(1);
        }
        skips
    }

    /// Notes what came of a try.
    fn note(&mut self, len: usize, is_worth_it: bool) {
        if is_worth_it {
            *self = Self::default();
        } else {
            // The first in a row may be one of its kind: 0 are skipped after it, then 1, 3, 7...
            self.skipped = (1_u32 << self.failed).saturating_sub(1);
            self.failed = self.failed.saturating_add(1).min(Self::MAX_FAILED);
            self.failed_len = self.failed_len.max(len);
        }
    }
}

/// How much room for compressed data is kept between messages.
const KEPT_CAPACITY: usize = 64 << 10;

impl Deflating {
    /// What a sender keeps by an agreement.
    pub(super) fn by(agreement: Option<&Agreement>, role: Role) -> Option<Box<Self>> {
        agreement.map(|Agreement { params, config }| Self::new(role, params, config))
    }

    fn new(role: Role, params: &Params, config: &Config) -> Box<Self> {
        let (window_bits, no_context_takeover) = params.of_sender(role);
        Box::new(Self {
            deflater: Deflater::new(config, window_bits, no_context_takeover),
            compression: Compression::default(),
            min_len: config.min_len,
            params: *params,
            attempts: Attempts::default(),
            is_in_parts: false,
            compressed: Redacted::default(),
        })
    }

    /// Whether a whole message is to be compressed.
    pub(super) const fn wants(&self, len: usize) -> bool {
        match self.compression {
            Compression::Auto => len >= self.min_len,
            Compression::Always => true,
            Compression::Never => false,
        }
    }

    /// Sends a whole message, unless it does not become shorter and may go plain: `false` then.
    pub(super) fn send_whole(
        &mut self,
        opcode: OpCode,
        payload: &[u8],
        writer: &mut FrameWriter,
        out: &mut Vec<u8>,
    ) -> bool {
        let is_auto = self.compression == Compression::Auto;
        if is_auto && self.attempts.skips(payload.len()) {
            return false;
        }
        self.deflater.compress(payload, true, &mut self.compressed.0);
        let is_worth_it = !is_auto || self.compressed.len() < payload.len();
        if is_auto {
            self.attempts.note(payload.len(), is_worth_it);
        }
        if is_worth_it {
            writer.append(opcode, true, Rsv::RSV1, &self.compressed, out);
        } else {
            // The peer will not see it, so that nothing may refer to it.
            self.deflater.forget();
        }
        self.clear();
        is_worth_it
    }

    /// Sends a chunk of a message, unless the message goes plain: `false` then.
    pub(super) fn send_chunk(
        &mut self,
        opcode: OpCode,
        payload: &[u8],
        is_last: bool,
        writer: &mut FrameWriter,
        out: &mut Vec<u8>,
    ) -> bool {
        // How long the message becomes is not known at its first part, which decides for all.
        if opcode != OpCode::Continuation {
            self.is_in_parts = self.compression != Compression::Never;
        }
        if !self.is_in_parts {
            return false;
        }
        self.is_in_parts = !is_last;
        self.deflater.compress(payload, is_last, &mut self.compressed.0);
        // RFC 7692 6 and 6.1: RSV1 marks the first frame of a compressed message.
        let rsv = if opcode == OpCode::Continuation { Rsv::NONE } else { Rsv::RSV1 };
        writer.append(opcode, is_last, rsv, &self.compressed, out);
        self.clear();
        true
    }

    /// Refuses a part that is to be framed in place, of a message that is being compressed.
    pub(super) const fn check_in_place(&self) -> Result<(), SendError> {
        if self.is_in_parts { Err(SendError::Compressed) } else { Ok(()) }
    }

    /// The frame to send of a message of `len` bytes that was compressed before, if it is to go
    /// compressed.
    pub(super) fn prepared<'m>(
        &mut self,
        frames: &'m DeflatedFrames,
        len: usize,
    ) -> Option<&'m [u8]> {
        if !self.wants(len) {
            return None;
        }
        // A client has none to send: it masks each frame anew.
        let frame = frames.fitting(self.params.server_max_window_bits)?;
        // The peer's window goes on from this message, ours knows nothing of it.
        self.deflater.forget();
        Some(frame)
    }

    /// Gives all memory back that is not needed between messages.
    pub(super) fn release(&mut self) {
        if !self.is_in_parts {
            self.deflater.release();
            self.compressed = Redacted::default();
        }
    }

    /// Makes room for the next message, and gives back what a long one has needed.
    fn clear(&mut self) {
        self.compressed.0.clear();
        self.compressed.0.shrink_to(KEPT_CAPACITY);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::Attempts;

    /// How many of `count` messages of one length are tried, if it is always in vain.
    fn tries(attempts: &mut Attempts, len: usize, count: usize) -> Vec<usize> {
        let tried = (0..count).filter(|_| {
            let is_tried = !attempts.skips(len);
            if is_tried {
                attempts.note(len, false);
            }
            is_tried
        });
        tried.collect()
    }

    #[test]
    fn tries_in_vain_become_ever_rarer_up_to_one_in_64() {
        let mut attempts = Attempts::default();
        let expected = [0, 1, 3, 7, 15, 31, 63, 127, 191, 255, 319];
        assert_eq!(tries(&mut attempts, 100, 320), expected);
        assert_eq!(tries(&mut attempts, 100, 64_000).len(), 1000);
        attempts.note(100, true);
        assert_eq!(tries(&mut attempts, 100, 8), [0, 1, 3, 7]);
    }

    #[test]
    fn a_message_that_is_longer_than_those_is_tried() {
        let mut attempts = Attempts::default();
        assert_eq!(tries(&mut attempts, 100, 200).len(), 9);
        assert!(attempts.skips(100));
        assert!(!attempts.skips(101));
        attempts.note(101, false);
        assert!(attempts.skips(101) && !attempts.skips(102));
    }
}
