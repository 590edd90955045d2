//! Carries out the steps of a session, for connections that are opened and for those that are open.

use std::io;

use super::{
    stopwatch::Stopwatch,
    transport::{Output, Transport},
};
use crate::{
    adapter::{Error, check_writing, ending_error, or_end_of_stream},
    close::{CloseFrame, CloseInfo},
    session::{Clock as _, Driven, Failure, InvalidText, Reading, Step, Turns},
    streams::{Socket, is_timeout, is_vain},
};

/// Waits for what is `next`, and takes it. `None`: the connection has ended.
#[inline]
pub(super) fn read<'r, S: Socket, O: Output<S>, M>(
    reading: &'r mut Reading,
    transport: &mut Transport<S, O>,
    next: impl Fn(&mut Reading, Stopwatch, &mut O) -> Result<Step, Failure>,
    take: impl FnOnce(&'r mut Reading) -> Result<M, InvalidText<'r>>,
) -> Result<Option<M>, Error> {
    if drive(reading, transport, next)? == Step::Ended {
        return Ok(None);
    }
    // That a text is not UTF-8 may be noticed only now: then the transport is ended at once.
    let end = |mut invalid| drive(&mut invalid, transport, Driven::next).map(|_| None);
    take(reading).map(Some).or_else(end)
}

/// Sends a Close frame, and waits for the end of the connection.
pub(super) fn close<S: Socket, O: Output<S>>(
    reading: &mut Reading,
    transport: &mut Transport<S, O>,
    frame: CloseFrame<'_>,
) -> Result<CloseInfo, Error> {
    transport.out.with(|writing| writing.close(frame))?;
    while drive(reading, transport, Reading::next_chunk)? != Step::Ended {}
    // Reading ended without an error, so the connection has ended.
    let info = transport.out.with(|writing| reading.close_info(writing));
    info.ok_or_else(|| Failure::Lost.into())
}

/// Goes on until there is something for the application, or the connection has ended.
#[inline]
pub(super) fn drive<D: Driven, S: Socket, O: Output<S>>(
    driven: &mut D,
    transport: &mut Transport<S, O>,
    next: impl Fn(&mut D, Stopwatch, &mut O) -> Result<Step, Failure>,
) -> Result<Step, Error> {
    let clock = transport.clock;
    let (mut has_read_in_vain, mut read_error) = (false, None);
    loop {
        let Transport { stream, out, turns, log, .. } = transport;
        let step = next(driven, clock, out);
        log.note(&step, driven, clock, out);
        match step {
            Ok(Step::Write) => {
                let turn = turns.write_limit();
                // If it fails, one of the next steps ends the connection.
                let is_all = O::write(transport, turn).unwrap_or(true);
                transport.turns.wrote(is_all);
            }
            Ok(Step::Read) => {
                let limit = turns.read_limit(driven.deadline(clock, out), clock);
                let result = or_end_of_stream(stream.read(driven.unfilled(), limit));
                turns.read(matches!(result, Ok(1..)));
                match result {
                    Ok(0) => driven.end_of_stream(),
                    Ok(count) => driven.filled(count),
                    // Somebody else has set a timeout.
                    Err(error) if is_timeout(&error) && clock.is_running() && limit.is_none() => {
                        return Err(error.into());
                    }
                    Err(error) if is_timeout(&error) => {
                        driven.waited();
                        has_read_in_vain = true;
                    }
                    Err(error) if is_vain(&error) => has_read_in_vain = true,
                    Err(error) => {
                        driven.failed(out);
                        read_error = Some(error.into());
                    }
                }
            }
            Ok(Step::HalfClose) => {
                stream.shutdown_write();
                driven.half_closed(out);
            }
            Ok(Step::Drain) => {
                let due = driven.deadline(clock, out);
                if let Some(count) = stream.discard(due.since(clock.now())) {
                    driven.drained(count, out);
                }
            }
            // The last read has waited, if the stream blocks at all, or another thread is writing.
            Ok(Step::Wait(due)) => {
                let limit = due.since(clock.now()).min(Turns::SLICE);
                let has_read = core::mem::take(&mut has_read_in_vain);
                if (has_read || !out.wait_for_writer(limit)) && !clock.is_running() {
                    // The verdict stands even if the peer does not accept the reason now.
                    let would_block = || Error::Io(io::ErrorKind::WouldBlock.into());
                    return Err(driven.failure().map_or_else(would_block, Error::from));
                }
            }
            Ok(step) => return Ok(step),
            Err(failure) => {
                let written = out.with(|writing| check_writing(writing, stream.failure()));
                return Err(ending_error(failure, read_error, written.err()));
            }
        }
    }
}
