use alloc::{boxed::Box, vec::Vec};

use super::frame_writer::FrameWriter;
use crate::{
    deflate::{Compression, Config, Deflater, Params},
    frame::{OpCode, Rsv},
    role::Role,
};

/// Compresses the messages that are sent, and decides which.
#[derive(Debug)]
pub(super) struct Deflating {
    deflater: Deflater,
    pub(super) compression: Compression,
    min_len: usize,
    pub(super) params: Params,
    window_bits: u8,
    compressed: Vec<u8>,
}

/// How much room for compressed data is kept between messages.
const KEPT_CAPACITY: usize = 64 << 10;

impl Deflating {
    pub(super) fn new(role: Role, params: &Params, config: &Config) -> Box<Self> {
        let (window_bits, no_context_takeover) = params.of_sender(role);
        Box::new(Self {
            deflater: Deflater::new(config, window_bits, no_context_takeover),
            compression: Compression::default(),
            min_len: config.min_len,
            params: *params,
            window_bits,
            compressed: Vec::new(),
        })
    }

    pub(super) const fn window_bits(&self) -> u8 {
        self.window_bits
    }

    /// Whether a whole message is to be compressed.
    pub(super) const fn wants(&self, len: usize) -> bool {
        match self.compression {
            Compression::Auto => len >= self.min_len,
            Compression::Always => true,
            Compression::Never => false,
        }
    }

    /// Whether a message is to be compressed whose length is not known.
    pub(super) const fn wants_parts(&self) -> bool {
        !matches!(self.compression, Compression::Never)
    }

    /// Sends a whole message, unless it does not become shorter and may go plain: `false` then.
    pub(super) fn send_whole(
        &mut self,
        opcode: OpCode,
        payload: &[u8],
        writer: &mut FrameWriter,
        out: &mut Vec<u8>,
    ) -> bool {
        self.deflater.compress(payload, true, &mut self.compressed);
        let is_worth_it =
            self.compression != Compression::Auto || self.compressed.len() < payload.len();
        if is_worth_it {
            writer.append(opcode, true, Rsv::RSV1, &self.compressed, out);
        } else {
            // The peer will not see it, so that nothing may refer to it.
            self.deflater.forget();
        }
        self.clear();
        is_worth_it
    }

    /// Sends a part of a message.
    pub(super) fn send_part(
        &mut self,
        opcode: OpCode,
        payload: &[u8],
        is_last: bool,
        writer: &mut FrameWriter,
        out: &mut Vec<u8>,
    ) {
        self.deflater.compress(payload, is_last, &mut self.compressed);
        // RFC 7692 6 and 6.1: RSV1 marks the first frame of a compressed message.
        let rsv = if opcode == OpCode::Continuation { Rsv::NONE } else { Rsv::RSV1 };
        writer.append(opcode, is_last, rsv, &self.compressed, out);
        self.clear();
    }

    /// Takes note that the peer sees a compressed message that was not made here.
    pub(super) fn forget(&mut self) {
        self.deflater.forget();
    }

    /// Gives all memory back.
    pub(super) fn release(&mut self) {
        self.deflater.release();
        self.compressed = Vec::new();
    }

    /// Makes room for the next message, and gives back what a long one has needed.
    fn clear(&mut self) {
        self.compressed.clear();
        self.compressed.shrink_to(KEPT_CAPACITY);
    }
}
