use alloc::boxed::Box;
use core::fmt;

use zlib_rs::{Inflate, InflateFlush, Status};

use super::{MAX_WINDOW_BITS, difference, window::Window};

/// RFC 7692 7.2.2: what was dropped from the end of a message, and is put back. Behind it are bytes
/// that the library is to stop before.
///
/// Near the end of its input it is slow; with them, that is not the end of the data. Should it go on,
/// they begin no block (RFC 1951 3.2.3: there is no type 3).
pub(crate) const END: [u8; 4 + GUARD_LEN] = *b"\0\0\xFF\xFF\
    \xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
const GUARD_LEN: usize = 16;

/// What one stream costs beyond the first of a message, in compressed bytes: it takes a copy of the
/// window. Without a price, blocks of two bytes that are marked as the last would be a bomb that
/// bursts in time.
const BYTES_PER_STREAM: usize = 64;
/// The most that can be saved up, and what there is at first.
const MAX_CREDIT: usize = 1024 * BYTES_PER_STREAM;

/// The data of a message is no DEFLATE stream, or is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InflateError;

/// Inflates the messages of one direction.
///
/// The window is held a second time: a block that is marked as the last one ends the library's
/// stream, but not the connection's (RFC 7692 7.2.3.4), and a silent connection gives the library's
/// memory back.
pub(crate) struct Inflater {
    state: Option<Box<Inflate>>,
    window: Window,
    window_bits: u8,
    no_context_takeover: bool,
    /// What there is to spend on streams.
    credit: usize,
}

/// How far inflating came.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Inflated {
    pub(crate) consumed: usize,
    pub(crate) produced: usize,
    /// Whether that was all of the message.
    pub(crate) is_end: bool,
}

impl Inflater {
    pub(crate) fn new(window_bits: u8, no_context_takeover: bool) -> Self {
        Self {
            state: None,
            window: Window::new(window_bits),
            window_bits,
            no_context_takeover,
            credit: MAX_CREDIT,
        }
    }

    /// Inflates as much of `input` as `output` has room for. If room is left, all was inflated; if
    /// not, there may be more even of an input that is used up. How far it came is added to `done`,
    /// which is empty.
    ///
    /// With `has_end` the message ends there, and [`END`] is behind it.
    ///
    /// # Errors
    ///
    /// The data is no DEFLATE stream, or does not end where a block ends and an empty one begins.
    /// `done` then tells what came before that.
    pub(crate) fn inflate(
        &mut self,
        input: &[u8],
        has_end: bool,
        output: &mut [u8],
        done: &mut Inflated,
    ) -> Result<(), InflateError> {
        // The end can be seen only if the library stops behind each block.
        let flush = if has_end { InflateFlush::Block } else { InflateFlush::SyncFlush };
        let tail_end = input.len().saturating_sub(GUARD_LEN);
        loop {
            let rest = input.get(done.consumed..).unwrap_or_default();
            let room = output.get_mut(done.produced..).unwrap_or_default();
            let (step, status) = self.step(rest, room, flush)?;
            done.consumed = done.consumed.saturating_add(step.consumed);
            done.produced = done.produced.saturating_add(step.produced);
            let status = status?;
            if has_end && done.consumed >= tail_end {
                // RFC 7692 7.2.1: the four bytes are the length of an empty block.
                if done.consumed == tail_end && tail_end > 0 && step.produced == 0 {
                    done.is_end = true;
                    return self.begin_message();
                }
                // What the library still holds back comes first, however little room there is.
                return if done.produced < output.len() { Err(InflateError) } else { Ok(()) };
            }
            self.earn(step.consumed);
            if status == Status::StreamEnd {
                // RFC 7692 7.2.3.4: a block with BFINAL. Another stream follows, in the same window.
                self.credit = self.credit.checked_sub(BYTES_PER_STREAM).ok_or(InflateError)?;
                self.begin_stream()?;
            } else if step.consumed == 0 && step.produced == 0 && !rest.is_empty() {
                return Err(InflateError);
            }
            if done.consumed >= input.len() || done.produced >= output.len() {
                return Ok(());
            }
        }
    }

    /// Gives back what can be made again from the window.
    pub(crate) fn release(&mut self) {
        self.state = None;
        self.window.release();
    }

    fn begin_message(&mut self) -> Result<(), InflateError> {
        self.earn(BYTES_PER_STREAM);
        if self.no_context_takeover {
            self.window.clear();
        }
        // The library's window has 15 bits whatever was agreed on: it is told what a smaller one
        // holds, so that references beyond are an error.
        if self.no_context_takeover || self.window_bits < MAX_WINDOW_BITS {
            self.begin_stream()?;
        }
        Ok(())
    }

    /// Has the library forget all but the window.
    fn begin_stream(&mut self) -> Result<(), InflateError> {
        if let Some(state) = &mut self.state {
            state.reset(false);
            for part in self.window.as_slices() {
                state.set_dictionary(part).map_err(|_| InflateError)?;
            }
        }
        Ok(())
    }

    fn earn(&mut self, bytes: usize) {
        self.credit = self.credit.saturating_add(bytes).min(MAX_CREDIT);
    }

    /// One call of the library, which can come some way before it fails.
    fn step(
        &mut self,
        input: &[u8],
        output: &mut [u8],
        flush: InflateFlush,
    ) -> Result<(Inflated, Result<Status, InflateError>), InflateError> {
        if self.state.is_none() {
            self.state = Some(Box::new(Inflate::new(false, MAX_WINDOW_BITS)));
            self.begin_stream()?;
        }
        let state = self.state.as_mut().ok_or(InflateError)?;
        let (total_in, total_out) = (state.total_in(), state.total_out());
        let status = state.decompress(input, output, flush).map_err(|_| InflateError);
        let step = Inflated {
            consumed: difference(state.total_in(), total_in),
            produced: difference(state.total_out(), total_out),
            is_end: false,
        };
        self.window.extend(output.get(..step.produced).unwrap_or_default());
        Ok((step, status))
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").field("window_bits", &self.window_bits).finish_non_exhaustive()
    }
}
