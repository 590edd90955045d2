use alloc::{boxed::Box, vec::Vec};

use super::{SendError, deflated_frames::DeflatedFrames, frame_writer::FrameWriter};
use crate::{
    deflate::{Agreement, Compression, Config, Deflater, Params},
    frame::{OpCode, Rsv},
    redacted::Redacted,
    role::Role,
};

/// The compressor of the sending half. It also decides which messages are compressed.
#[derive(Debug)]
pub(super) struct Deflating {
    deflater: Deflater,
    pub(super) compression: Compression,
    min_len: usize,
    pub(super) params: Params,
    attempts: Attempts,
    /// Whether the message that is being sent in chunks is compressed.
    is_in_parts: bool,
    compressed: Redacted<Vec<u8>>,
}

/// The policy for messages that may not become shorter. Compressing a short message costs a hundred
/// times as much as sending it, so after failures most messages skip the attempt.
#[derive(Clone, Copy, Debug, Default)]
struct Attempts {
    /// The number of failed attempts in a row, up to [`Self::MAX_FAILED`].
    failed: u32,
    /// The number of further messages that skip the attempt.
    skipped: u32,
    /// The length of the longest message of the failed attempts.
    failed_len: usize,
}

impl Attempts {
    /// After this many failures, each further one skips 63 messages.
    const MAX_FAILED: u32 = 6;

    /// Returns whether a message is sent uncompressed without an attempt.
    fn skips(&mut self, len: usize) -> bool {
        let skips = self.skipped > 0 && len <= self.failed_len;
        if skips {
            self.skipped = self.skipped.saturating_sub(1);
        }
        skips
    }

    /// Records the result of an attempt.
    fn note(&mut self, len: usize, is_worth_it: bool) {
        if is_worth_it {
            *self = Self::default();
        } else {
            // The first failure may be an exception: it skips no message, the next ones 1, 3, 7...
            self.skipped = (1_u32 << self.failed).saturating_sub(1);
            self.failed = self.failed.saturating_add(1).min(Self::MAX_FAILED);
            self.failed_len = self.failed_len.max(len);
        }
    }
}

/// The capacity for compressed data that is kept between messages.
const KEPT_CAPACITY: usize = 64 << 10;

impl Deflating {
    /// Creates the compressor, if compression was negotiated.
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

    /// Returns whether a whole message is a candidate for compression.
    pub(super) const fn wants(&self, len: usize) -> bool {
        match self.compression {
            Compression::Auto => len >= self.min_len,
            Compression::Always => true,
            Compression::Never => false,
        }
    }

    /// Sends a whole message compressed. Returns `false` without sending if it does not become
    /// shorter and may go uncompressed.
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
            // The peer will not get it, so later messages must not refer to it.
            self.deflater.forget();
        }
        self.clear();
        is_worth_it
    }

    /// Sends a chunk of a compressed message. Returns `false` without sending if the message goes
    /// uncompressed.
    pub(super) fn send_chunk(
        &mut self,
        opcode: OpCode,
        payload: &[u8],
        is_last: bool,
        writer: &mut FrameWriter,
        out: &mut Vec<u8>,
    ) -> bool {
        // The first chunk decides for the whole message, whose length is not known yet.
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

    /// Checks that a chunk may be framed in place: its message must not be compressed.
    pub(super) const fn check_in_place(&self) -> Result<(), SendError> {
        if self.is_in_parts { Err(SendError::Compressed) } else { Ok(()) }
    }

    /// Returns the compressed frame of a prepared message of `len` bytes, if it goes compressed and
    /// one fits the window.
    pub(super) fn prepared<'m>(
        &mut self,
        frames: &'m DeflatedFrames,
        len: usize,
    ) -> Option<&'m [u8]> {
        if !self.wants(len) {
            return None;
        }
        // Only a server gets here: a client masks each frame with a fresh key.
        let frame = frames.fitting(self.params.server_max_window_bits)?;
        // The peer's window now ends with this message; ours has not seen it.
        self.deflater.forget();
        Some(frame)
    }

    /// Frees the memory that is not needed between messages.
    pub(super) fn release(&mut self) {
        if !self.is_in_parts {
            self.deflater.release();
            self.compressed = Redacted::default();
        }
    }

    /// Prepares for the next message, and frees what a long one needed.
    fn clear(&mut self) {
        self.compressed.0.clear();
        self.compressed.0.shrink_to(KEPT_CAPACITY);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::Attempts;

    /// Returns which of `count` messages of one length are attempted if all attempts fail.
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
    fn failed_attempts_become_rarer_down_to_one_in_64() {
        let mut attempts = Attempts::default();
        let expected = [0, 1, 3, 7, 15, 31, 63, 127, 191, 255, 319];
        assert_eq!(tries(&mut attempts, 100, 320), expected);
        assert_eq!(tries(&mut attempts, 100, 64_000).len(), 1000);
        attempts.note(100, true);
        assert_eq!(tries(&mut attempts, 100, 8), [0, 1, 3, 7]);
    }

    #[test]
    fn a_message_longer_than_all_failed_ones_is_attempted() {
        let mut attempts = Attempts::default();
        assert_eq!(tries(&mut attempts, 100, 200).len(), 9);
        assert!(attempts.skips(100));
        assert!(!attempts.skips(101));
        attempts.note(101, false);
        assert!(attempts.skips(101) && !attempts.skips(102));
    }
}
