use flate2::{Compress, Compression, FlushCompress};
use rand::{RngExt as _, rngs::ChaCha8Rng};

use crate::input::Agreement;

/// Compresses messages by zlib, in all the ways that RFC 7692 7.2.1 and 7.2.3 allow.
pub struct Compressor {
    agreement: Agreement,
    zlib: Compress,
}

impl Compressor {
    pub fn new(agreement: Agreement) -> Self {
        Self { agreement, zlib: zlib(agreement, Compression::default()) }
    }

    pub fn compress(&mut self, data: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
        if self.agreement.no_context_takeover {
            self.zlib = zlib(self.agreement, Compression::new(rng.random_range(0..10)));
        }
        let mut out = Vec::with_capacity(2 * data.len() + 128);
        match rng.random_range(0..16) {
            // RFC 7692 7.2.3: a block with BFINAL. zlib needs a new stream after it.
            0 => {
                self.zlib.compress_vec(data, &mut out, FlushCompress::Finish).unwrap();
                self.zlib = zlib(self.agreement, Compression::default());
                // RFC 7692 7.2.3: the empty block after it, of which four bytes are omitted.
                out.push(0x00);
                return out;
            }
            // RFC 7692 7.2.3: two blocks in one message.
            1 => {
                let (front, back) = data.split_at(data.len() / 2);
                self.zlib.compress_vec(front, &mut out, FlushCompress::Sync).unwrap();
                self.zlib.compress_vec(back, &mut out, FlushCompress::Sync).unwrap();
            }
            _ => {
                self.zlib.compress_vec(data, &mut out, FlushCompress::Sync).unwrap();
            }
        }
        if out.ends_with(&[0x00, 0x00, 0xFF, 0xFF]) {
            out.truncate(out.len() - 4);
        } else {
            // Nothing to flush: an empty message (RFC 7692 7.2.3).
            out.push(0x00);
        }
        out
    }
}

fn zlib(agreement: Agreement, level: Compression) -> Compress {
    Compress::new_with_window_bits(level, false, agreement.window_bits)
}
