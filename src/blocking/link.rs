use core::time::Duration;
use std::io::{self, Read, Write};

use super::{SocketOf, deadline::Stopwatch, guarded_stream::GuardedStream};
use crate::{
    adapter::Error,
    session::{Clock as _, Outlet, Want, Writing},
    time::{TimeoutKind, Timestamp},
};

/// How long one call of a stream waits at most to write, so that whoever watches a slow peer sees
/// soon how much it takes.
pub(super) const SLICE: Duration = Duration::from_millis(100);

/// A stream, and how long its calls wait.
#[derive(Debug)]
pub(super) struct Link<S> {
    stream: GuardedStream<S>,
    clock: Stopwatch,
    /// The write timeout that the socket has, as far as it was set here.
    write_timeout: Option<Duration>,
    /// Its read timeout, likewise.
    read_timeout: Option<Duration>,
    /// Whether that has served its purpose, and the next read sets another.
    is_read_timeout_over: bool,
    /// What a write has failed with: the stream may have taken half a frame, and nothing follows.
    failure: Option<io::ErrorKind>,
}

/// What a link writes: what is queued, or what of it was lent.
pub(super) trait Source: Outlet {
    /// Which call of the stream is next.
    fn wants(&mut self, clock: Stopwatch) -> Want;

    /// What to write with it.
    fn unwritten(&self) -> &[u8];

    /// Records that so many bytes were taken.
    fn written(&mut self, count: usize);
}

impl Source for Writing {
    fn wants(&mut self, clock: Stopwatch) -> Want {
        Self::wants(self, clock)
    }

    fn unwritten(&self) -> &[u8] {
        Self::unwritten(self)
    }

    fn written(&mut self, count: usize) {
        Self::written(self, count);
    }
}

impl<S> Link<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream: GuardedStream::new(stream),
            clock: Stopwatch::default(),
            write_timeout: None,
            read_timeout: None,
            is_read_timeout_over: false,
            failure: None,
        }
    }

    /// A link over another handle of the stream.
    pub(super) const fn over(&self, stream: S) -> Self {
        Self { stream: self.stream.over(stream), ..*self }
    }

    /// Says where the stream's socket is. From here on it waits, and as long as we say.
    pub(super) fn set_socket(&mut self, socket: Option<SocketOf<S>>) -> io::Result<()> {
        self.stream.set_socket(socket)?;
        self.clock = socket.map(|_| Stopwatch::start()).unwrap_or_default();
        // The first write sets the other.
        self.set_read_timeout(None)
    }

    /// Whether limits in time hold.
    pub(super) const fn has_socket(&self) -> bool {
        self.stream.has_socket()
    }

    pub(super) const fn clock(&self) -> Stopwatch {
        self.clock
    }

    pub(super) const fn stream(&self) -> Option<&S> {
        self.stream.get_ref()
    }

    pub(super) fn take(&mut self) -> io::Result<S> {
        self.stream.take()
    }

    /// Ends all limits in time.
    pub(super) fn clear_timeouts(&mut self) -> io::Result<()> {
        self.set_read_timeout(None)?;
        self.write_timeout = None;
        self.stream.set_write_timeout(None)
    }

    pub(super) fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.is_read_timeout_over = false;
        self.read_timeout = timeout;
        self.stream.set_read_timeout(timeout)
    }

    /// Sets the read timeout, though not at each read: under traffic a timeout serves until it is
    /// too long, and the next is shorter by more than is needed.
    fn arm_read(&mut self, left: Option<Duration>) -> io::Result<()> {
        let timeout = match (left, self.read_timeout) {
            (None, None) => return Ok(()),
            (Some(left), Some(armed)) if !self.is_read_timeout_over => {
                if armed <= left {
                    return Ok(());
                }
                Some(power_of_two_below(left))
            }
            (left, _) => left,
        };
        self.set_read_timeout(timeout)
    }

    /// Sets how long a write may wait, unless the socket knows.
    fn arm_write(&mut self, patience: Duration) {
        if !self.has_socket() {
            return;
        }
        let patience = Some(patience);
        if self.write_timeout != patience {
            self.write_timeout = patience;
            // If it is refused, a write waits for a slice of time more.
            let _ = self.stream.set_write_timeout(patience);
        }
        let is_read_timeout_longer =
            self.read_timeout.is_none_or(|timeout| Some(timeout) > patience);
        if is_read_timeout_longer && self.stream.reads_to_write() {
            let _ = self.set_read_timeout(patience);
            self.is_read_timeout_over = true;
        }
    }

    /// Ends our direction: the peer reads the end of the stream after the last byte.
    pub(super) fn shutdown_write(&mut self) {
        self.stream.shutdown_write();
    }

    /// # Errors
    ///
    /// Nothing can be written any more.
    pub(super) fn check(&self, out: &mut impl Outlet) -> io::Result<()> {
        match self.failure {
            Some(kind) => Err(kind.into()),
            None if out.with(|writing| writing.has_failed()) => {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            None => Ok(()),
        }
    }
}

impl<S: Write> Link<S> {
    /// Writes some of `first` and then of `second`, and waits no longer than `patience`. At least one
    /// of them is not empty.
    pub(super) fn write(
        &mut self,
        first: &[u8],
        second: &[u8],
        patience: Duration,
    ) -> io::Result<usize> {
        self.arm_write(patience);
        self.stream.write(first, second)
    }

    pub(super) fn flush(&mut self, patience: Duration) -> io::Result<()> {
        self.arm_write(patience);
        self.stream.flush()
    }

    /// Writes what the source has and then `rest`, until all is written; or if there is a socket that
    /// keeps to it, no longer than about `turn`, and no more than it takes now. `false`: something is
    /// left.
    ///
    /// # Errors
    ///
    /// Of a stream without a socket, `WouldBlock` or `TimedOut`: what it does not take now is queued.
    /// Any other: nothing can be written any more. A timeout within a turn is left to the session.
    pub(super) fn write_out(
        &mut self,
        source: &mut impl Source,
        mut rest: &[u8],
        turn: Option<Duration>,
    ) -> Result<bool, Error> {
        let clock = self.clock;
        let turn = turn.filter(|_| self.has_socket());
        let mut end = None;
        let mut is_interrupted = false;
        loop {
            let want = if rest.is_empty() { source.wants(clock) } else { Want::Write };
            if want == Want::Nothing {
                return self.check(source).map(|()| true).map_err(error_of_write);
            }
            let at = clock.now();
            let end = *end.get_or_insert(turn.map_or(Timestamp::NEVER, |turn| at + turn));
            // What was taken may have to be flushed.
            if end <= at && (want == Want::Write || is_interrupted) {
                source.with(|writing| writing.pause(at));
                return Ok(false);
            }
            let deadline = source.with(|writing| writing.deadline(at));
            let patience = deadline.min(end).since(at).min(SLICE);
            let result = match want {
                Want::Flush => self.flush(patience).map(|()| 0),
                _ => self.write(source.unwritten(), rest, patience),
            };
            let is_refused = match result {
                Ok(_) if want == Want::Flush => {
                    source.with(Writing::flushed);
                    continue;
                }
                Ok(count) => {
                    let queued = source.unwritten().len();
                    rest = rest.get(count.saturating_sub(queued)..).unwrap_or_default();
                    // A stream may take the queue alone first.
                    let is_short = count < queued || count > queued && !rest.is_empty();
                    if is_short {
                        // Before it took them, since it may have waited with the first of them.
                        self.refuse(source, at);
                    }
                    source.written(count);
                    is_interrupted = false;
                    is_short
                }
                Err(error) if is_timeout(&error) && !self.has_socket() => {
                    source.with(|writing| writing.leave(rest));
                    return Err(error.into());
                }
                Err(error) if is_vain(&error) => {
                    self.refuse(source, at);
                    is_interrupted = !is_timeout(&error);
                    !is_interrupted
                }
                Err(error) => {
                    source.with(Writing::failed);
                    self.failure.get_or_insert(error.kind());
                    return Err(error.into());
                }
            };
            if !is_refused && !is_interrupted {
                continue;
            }
            let now = clock.now();
            if source.with(|writing| writing.is_overdue(now)) {
                if turn.is_none() {
                    source.with(Writing::timed_out);
                    self.failure.get_or_insert(io::ErrorKind::TimedOut);
                }
                return Err(Error::Timeout(TimeoutKind::Write));
            }
            if is_refused && turn.is_some() {
                source.with(|writing| writing.pause(now));
                return Ok(false);
            }
        }
    }

    /// Takes note that the stream takes less than there is, since the time `at`.
    fn refuse(&self, source: &mut impl Source, at: Timestamp) {
        if self.has_socket() {
            source.with(|writing| writing.refused(at));
        }
    }
}

impl<S: Read> Link<S> {
    /// Reads once, and waits for no longer than `left`.
    pub(super) fn read(&mut self, buffer: &mut [u8], left: Option<Duration>) -> io::Result<usize> {
        self.arm_read(left)?;
        loop {
            match self.stream.read(buffer) {
                // With a socket, the time is looked at first.
                Err(error) if error.kind() == io::ErrorKind::Interrupted && !self.has_socket() => {}
                Err(error) if is_timeout(&error) => {
                    self.is_read_timeout_over = true;
                    return Err(error);
                }
                result => return result,
            }
        }
    }

    /// Reads once, throws it away, and returns how much that was: none at the end. A stream whose
    /// reads cannot be limited in time is left alone. `None`: nothing came.
    pub(super) fn discard(&mut self, left: Duration) -> Option<usize> {
        if !self.has_socket() || self.set_read_timeout(Some(left)).is_err() {
            return Some(0);
        }
        match self.stream.read(&mut [0; 4 << 10]) {
            Ok(count) => Some(count),
            Err(error) if is_vain(&error) => None,
            Err(_) => Some(0),
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
    is_timeout(error) || error.kind() == io::ErrorKind::Interrupted
}

/// What a write failed with whose time was limited by a socket, or that failed for good.
fn error_of_write(error: io::Error) -> Error {
    if is_timeout(&error) { Error::Timeout(TimeoutKind::Write) } else { Error::Io(error) }
}
