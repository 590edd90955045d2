use core::time::Duration;
use std::io::{self, IoSlice};

use super::stopwatch::Stopwatch;
use crate::{
    adapter::{Error, Log, check_writing, or_end_of_stream},
    session::{Clock as _, Outlet, Want, WriteStep, WriteTurn, Writing},
    streams::{SharedStream, Socket},
    time::{TimeoutKind, Timestamp},
};

/// How long one call of a stream waits at most to write, so that whoever watches a slow peer sees
/// soon how much it takes.
pub(super) const SLICE: Duration = Duration::from_millis(100);

/// The timeout of a call that must not wait: the shortest that can be set, since to the system zero
/// means no timeout.
pub(super) const AT_ONCE: Duration = Duration::from_millis(1);

/// A stream, and how long its calls wait.
#[derive(Debug)]
pub(super) struct TimedStream<S> {
    pub(super) stream: S,
    pub(super) calls: Calls,
    pub(super) log: Log,
}

/// What is known of a stream from the calls of one thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calls {
    pub(super) clock: Stopwatch,
    /// The write timeout that the stream has, if it was set here.
    write_timeout: Option<Duration>,
    /// Its read timeout, unless it is not known or has served its purpose.
    read_timeout: Option<Option<Duration>>,
    /// How long the queue is written before the next read.
    pub(super) turn: Duration,
    /// What a write has failed with: the stream may have taken half a frame, and nothing follows.
    pub(super) failure: Option<io::ErrorKind>,
    /// Whether a call has begun and not returned. One that panics leaves a stream in an unknown
    /// state, perhaps with half a frame written: no call follows it.
    pub(super) is_called: bool,
}

impl<S> TimedStream<S> {
    /// Whether timeouts hold.
    pub(super) const fn has_timeouts(&self) -> bool {
        self.calls.clock.is_running()
    }

    /// Makes a handle for a thread that reads, and one for a thread that writes.
    pub(super) fn share(self) -> (TimedStream<SharedStream<S>>, TimedStream<SharedStream<S>>) {
        let Self { stream, calls, log } = self;
        let (reading, writing) = SharedStream::pair(stream);
        let other = TimedStream { stream: writing, calls, log: log.clone() };
        (TimedStream { stream: reading, calls, log }, other)
    }
}

impl<S> TimedStream<SharedStream<S>> {
    /// Puts both handles together again.
    pub(super) fn unite(self, writing: Self) -> TimedStream<S> {
        let is_called = self.calls.is_called || writing.calls.is_called;
        let calls = Calls { read_timeout: None, is_called, ..writing.calls };
        TimedStream { stream: self.stream.unite(writing.stream), calls, log: self.log }
    }
}

impl<S: Socket> TimedStream<S> {
    pub(super) fn new(mut stream: S, log: Log) -> Self {
        // On some systems an accepted socket takes this over from its listener. A socket that cannot
        // be set cannot be used either.
        let _ = stream.set_nonblocking(false);
        let calls = Calls {
            clock: if stream.has_timeouts() { Stopwatch::start() } else { Stopwatch::default() },
            write_timeout: None,
            read_timeout: None,
            turn: SLICE,
            failure: None,
            is_called: false,
        };
        Self { stream, calls, log }
    }

    /// Takes the stream out, without timeouts.
    pub(super) fn into_inner(mut self) -> S {
        // If that is refused, the stream is of no use to anybody.
        let _ = self.call(|stream| {
            stream.set_read_timeout(None)?;
            stream.set_write_timeout(None)
        });
        self.stream
    }

    /// Calls the stream, which may be the application's code.
    fn call<T>(&mut self, mut action: impl FnMut(&mut S) -> io::Result<T>) -> io::Result<T> {
        loop {
            if core::mem::replace(&mut self.calls.is_called, true) {
                return Err(io::Error::other("the stream has panicked"));
            }
            let result = action(&mut self.stream);
            self.calls.is_called = false;
            match result {
                // With timeouts, the time is looked at first.
                Err(error) if is_interrupted(&error) && !self.has_timeouts() => {}
                result => return result,
            }
        }
    }

    /// Reads once, and waits for no longer than `left`.
    pub(super) fn read(&mut self, buffer: &mut [u8], left: Option<Duration>) -> io::Result<usize> {
        self.arm_read(left)?;
        let result = or_end_of_stream(self.call(|stream| stream.read(buffer)));
        if result.as_ref().is_err_and(is_timeout) {
            self.calls.read_timeout = None;
        }
        result
    }

    /// Writes all that is queued, and the `payload` of the message whose header was queued last. If
    /// timeouts hold and there is a `turn`, for no longer than about that, and no more than the stream
    /// takes now. `false`: something is left, and queued.
    ///
    /// # Errors
    ///
    /// Of a stream without timeouts, `WouldBlock` or `TimedOut`: what it does not take now is queued.
    /// Any other: nothing can be written any more.
    pub(super) fn write(
        &mut self,
        out: &mut impl Outlet,
        payload: &[u8],
        turn: Option<Duration>,
    ) -> Result<bool, Error> {
        let mut turn = WriteTurn::new(payload, turn.filter(|_| self.has_timeouts()));
        let result = loop {
            let called = match out.with(|writing| turn.next(self.calls.clock, writing)) {
                WriteStep::Done => {
                    break out.with(|writing| check_writing(writing, self.calls.failure));
                }
                WriteStep::Over => break Ok(false),
                WriteStep::TimedOut => break Err(Error::Timeout(TimeoutKind::Write)),
                WriteStep::Call(Want::Flush, patience) => self.flush(patience).map(|()| None),
                WriteStep::Call(_, patience) => {
                    self.write_once(turn.unwritten(), patience).map(Some)
                }
            };
            match called {
                Ok(None) => out.with(Writing::flushed),
                Ok(Some(count)) => out.with(|writing| turn.took(count, writing)),
                Err(error) if is_vain(&error) && self.has_timeouts() => {
                    out.with(|writing| turn.refused(writing));
                }
                Err(error) => break Err(self.note_error(error, out)),
            }
        };
        out.with(|writing| turn.end(writing));
        result
    }

    /// The short way of [`write`](Self::write) for a message that is
    /// [alone](crate::session::Route::Alone), once the stream is known to wait for a slice of time:
    /// without a look at the clock. `false`: something is left.
    #[inline]
    pub(super) fn write_alone(&mut self, writing: &mut Writing) -> Result<bool, Error> {
        if self.calls.write_timeout != Some(SLICE) || !self.has_timeouts() {
            return Ok(false);
        }
        let len = writing.waiting();
        let (count, flushed) = match self.write_once((writing.unwritten(), &[]), SLICE) {
            Ok(count) if count == len => (count, self.flush(SLICE)),
            Ok(count) => (count, Err(io::ErrorKind::WouldBlock.into())),
            Err(error) => (0, Err(error)),
        };
        let is_done = flushed.is_ok();
        if let Err(error) = flushed {
            if !is_vain(&error) {
                return Err(self.note_error(error, writing));
            }
            // The write timeout starts when the call began, which may have waited for a slice.
            let since_start = self.calls.clock.now().since(Timestamp::default());
            writing.refused(since_start.saturating_sub(SLICE).into());
        }
        writing.written(count);
        if is_done {
            writing.flushed();
        }
        Ok(is_done)
    }

    /// Records the error of a call, unless the call can simply be repeated.
    #[cold]
    fn note_error(&mut self, error: io::Error, out: &mut impl Outlet) -> Error {
        if !is_vain(&error) {
            out.with(Writing::failed);
            self.calls.failure = Some(error.kind());
        }
        error.into()
    }

    /// Writes some of the first bytes and then of the second. At least one of them is not empty.
    fn write_once(&mut self, bytes: (&[u8], &[u8]), patience: Duration) -> io::Result<usize> {
        self.arm_write(patience);
        let result = self.call(|stream| match bytes {
            (first, []) => stream.write(first),
            ([], second) => stream.write(second),
            (first, second) => stream.write_vectored(&[IoSlice::new(first), IoSlice::new(second)]),
        });
        if matches!(result, Ok(0)) { Err(io::ErrorKind::WriteZero.into()) } else { result }
    }

    fn flush(&mut self, patience: Duration) -> io::Result<()> {
        self.arm_write(patience);
        self.call(S::flush)
    }

    /// Ends the sending direction: the peer reads the end of the stream after the last byte.
    pub(super) fn shutdown_write(&mut self) {
        // If it fails, the peer was faster.
        let _ = self.call(S::shutdown_write);
    }

    /// Sets the read timeout, though not at each read: under traffic a timeout serves until it is
    /// too long, and the next is shorter by more than is needed.
    pub(super) fn arm_read(&mut self, left: Option<Duration>) -> io::Result<()> {
        let timeout = match (left, self.calls.read_timeout) {
            (None, Some(None)) => return Ok(()),
            (Some(left), Some(Some(armed))) if armed <= left => return Ok(()),
            (Some(left), Some(Some(_))) => Some(power_of_two_below(left)),
            _ => left,
        };
        let timeout = timeout.map(|timeout| timeout.max(AT_ONCE));
        self.call(|stream| stream.set_read_timeout(timeout))?;
        self.calls.read_timeout = Some(timeout);
        Ok(())
    }

    /// Sets how long a write may wait, unless the stream has that timeout already.
    fn arm_write(&mut self, patience: Duration) {
        let patience = Some(patience.clamp(AT_ONCE, SLICE));
        if self.calls.write_timeout != patience {
            self.calls.write_timeout = patience;
            // If that fails, a write waits up to one slice longer.
            let _ = self.call(|stream| stream.set_write_timeout(patience));
        }
    }
}

/// The longest duration of 2^n milliseconds, `n` whole, that is not above `duration`.
fn power_of_two_below(duration: Duration) -> Duration {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(millis.checked_ilog2().map_or(1, |log| 1 << log))
}

/// Whether a read or write gave up because its time was over.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// Whether a call has done nothing, and can be made again.
pub(super) fn is_vain(error: &io::Error) -> bool {
    is_timeout(error) || is_interrupted(error)
}

fn is_interrupted(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Interrupted
}
