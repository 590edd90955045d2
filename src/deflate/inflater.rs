//! Inflating the messages of one direction with zlib-rs.
//!
//! 1. The peer compresses all messages of a direction into one sequence of bytes. A reference
//!    reaches back at most 2^`bits` bytes in it: the window.
//! 2. The library inflates streams. A block that is marked as the last one (BFINAL) ends its
//!    stream, but not the sequence (RFC 7692 7.2.3.4), and an idle connection frees the library's
//!    memory. So [`Window`] holds the last 2^`bits` bytes a second time, to load them into a new
//!    stream.
//! 3. A message ends with [`END`]: the four bytes that the sender removed (RFC 7692 7.2.2), which
//!    complete an empty block, and a guard of 16 bytes. The message is valid if the library stops
//!    after that block, exactly before the guard.
//! 4. The library is slow near the end of its input. With the guard, the end of the message is not
//!    the end of the input. If the library continues into the guard, it fails: block type 3 is
//!    reserved (RFC 1951 3.2.3).
//! 5. Loading the window is a copy of up to 32 KiB, even for a message of nine bytes. But most
//!    senders of final blocks begin a new stream each time and do not refer to bytes before it. So
//!    a stream that follows a final block starts *unaware*: without the window.
//! 6. An unaware stream that reaches its own final block in the same call did not need the window.
//!    If it fails, or if the input, the output or the message ends first, `done` is reset to the
//!    start of the stream, and the stream is inflated again with the window.
//! 7. The library's window always has 15 bits. If a smaller one was negotiated, or no context
//!    takeover, each message begins a new stream with exactly the window that is allowed.
//!
//! Consequences: a call inflates no byte more than twice, and a stream loads the window at most
//! once, plus once per message by rule 7. A peer may send as many final blocks as it likes; they
//! are never an error. The same data is valid or invalid no matter how calls split it.

use alloc::boxed::Box;
use core::fmt;

use zlib_rs::{Inflate, InflateFlush, Status};

use super::{MAX_WINDOW_BITS, difference, window::Window};

/// RFC 7692 7.2.2: the four bytes that the sender removed from the end of a message, and the guard,
/// before which the library must stop.
///
/// The guard decodes as a block of type 3. RFC 1951 3.2.3: that is an error.
pub(crate) const END: [u8; 4 + GUARD_LEN] = *b"\0\0\xFF\xFF\
    \xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
const GUARD_LEN: usize = 16;

/// The data of a message is invalid DEFLATE, or is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InflateError;

/// The decompressor of one direction.
pub(crate) struct Inflater {
    state: Option<Box<Inflate>>,
    window: Window,
    no_context_takeover: bool,
    /// Whether the library is at the start of a stream and was not given the window.
    is_unaware: bool,
}

/// The progress of inflating.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Inflated {
    pub(crate) consumed: usize,
    pub(crate) produced: usize,
    /// Whether the message is complete.
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

    /// Inflates as much of `input` as `output` has room for. If room is left, all of it was
    /// inflated. If not, there may be more output even if `input` is used up. The progress is added
    /// to `done`, which must be empty.
    ///
    /// With `has_end` the message ends here, and `input` ends with [`END`].
    ///
    /// # Errors
    ///
    /// The data is invalid DEFLATE, or does not end at the end of a block. `done` then has the
    /// progress up to the error.
    pub(crate) fn inflate(
        &mut self,
        input: &[u8],
        has_end: bool,
        output: &mut [u8],
        done: &mut Inflated,
    ) -> Result<(), InflateError> {
        // The end of the message is recognised by stopping after each block.
        let flush = if has_end { InflateFlush::Block } else { InflateFlush::SyncFlush };
        let tail_end = input.len().saturating_sub(GUARD_LEN);
        // Bytes from here on are not in the window yet.
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
                    // The stream continues in another call or message.
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
                // RFC 7692 7.2.1: the four bytes before the guard are the length of an empty block.
                if done.consumed == tail_end && tail_end > 0 && step.produced == 0 {
                    done.is_end = true;
                    return self.begin_message();
                }
                // If the output is full, the library may still hold some back; that comes first.
                return if done.produced < output.len() { Err(InflateError) } else { Ok(()) };
            }
            if status == Status::StreamEnd {
                // RFC 7692 7.2.3.4: a block with BFINAL. The next stream continues in the same
                // window.
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

    /// Frees everything that can be restored from the window.
    pub(crate) fn release(&mut self) {
        self.state = None;
        self.window.release();
    }

    fn begin_message(&mut self) -> Result<(), InflateError> {
        if self.no_context_takeover {
            self.window.clear();
            self.is_unaware = false;
        }
        // The library's window always has 15 bits. If a smaller one was negotiated, each message
        // begins a stream with exactly that window, so that references beyond it are an error.
        let is_small = self.no_context_takeover || self.window.bits() < MAX_WINDOW_BITS.into();
        if is_small && !self.is_unaware {
            self.begin_stream()?;
        }
        Ok(())
    }

    /// Starts a new stream of the library, with the window.
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

    /// Calls the library once. It may make progress before it fails.
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
