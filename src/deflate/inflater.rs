use alloc::{boxed::Box, collections::VecDeque};
use core::fmt;

use zlib_rs::{Inflate, InflateFlush, Status};

use super::difference;

/// RFC 7692 7.2.2: what was dropped from the end of a message, and is put back.
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];

/// So many compressed bytes of a message pay for one further stream in it, which costs a copy of
/// the window. Without a price, blocks of two bytes that are marked as the last would be a bomb that
/// bursts in time.
const BYTES_PER_STREAM: usize = 64;
/// What a message may spend before it has paid.
const FREE_BYTES: usize = 1024 * BYTES_PER_STREAM;

/// The data of a message is no DEFLATE stream, or is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InflateError;

/// Inflates the messages of one direction.
///
/// The window is held a second time, in `history`: a block that is marked as the last one ends the
/// library's stream, but not the connection's (RFC 7692 7.2.3.4), and a silent connection gives the
/// library's memory back.
pub(crate) struct Inflater {
    state: Option<Box<Inflate>>,
    history: VecDeque<u8>,
    window_len: usize,
    window_bits: u8,
    no_context_takeover: bool,
    /// What the message has left to spend.
    credit: usize,
}

/// How far a step came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inflated {
    pub(crate) consumed: usize,
    pub(crate) produced: usize,
}

impl Inflater {
    pub(crate) fn new(window_bits: u8, no_context_takeover: bool) -> Self {
        Self {
            state: None,
            history: VecDeque::new(),
            window_len: 1 << window_bits,
            window_bits,
            no_context_takeover,
            credit: FREE_BYTES,
        }
    }

    /// Inflates as much of `input` as `output` has room for. If room is left, all was inflated.
    pub(crate) fn inflate(
        &mut self,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<Inflated, InflateError> {
        let mut done = Inflated { consumed: 0, produced: 0 };
        loop {
            let rest = input.get(done.consumed..).unwrap_or_default();
            let room = output.get_mut(done.produced..).unwrap_or_default();
            if room.is_empty() {
                return Ok(done);
            }
            let (step, status) = self.step(rest, room, InflateFlush::SyncFlush)?;
            done.consumed = done.consumed.saturating_add(step.consumed);
            done.produced = done.produced.saturating_add(step.produced);
            self.credit = self.credit.saturating_add(step.consumed);
            if status == Status::StreamEnd {
                self.credit = self.credit.checked_sub(BYTES_PER_STREAM).ok_or(InflateError)?;
                // RFC 7692 7.2.3.4: a block with BFINAL. Another stream follows, in the same window.
                self.begin_stream()?;
            } else if step.consumed == rest.len() || step.produced == 0 {
                return Ok(done);
            }
        }
    }

    /// Ends a message whose data was inflated in whole.
    ///
    /// # Errors
    ///
    /// The data does not end where a block ends and an empty one begins.
    pub(crate) fn finish(&mut self) -> Result<(), InflateError> {
        // The four bytes complete the empty block. If they do not, the library also takes the
        // byte behind them, writes something, or stops before.
        let [a, b, c, d] = TAIL;
        let (step, status) = self.step(&[a, b, c, d, 0], &mut [0; 1], InflateFlush::Block)?;
        if (step.consumed, step.produced) != (TAIL.len(), 0) || status == Status::StreamEnd {
            return Err(InflateError);
        }
        self.credit = FREE_BYTES;
        if self.no_context_takeover {
            self.history.clear();
            self.begin_stream()?;
        }
        Ok(())
    }

    /// Has the library forget all but the window.
    fn begin_stream(&mut self) -> Result<(), InflateError> {
        let Some(state) = &mut self.state else {
            return Ok(());
        };
        state.reset(false);
        if !self.history.is_empty() {
            let window = self.history.make_contiguous();
            state.set_dictionary(window).map_err(|_| InflateError)?;
        }
        Ok(())
    }

    /// Gives back what can be made again from the window.
    pub(crate) fn release(&mut self) {
        self.state = None;
        self.history.shrink_to_fit();
    }

    fn step(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        flush: InflateFlush,
    ) -> Result<(Inflated, Status), InflateError> {
        if self.state.is_none() {
            self.state = Some(Box::new(Inflate::new(false, self.window_bits)));
            self.begin_stream()?;
        }
        let state = self.state.as_mut().ok_or(InflateError)?;
        let (total_in, total_out) = (state.total_in(), state.total_out());
        let status = state.decompress(input, output, flush).map_err(|_| InflateError)?;
        let step = Inflated {
            consumed: difference(state.total_in(), total_in),
            produced: difference(state.total_out(), total_out),
        };
        self.remember(output.get(..step.produced).unwrap_or_default());
        Ok((step, status))
    }

    /// Keeps the last `window_len` bytes that were inflated.
    fn remember(&mut self, inflated: &[u8]) {
        let skipped = inflated.len().saturating_sub(self.window_len);
        let kept = inflated.get(skipped..).unwrap_or_default();
        let total = self.history.len().saturating_add(kept.len());
        self.history.drain(..total.saturating_sub(self.window_len).min(self.history.len()));
        self.history.extend(kept);
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").field("window_bits", &self.window_bits).finish_non_exhaustive()
    }
}
