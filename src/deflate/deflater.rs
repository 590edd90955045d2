use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

use super::{Config, difference};

/// What ends every flushed piece, and is not sent (RFC 7692 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];
/// How much room the output is given at a time, at least.
const MIN_ROOM: usize = 256;

/// Compresses the messages of one direction.
///
/// The library's state is made at first use and can be let go at any time: the window begins anew
/// then, to which the peer's can always be read.
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
            // The library refuses 8. With 9 it reaches back 512 - 262 = 250 bytes at most, which
            // a window of 256 holds.
            window_bits: i32::from(window_bits.max(9)).saturating_neg(),
            ..DeflateConfig::default()
        };
        Self { state: None, config, no_context_takeover }
    }

    /// Appends the next chunk of a message to `out`, compressed, so that the peer can inflate all of
    /// it. RFC 7692 7.2.1: at the end of the message without the last four bytes.
    pub(crate) fn compress(&mut self, mut data: &[u8], is_last: bool, out: &mut Vec<u8>) {
        let start = out.len();
        let config = self.config;
        let state = self.state.get_or_insert_with(|| Box::new(Deflate::new_with_config(config)));
        loop {
            let len = out.len();
            // Most data becomes half as long; of what does not, as much again each time.
            let room_len = MIN_ROOM.max(data.len() / 2).max(len.saturating_sub(start));
            out.resize(len.saturating_add(room_len), 0);
            let (total_in, total_out) = (state.total_in(), state.total_out());
            let room = out.get_mut(len..).unwrap_or_default();
            let _ = state.compress(data, room, DeflateFlush::SyncFlush);
            let used = difference(state.total_in(), total_in);
            let written = difference(state.total_out(), total_out);
            out.truncate(len.saturating_add(written));
            data = data.get(used..).unwrap_or_default();
            // Room that is left over says that all was flushed. An error leaves all of it.
            if written < room_len {
                break;
            }
        }
        if is_last {
            if out.get(start..).is_some_and(|written| written.ends_with(&TAIL)) {
                out.truncate(out.len().saturating_sub(TAIL.len()));
            }
            // RFC 7692 7.2.3.6: an empty block, where nothing was left to flush.
            if out.len() == start {
                out.push(0x00);
            }
            if self.no_context_takeover {
                self.forget();
            }
        }
    }

    /// Begins with an empty window: what was compressed last is not what the peer will see.
    pub(crate) fn forget(&mut self) {
        if let Some(state) = &mut self.state {
            state.reset();
        }
    }

    /// Gives the memory back.
    pub(crate) fn release(&mut self) {
        self.state = None;
    }
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater").field("config", &self.config).finish_non_exhaustive()
    }
}
