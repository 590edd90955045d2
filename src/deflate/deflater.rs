use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

use super::{Config, difference};

/// The end of every flushed piece. At the end of a message it is not sent (RFC 7692 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];
/// The least room for output that is added at a time.
const MIN_ROOM: usize = 256;

/// The compressor of one direction.
///
/// The state of the library is created at first use and can be dropped at any time. The window is
/// then empty, which is always valid: the peer's window holds more, but nothing refers to it.
pub(crate) struct Deflater {
    state: Option<Box<Deflate>>,
    config: DeflateConfig,
    no_context_takeover: bool,
}

impl Deflater {
    pub(crate) fn new(config: &Config, window_bits: u8, no_context_takeover: bool) -> Self {
        let config = DeflateConfig {
            level: config.level.into(),
            mem_level: config.mem_level.into(),
            // The library rejects 8. With 9 it refers back at most 512 - 262 = 250 bytes, which
            // fits a window of 256.
            window_bits: i32::from(window_bits.max(9)).saturating_neg(),
            ..DeflateConfig::default()
        };
        Self { state: None, config, no_context_takeover }
    }

    /// Appends the next chunk of a message to `out`, compressed and flushed, so that the peer can
    /// inflate all of it. RFC 7692 7.2.1: at the end of the message, the last four bytes are
    /// removed.
    pub(crate) fn compress(&mut self, mut data: &[u8], is_last: bool, out: &mut Vec<u8>) {
        let start = out.len();
        let config = self.config;
        let state = self.state.get_or_insert_with(|| Box::new(Deflate::new_with_config(config)));
        loop {
            let len = out.len();
            // Most data becomes half as long; for the rest the room doubles each time.
            let room_len = MIN_ROOM.max(data.len() / 2).max(len.saturating_sub(start));
            out.resize(len.saturating_add(room_len), 0);
            let (total_in, total_out) = (state.total_in(), state.total_out());
            let room = out.get_mut(len..).unwrap_or_default();
            let _ = state.compress(data, room, DeflateFlush::SyncFlush);
            let used = difference(state.total_in(), total_in);
            let written = difference(state.total_out(), total_out);
            out.truncate(len.saturating_add(written));
            data = data.get(used..).unwrap_or_default();
            // If room is left over, everything was flushed. An error leaves all of it.
            if written < room_len {
                break;
            }
        }
        if is_last {
            if out.get(start..).is_some_and(|written| written.ends_with(&TAIL)) {
                out.truncate(out.len().saturating_sub(TAIL.len()));
            }
            // RFC 7692 7.2.3.6: an empty block, if there was nothing to flush.
            if out.len() == start {
                out.push(0x00);
            }
            if self.no_context_takeover {
                self.forget();
            }
        }
    }

    /// Empties the window, because the peer's window has different contents.
    pub(crate) fn forget(&mut self) {
        if let Some(state) = &mut self.state {
            state.reset();
        }
    }

    /// Frees the memory.
    pub(crate) fn release(&mut self) {
        self.state = None;
    }
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater").field("config", &self.config).finish_non_exhaustive()
    }
}
