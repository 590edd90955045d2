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

/// The data of a message is no DEFLATE stream, or is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InflateError;

/// Inflates the messages of one direction.
///
/// The window is held a second time: a block that is marked as the last one ends the library's
/// stream, but not the connection's (RFC 7692 7.2.3.4), and a silent connection gives the library's
/// memory back.
///
/// After such a final block the library would have to be told all of the window, for a message of
/// nine bytes too. But whoever writes final blocks begins a new stream of its own most often, and
/// refers to nothing before it. So the library is not told at first: a stream that comes to its
/// final block without the window, in one call, did not need it. One that does not is inflated again
/// from its start, with the window.
///
/// So a stream has its window copied once, if it refers to what was before it or if it is cut, and
/// what a call has inflated of it is inflated twice at most. That is all that final blocks cost, and
/// they are never a reason to fail: a peer that keeps to the rules may write as many as it likes, and
/// what is an error must not depend on where calls are cut.
pub(crate) struct Inflater {
    state: Option<Box<Inflate>>,
    window: Window,
    no_context_takeover: bool,
    /// Whether the library was not told the window, and is at the start of a stream.
    is_unaware: bool,
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
            no_context_takeover,
            is_unaware: false,
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
        // What is inflated from here on is not in the window yet.
        let mut start = *done;
        loop {
            let rest = input.get(done.consumed..).unwrap_or_default();
            let room = output.get_mut(done.produced..).unwrap_or_default();
            let (step, status) = self.step(rest, room, flush)?;
            done.consumed = done.consumed.saturating_add(step.consumed);
            done.produced = done.produced.saturating_add(step.produced);
            let is_at_end = has_end && done.consumed >= tail_end;
            let is_used_up = done.consumed >= input.len() || done.produced >= output.len();
            if self.is_unaware {
                let has_begun = done.consumed > start.consumed;
                let is_empty = is_at_end && done.produced == start.produced;
                let needs_window = match status {
                    Ok(Status::StreamEnd) => false,
                    // The stream goes on in another call or message.
                    Ok(_) => has_begun && (is_at_end || is_used_up) && !is_empty,
                    Err(InflateError) => true,
                };
                if needs_window {
                    *done = start;
                    self.begin_stream()?;
                    continue;
                }
            }
            if !self.is_unaware || status == Ok(Status::StreamEnd) {
                let inflated = output.get(start.produced..done.produced);
                self.window.extend(inflated.unwrap_or_default());
                start = *done;
            }
            let status = status?;
            if is_at_end {
                // RFC 7692 7.2.1: the four bytes are the length of an empty block.
                if done.consumed == tail_end && tail_end > 0 && step.produced == 0 {
                    done.is_end = true;
                    return self.begin_message();
                }
                // What the library still holds back comes first, however little room there is.
                return if done.produced < output.len() { Err(InflateError) } else { Ok(()) };
            }
            if status == Status::StreamEnd {
                // RFC 7692 7.2.3.4: a block with BFINAL. Another stream follows, in the same window.
                if let Some(state) = &mut self.state {
                    state.reset(false);
                }
                self.is_unaware = self.window.len() > 0;
            } else if step.consumed == 0 && step.produced == 0 && !rest.is_empty() {
                return Err(InflateError);
            }
            if is_used_up {
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
        if self.no_context_takeover {
            self.window.clear();
            self.is_unaware = false;
        }
        // The library's window has 15 bits whatever was agreed on: it is told what a smaller one
        // holds, so that references beyond are an error, in whatever message they come.
        let is_small = self.no_context_takeover || self.window.bits() < MAX_WINDOW_BITS.into();
        if is_small && !self.is_unaware {
            self.begin_stream()?;
        }
        Ok(())
    }

    /// Has the library forget all but the window.
    fn begin_stream(&mut self) -> Result<(), InflateError> {
        self.is_unaware = false;
        if let Some(state) = &mut self.state {
            state.reset(false);
            for part in self.window.as_slices() {
                state.set_dictionary(part).map_err(|_| InflateError)?;
            }
        }
        Ok(())
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
            if !self.is_unaware {
                self.begin_stream()?;
            }
        }
        let state = self.state.as_mut().ok_or(InflateError)?;
        let (total_in, total_out) = (state.total_in(), state.total_out());
        let status = state.decompress(input, output, flush).map_err(|_| InflateError);
        let step = Inflated {
            consumed: difference(state.total_in(), total_in),
            produced: difference(state.total_out(), total_out),
            is_end: false,
        };
        Ok((step, status))
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").field("window_bits", &self.window.bits()).finish_non_exhaustive()
    }
}
