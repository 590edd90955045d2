use core::time::Duration;
use std::io;

use super::stopwatch::Stopwatch;
use crate::{
    adapter::{Error, Log, Options, check_writing},
    buffered::Outgoing,
    session::{Delivery, Outlet, Route, Turns, Want, WriteStep, WriteTurn, Writing},
    streams::{Socket, TimedStream, is_vain},
};

/// A stream, and the way to the half of the session that writes. Both belong to the thread that
/// reads, unless there are other threads that write.
#[derive(Debug)]
pub(super) struct Transport<S, O = Writing> {
    pub(super) stream: TimedStream<S>,
    pub(super) out: O,
    pub(super) clock: Stopwatch,
    pub(super) turns: Turns,
    pub(super) log: Log,
    /// What to do on drop. Only the code that creates the transport knows enough about the stream.
    pub(super) at_drop: fn(&mut Self),
}

impl<S, O> Drop for Transport<S, O> {
    fn drop(&mut self) {
        (self.at_drop)(self);
    }
}

/// The way to the half of the session that writes, for the thread that reads from a stream.
pub(super) trait Output<S>: Outlet + Sized {
    /// Writes for about as long as `turn`, or leaves it to another thread that is writing. `false`:
    /// something is left.
    ///
    /// # Errors
    ///
    /// Nothing can be written any more.
    fn write(reader: &mut Transport<S, Self>, turn: Duration) -> Result<bool, Error>;

    /// Waits while another thread writes, for no longer than `limit`. `false`: there is none.
    fn wait_for_writer(&mut self, _limit: Duration) -> bool {
        false
    }
}

/// The output of a single thread, which writes to the stream that it reads from.
impl<S: Socket> Output<S> for Writing {
    fn write(reader: &mut Transport<S>, turn: Duration) -> Result<bool, Error> {
        reader.write(&[], Some(turn))
    }
}

impl<S: Socket> Transport<S> {
    /// Over a stream on which a connection is to be opened.
    pub(super) fn unopened(stream: S, options: &Options, log: Log) -> Self {
        let out = Writing::new(options.write_timeout.filter(|_| stream.has_timeouts()));
        Self::over(stream, out, log)
    }

    /// Over a stream of the application's.
    pub(super) fn over(stream: S, out: Writing, log: Log) -> Self {
        let clock = if stream.has_timeouts() { Stopwatch::start() } else { Stopwatch::default() };
        let (stream, turns) = (TimedStream::new(stream), Turns::default());
        Self { stream, out, clock, turns, log, at_drop: Self::leave }
    }

    /// Queues something, and writes the queue if that is asked for or if the queue is long. A large
    /// message whose frame is a header and the message itself is written without copying it.
    #[inline]
    pub(super) fn send(&mut self, outgoing: Outgoing<'_>, to: Delivery) -> Result<(), Error> {
        // A message that is only queued must not wait for the peer below the mark.
        let is_due =
            |out: &Writing, len| to == Delivery::Written || out.would_reach_high_water(len);
        let out = &mut self.out;
        let payload = match out.route(outgoing, to) {
            Route::Direct(message) if is_due(out, message.len()) && out.send_header(message)? => {
                message.as_bytes()
            }
            route => {
                out.send(outgoing)?;
                if route == Route::Alone && self.write_alone()? {
                    return Ok(());
                }
                &[]
            }
        };
        if !payload.is_empty() || is_due(&self.out, 0) {
            self.write(payload, None)?;
        }
        Ok(())
    }

    /// Makes one short attempt to write the queue. Without timeouts there is none, since nothing
    /// would limit it.
    pub(super) fn leave(&mut self) {
        // If the stream panicked during a panic of this thread, the process would abort.
        let may_write = self.clock.is_running() && !std::thread::panicking();
        if may_write && self.out.waiting() > 0 {
            // A caller that needs the result has called `flush`.
            let _ = self.write(&[], Some(Turns::LOOK));
        }
        self.log.left(self.clock, &self.out);
    }

    /// Writes with the stream of the thread that reads, see [`write()`].
    pub(super) fn write(&mut self, payload: &[u8], turn: Option<Duration>) -> Result<bool, Error> {
        write(&mut self.stream, self.clock, &mut self.out, payload, turn)
    }

    /// The short way of [`write`](Self::write) for a message that is [alone](Route::Alone), if the stream
    /// has timeouts: without a look at the clock. `false`: the long way is left.
    #[inline]
    fn write_alone(&mut self) -> Result<bool, Error> {
        let Self { stream, out, clock, .. } = self;
        if !clock.is_running() {
            return Ok(false);
        }
        let written = stream.write((out.unwritten(), &[]), Turns::SLICE);
        let count = *written.as_ref().unwrap_or(&0);
        let is_all = count == out.waiting();
        match written.and_then(|_| if is_all { stream.flush(Turns::SLICE) } else { Ok(()) }) {
            Ok(()) if is_all => {
                out.written(count);
                out.flushed();
                return Ok(true);
            }
            Err(error) if !is_vain(&error) => return Err(failed(error, out)),
            _ => {}
        }
        // The write timeout starts when the call began, which may have waited for a slice.
        out.refused(clock.elapsed().saturating_sub(Turns::SLICE).into());
        out.written(count);
        Ok(false)
    }
}

/// Writes all that is queued, and the `payload` of the message whose header was queued last. If
/// timeouts hold and there is a `turn`, for no longer than about that, and no more than the stream
/// takes now. `false`: something is left, and queued.
///
/// # Errors
///
/// Of a stream without timeouts, `WouldBlock` or `TimedOut`: what it does not take now is queued.
/// Any other: nothing can be written any more.
pub(super) fn write<S: Socket>(
    stream: &mut TimedStream<S>,
    clock: Stopwatch,
    out: &mut impl Outlet,
    payload: &[u8],
    turn: Option<Duration>,
) -> Result<bool, Error> {
    let is_timed = clock.is_running();
    let mut turn = WriteTurn::new(payload, turn.filter(|_| is_timed));
    let result = loop {
        let called = match out.with(|writing| turn.next(clock, writing)) {
            WriteStep::Over => break Ok(false),
            WriteStep::Done => break out.with(|writing| check_writing(writing, stream.failure())),
            WriteStep::Call(want, patience) => {
                let patience = patience.min(Turns::SLICE);
                match want {
                    Want::Flush => stream.flush(patience).map(|()| None),
                    _ => stream.write(turn.unwritten(), patience).map(Some),
                }
            }
        };
        match called {
            Ok(None) => out.with(Writing::flushed),
            Ok(Some(count)) => out.with(|writing| turn.took(count, writing)),
            Err(error) if is_vain(&error) && is_timed => out.with(|writing| turn.refused(writing)),
            Err(error) => break Err(failed(error, out)),
        }
    };
    out.with(|writing| turn.end(writing));
    result
}

/// Records the error of a call, unless the call can simply be repeated.
#[cold]
fn failed(error: io::Error, out: &mut impl Outlet) -> Error {
    if !is_vain(&error) {
        out.with(Writing::failed);
    }
    error.into()
}
