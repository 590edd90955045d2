use alloc::{boxed::Box, vec::Vec};

use crate::{
    deflate::{Compression, Config, Deflater, Params},
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

/// The capacity that the output keeps between messages.
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

    /// Compresses a whole message; `None` if it does not become shorter and may be sent plain.
    pub(super) fn message(&mut self, payload: &[u8]) -> Option<&[u8]> {
        let is_free = self.compression == Compression::Auto;
        let compressed = compress(&mut self.deflater, &mut self.compressed, payload, true);
        if is_free && compressed.len() >= payload.len() {
            // The peer will not see it, so that nothing may refer to it.
            self.deflater.forget();
            return None;
        }
        Some(compressed)
    }

    /// Compresses a part of a message.
    pub(super) fn part(&mut self, payload: &[u8], is_last: bool) -> &[u8] {
        compress(&mut self.deflater, &mut self.compressed, payload, is_last)
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
}

fn compress<'a>(
    deflater: &mut Deflater,
    out: &'a mut Vec<u8>,
    payload: &[u8],
    is_last: bool,
) -> &'a [u8] {
    out.clear();
    out.shrink_to(KEPT_CAPACITY.max(payload.len()));
    deflater.compress(payload, is_last, out);
    out
}
