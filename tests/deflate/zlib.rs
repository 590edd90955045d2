//! zlib in C, as an independent endpoint.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::blocks::TAIL;

/// Compresses the messages of one direction.
pub(crate) struct Compressor {
    stream: Compress,
    no_context_takeover: bool,
}

impl Compressor {
    /// zlib has windows from 9 bits on.
    pub(crate) fn new(level: u32, window_bits: u8, no_context_takeover: bool) -> Self {
        let level = Compression::new(level);
        Self {
            stream: Compress::new_with_window_bits(level, false, window_bits),
            no_context_takeover,
        }
    }

    /// A whole message (RFC 7692 7.2.1), or the end of one.
    pub(crate) fn message(&mut self, data: &[u8]) -> Vec<u8> {
        let mut compressed = self.part(data);
        if compressed.ends_with(&TAIL) {
            compressed.truncate(compressed.len() - TAIL.len());
        } else {
            // RFC 7692 7.2.3.6: there was nothing to flush.
            compressed.push(0x00);
        }
        if self.no_context_takeover {
            self.stream.reset();
        }
        compressed
    }

    /// A part of a message, flushed.
    pub(crate) fn part(&mut self, data: &[u8]) -> Vec<u8> {
        // As much as data can grow, and a flush.
        let mut compressed = Vec::with_capacity(data.len() + data.len() / 8 + 100);
        let before = self.stream.total_in();
        self.stream.compress_vec(data, &mut compressed, FlushCompress::Sync).unwrap();
        assert_eq!(self.stream.total_in() - before, u64::try_from(data.len()).unwrap());
        assert!(compressed.len() < compressed.capacity());
        compressed
    }
}

/// Inflates the messages of one direction.
pub(crate) struct Decompressor {
    stream: Decompress,
    no_context_takeover: bool,
}

impl Decompressor {
    pub(crate) fn new(window_bits: u8, no_context_takeover: bool) -> Self {
        Self {
            stream: Decompress::new_with_window_bits(false, window_bits.max(9)),
            no_context_takeover,
        }
    }

    /// A whole message (RFC 7692 7.2.2) of at most `max_len` bytes, or the end of one.
    pub(crate) fn message(&mut self, compressed: &[u8], max_len: usize) -> Vec<u8> {
        let data = self.part(&[compressed, &TAIL].concat(), max_len);
        if self.no_context_takeover {
            self.stream.reset(false);
        }
        data
    }

    /// A part of a message, flushed.
    pub(crate) fn part(&mut self, compressed: &[u8], max_len: usize) -> Vec<u8> {
        let mut data = Vec::with_capacity(max_len + 1);
        let before = self.stream.total_in();
        let status = self.stream.decompress_vec(compressed, &mut data, FlushDecompress::Sync);
        assert!(matches!(status, Ok(Status::Ok | Status::BufError)), "{status:?}");
        let used = self.stream.total_in() - before;
        assert_eq!(used, u64::try_from(compressed.len()).unwrap());
        data
    }
}
