//! Carries out the steps of a session, for connections that are opened and for those that are open.

use core::time::Duration;
use std::io;

use super::{
    stopwatch::Stopwatch,
    timed_stream::{AT_ONCE, SLICE, TimedStream, is_timeout, is_vain},
};
use crate::{
    adapter::Error,
    buffered::{Message, OwnedMessage},
    connection::{Chunk, ProtocolError},
    session::{Clock as _, Driven, Failure, InvalidText, Outlet, Reading, Step, Writing},
    streams::Socket,
    time::Timestamp,
};

/// The way to the half of the session that writes, for the thread that reads from a stream.
pub(super) trait Output<S>: Outlet {
    /// Writes for about as long as `turn`, or leaves it to another thread that is writing. `false`:
    /// something is left.
    ///
    /// # Errors
    ///
    /// Nothing can be written any more.
    fn write(&mut self, stream: &mut TimedStream<S>, turn: Duration) -> Result<bool, Error>;

    /// Waits while another thread writes, for no longer than `limit`. `false`: there is none.
    fn wait_for_writer(&mut self, _limit: Duration) -> bool {
        false
    }
}

/// The output of a single thread, which writes to the stream that it reads from.
impl<S: Socket> Output<S> for Writing {
    fn write(&mut self, stream: &mut TimedStream<S>, turn: Duration) -> Result<bool, Error> {
        stream.write(self, &[], Some(turn))
    }
}

/// Waits for the next message. `None`: the connection has ended.
#[inline]
pub(super) fn read<'r, S: Socket>(
    reading: &'r mut Reading,
    stream: &mut TimedStream<S>,
    out: &mut impl Output<S>,
) -> Result<Option<Message<'r>>, Error> {
    read_as(reading, stream, out, Reading::message)
}

/// Waits for the next message, and copies it. `None`: the connection has ended.
pub(super) fn recv<S: Socket>(
    reading: &mut Reading,
    stream: &mut TimedStream<S>,
    out: &mut impl Output<S>,
) -> Result<Option<OwnedMessage>, Error> {
    read_as(reading, stream, out, Reading::owned_message)
}

#[inline]
fn read_as<'r, S: Socket, M>(
    reading: &'r mut Reading,
    stream: &mut TimedStream<S>,
    out: &mut impl Output<S>,
    message: impl FnOnce(&'r mut Reading) -> Result<M, InvalidText<'r>>,
) -> Result<Option<M>, Error> {
    if drive(reading, stream, out, Reading::next)? == Step::Ended {
        return Ok(None);
    }
    // That a text is not UTF-8 may be noticed only now: then the transport is ended at once.
    message(reading).map(Some).map_err(|mut invalid| {
        let ended = drive(&mut invalid, stream, out, Driven::next);
        ended.err().unwrap_or_else(|| Failure::Lost.into())
    })
}

/// Waits for some of a message. `None`: the connection has ended.
pub(super) fn read_chunk<'r, S: Socket>(
    reading: &'r mut Reading,
    stream: &mut TimedStream<S>,
    out: &mut impl Output<S>,
) -> Result<Option<Chunk<'r>>, Error> {
    let step = drive(reading, stream, out, Reading::next_chunk)?;
    Ok((step != Step::Ended).then(|| reading.chunk()))
}

/// Goes on until there is something for the application, or the connection has ended.
///
/// Queued bytes and input are waited for in turns, since one thread cannot wait for both: the queue is
/// written for a while, and if that was not enough, a look at the input costs next to no time. But a
/// peer may write all that it has before it reads: if there was input, so is the next turn to write.
#[inline]
pub(super) fn drive<D: Driven, S: Socket, O: Output<S>>(
    driven: &mut D,
    stream: &mut TimedStream<S>,
    out: &mut O,
    next: impl Fn(&mut D, Stopwatch, &mut O) -> Result<Step, Failure>,
) -> Result<Step, Error> {
    let (clock, has_timeouts) = (stream.calls.clock, stream.has_timeouts());
    let (mut is_left, mut has_read_in_vain) = (false, false);
    let (mut read_error, mut write_error) = (None, None);
    loop {
        let step = next(driven, clock, out);
        stream.log.note(&step, driven, clock, out);
        match step {
            Ok(Step::Write) => {
                let turn = core::mem::replace(&mut stream.calls.turn, SLICE);
                match out.write(stream, turn) {
                    Ok(is_written) => is_left = !is_written,
                    Err(error) => write_error = Some(error),
                }
            }
            Ok(Step::Read) => {
                let due = driven.deadline(clock, out);
                let due = (due != Timestamp::NEVER).then(|| due.since(clock.now()));
                let left = if is_left { Some(AT_ONCE) } else { due };
                match stream.read(driven.unfilled(), left) {
                    Ok(0) => driven.end_of_stream(),
                    Ok(count) => {
                        if is_left {
                            stream.calls.turn = AT_ONCE;
                        }
                        driven.filled(count);
                    }
                    // Somebody else has set a timeout.
                    Err(error) if is_timeout(&error) && has_timeouts && left.is_none() => {
                        return Err(error.into());
                    }
                    Err(error) if is_vain(&error) => {
                        if is_timeout(&error) {
                            driven.waited();
                        }
                        has_read_in_vain = true;
                    }
                    Err(error) => {
                        driven.failed(out);
                        read_error = Some(error.into());
                    }
                }
                is_left = false;
            }
            Ok(Step::HalfClose) => {
                stream.shutdown_write();
                driven.half_closed(out);
            }
            // Nothing would limit such a read.
            Ok(Step::Drain) if !has_timeouts => driven.drained(0, out),
            Ok(Step::Drain) => {
                let due = driven.deadline(clock, out);
                let left = Some(due.since(clock.now()));
                match stream.read(&mut [0; 4 << 10], left) {
                    Err(error) if is_vain(&error) => {}
                    result => driven.drained(result.unwrap_or_default(), out),
                }
            }
            // The previous call has waited, if the stream blocks at all, or another thread is
            // waiting.
            Ok(Step::Wait(due)) => {
                let limit = due.since(clock.now()).min(SLICE);
                let has_waited =
                    !core::mem::take(&mut has_read_in_vain) && out.wait_for_writer(limit);
                if !has_waited && !has_timeouts {
                    // The verdict stands even if the peer does not accept the reason now.
                    let would_block = || Error::Io(io::ErrorKind::WouldBlock.into());
                    return Err(driven.failure().map_or_else(would_block, Error::from));
                }
            }
            Ok(step) => return Ok(step),
            // What the stream said is more than that it is lost.
            Err(failure) => {
                let said = match failure {
                    Failure::Lost => read_error.or(write_error),
                    Failure::Protocol(ProtocolError::ConnectionLost) => read_error,
                    _ => None,
                };
                return Err(said.unwrap_or_else(|| failure.into()));
            }
        }
    }
}
