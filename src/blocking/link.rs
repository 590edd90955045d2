use core::time::Duration;
use std::io::{self, Read, Write};

use super::{
    SocketOf,
    countdown::{Countdown, Instant},
    guarded_stream::GuardedStream,
    stall::Stall,
};
use crate::{buffered::WriteBuffer, connection::MAX_DRAIN, error::Error, time::TimeoutKind};

/// How much one write gets at most whose time is not limited, so that progress is seen.
const MAX_UNLIMITED: usize = 256 << 10;
/// How long a last attempt to write may wait.
const ATTEMPT: Duration = Duration::from_millis(1);

/// A stream, what limits its time, and what waits to be written to it.
///
/// Every result of a write is recorded at once, so that after an error nothing is lost and
/// nothing is written twice.
#[derive(Debug)]
pub(super) struct Link<S: Write> {
    stream: GuardedStream<S>,
    /// How long the peer may take next to nothing.
    timeout: Option<Duration>,
    /// The write timeout that the socket has.
    armed: Option<Duration>,
    /// Its read timeout, as far as it was set here.
    read_timeout: Option<Duration>,
    /// Whether that has served its purpose, and the next read sets another.
    is_read_timeout_over: bool,
    pub(super) buffer: WriteBuffer,
    /// How many bytes the stream has taken, modulo 2^32.
    taken: u32,
    /// Since when the stream has not taken all that there is.
    stall: Option<Stall>,
    /// When it first refused some of what there is.
    refused_at: Option<Instant>,
    /// How long the buffers of the system may need to pass on what the stream has taken: as long
    /// again as it took to take it.
    backlog: Option<Countdown>,
    /// Whether the stream has passed on what it took.
    is_flushed: bool,
    failure: Option<Failure>,
}

/// What a write failed with. The stream may have taken half a frame, and nothing can follow.
#[derive(Clone, Copy, Debug)]
struct Failure {
    kind: io::ErrorKind,
    /// How many bytes never left.
    unwritten: usize,
}

/// How long a call writes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    /// Until all is written, or the peer is given up.
    Written,
    /// No longer than about this either, if there is a socket that keeps to it. It stops between
    /// two frames or inside one; the queue goes on where it stopped.
    Turn(Duration),
}

impl<S: Write> Link<S> {
    pub(super) const fn new(stream: S, buffer: WriteBuffer, timeout: Option<Duration>) -> Self {
        Self::of(GuardedStream::new(stream), buffer, timeout)
    }

    const fn of(stream: GuardedStream<S>, buffer: WriteBuffer, timeout: Option<Duration>) -> Self {
        Self {
            stream,
            timeout,
            armed: None,
            read_timeout: None,
            is_read_timeout_over: false,
            buffer,
            taken: 0,
            stall: None,
            refused_at: None,
            backlog: None,
            is_flushed: true,
            failure: None,
        }
    }

    /// Says where the stream's socket is. From here on it waits, as long as we say, and only writing
    /// is limited.
    pub(super) fn set_socket(&mut self, socket: Option<SocketOf<S>>) -> io::Result<()> {
        self.stream.set_socket(socket)?;
        self.set_read_timeout(None)?;
        self.armed = self.limit().map(Stall::initial_patience);
        self.stream.set_write_timeout(self.armed)
    }

    /// Ends all limits in time.
    pub(super) fn clear_timeouts(&mut self) -> io::Result<()> {
        self.set_read_timeout(None)?;
        self.armed = None;
        self.stream.set_write_timeout(None)
    }

    /// Whether limits in time hold.
    pub(super) const fn has_socket(&self) -> bool {
        self.stream.has_socket()
    }

    pub(super) const fn stream(&self) -> Option<&S> {
        self.stream.get_ref()
    }

    /// Takes the stream out, and the queue.
    pub(super) fn take(&mut self) -> io::Result<(S, WriteBuffer)> {
        Ok((self.stream.take()?, core::mem::take(&mut self.buffer)))
    }

    /// A link with the same settings over another handle of the stream.
    pub(super) fn over(&self, stream: S, buffer: WriteBuffer) -> Self {
        let mut link = Self::of(self.stream.over(stream), buffer, self.timeout);
        link.armed = self.armed;
        link.read_timeout = self.read_timeout;
        link.taken = self.taken;
        link.refused_at = self.refused_at;
        link.backlog = self.backlog;
        link.is_flushed = self.is_flushed;
        link.failure = self.failure;
        link
    }

    /// How many bytes the stream has taken, modulo 2^32.
    pub(super) const fn taken(&self) -> u32 {
        self.taken
    }

    /// How many bytes of the queue wait because the stream has refused some.
    pub(super) fn refused(&self) -> usize {
        self.stall.as_ref().map_or(0, |_| self.buffer.unwritten().len())
    }

    /// Whether nothing is left, neither of the queue nor of what the stream keeps for itself.
    #[inline]
    pub(super) fn is_written(&self) -> bool {
        self.buffer.unwritten().is_empty() && self.is_flushed
    }

    /// How long the buffers of the system may need to pass on what the stream has taken, as far as
    /// that was not said before.
    pub(super) const fn take_backlog(&mut self) -> Option<Countdown> {
        self.backlog.take()
    }

    /// How long they may need from now on.
    pub(super) fn backlog(&mut self) -> Duration {
        let left = self.backlog.and_then(|backlog| backlog.left());
        self.backlog = self.backlog.filter(|_| left.is_some());
        left.unwrap_or_default()
    }

    /// Takes note that nothing is left.
    fn end(&mut self) {
        self.is_flushed = true;
        if let Some(refused_at) = self.refused_at.take() {
            self.backlog = Some(Countdown::start(refused_at.elapsed()));
        }
    }

    fn refuse(&mut self) {
        self.refused_at.get_or_insert_with(Instant::now);
    }

    /// How long writing may take, if there is a socket that keeps to it.
    fn limit(&self) -> Option<Duration> {
        self.timeout.filter(|_| self.has_socket())
    }

    /// Lets writing take no longer than `limit` from now on.
    pub(super) fn hurry(&mut self, limit: Duration) {
        self.timeout = Some(self.timeout.map_or(limit, |timeout| timeout.min(limit)));
        self.stall = None;
    }

    /// Writes the queue.
    #[inline]
    pub(super) fn flush(&mut self, until: Until) -> Result<(), Error> {
        self.flush_noting(until, &mut |_, _| {})
    }

    /// As [`flush`](Self::flush), and calls `note` after each write that takes something: with how
    /// many bytes it took, and how many are left of the queue.
    #[inline]
    pub(super) fn flush_noting(
        &mut self,
        until: Until,
        note: &mut impl FnMut(usize, usize),
    ) -> Result<(), Error> {
        if self.is_written() { Ok(()) } else { self.write_out(&[], until, note) }
    }

    /// Writes the queue and then `rest`. What the stream cannot take now stays queued; if it can
    /// take nothing any more, the queue is given up.
    pub(super) fn write_out(
        &mut self,
        mut rest: &[u8],
        until: Until,
        note: &mut impl FnMut(usize, usize),
    ) -> Result<(), Error> {
        let result = self.check().and_then(|()| self.write_all(&mut rest, until, note));
        let Err(error) = result else {
            return Ok(());
        };
        let is_timeout = is_timeout(&error);
        if is_timeout && self.limit().is_none() {
            self.buffer.out().extend_from_slice(rest);
            return Err(Error::Io(error));
        }
        self.fail(error.kind(), rest.len());
        Err(if is_timeout { Error::Timeout(TimeoutKind::Write) } else { Error::Io(error) })
    }

    /// Gives the queue up, and `rest` more bytes.
    fn fail(&mut self, kind: io::ErrorKind, rest: usize) {
        let queued = self.buffer.unwritten().len();
        // What a stream has kept for itself is not known.
        let unwritten = match queued.saturating_add(rest) {
            0 => usize::MAX,
            unwritten => unwritten,
        };
        self.failure.get_or_insert(Failure { kind, unwritten });
        self.buffer = WriteBuffer::default();
    }

    /// # Errors
    ///
    /// What a write failed with, or a call of the stream has panicked, so that nothing more can be
    /// written.
    pub(super) fn check(&self) -> io::Result<()> {
        match self.failure {
            Some(failure) => Err(failure.kind.into()),
            None => self.stream.check(),
        }
    }

    /// How many of the queued bytes never left, if nothing more can be written.
    pub(super) fn lost(&self) -> Option<usize> {
        self.failure.map(|failure| failure.unwritten)
    }

    /// Returns early, with something left of the queue, only when a turn is over.
    fn write_all(
        &mut self,
        rest: &mut &[u8],
        until: Until,
        note: &mut impl FnMut(usize, usize),
    ) -> io::Result<()> {
        let (limit, turn) = match until {
            Until::Turn(turn) if self.has_socket() => {
                (Some(self.timeout.unwrap_or(Duration::MAX)), turn)
            }
            _ => (self.limit(), Duration::MAX),
        };
        // What was stalled before is still.
        let stalled = self.stall.take().filter(|_| limit.is_some()).map(Stall::resumed);
        let mut stall = stalled.or_else(|| limit.map(Stall::start));
        let countdown = Countdown::start(turn);
        self.is_flushed = false;
        loop {
            let patience = stall.as_ref().map(|stall| stall.patience().min(turn));
            self.arm(patience);
            let queued = self.buffer.unwritten().len();
            let is_written = queued == 0 && rest.is_empty();
            let result =
                if is_written { self.stream.flush().map(|()| 0) } else { self.write(rest) };
            let mut is_turn_over = countdown.left().is_none();
            let is_alive = match (result, &mut stall) {
                (Ok(_), _) if is_written => {
                    self.end();
                    return Ok(());
                }
                (Ok(count), stall) => {
                    let left = self.buffer.unwritten().len();
                    note(count, left);
                    // What was taken may have to be flushed.
                    is_turn_over &= left > 0;
                    // A stream may take the queue alone first.
                    let is_short = count < queued || count > queued && !rest.is_empty();
                    if is_short {
                        self.refuse();
                    }
                    stall.as_mut().is_none_or(|stall| !is_short || stall.take(count))
                }
                (Err(error), stall) if error.kind() == io::ErrorKind::Interrupted => {
                    stall.as_ref().is_none_or(|stall| stall.left().is_some())
                }
                (Err(error), Some(stall)) if is_timeout(&error) => {
                    // A stream that does not wait although it was told to has its turn, too.
                    is_turn_over = matches!(until, Until::Turn(_));
                    self.refuse();
                    stall.wait(patience.unwrap_or_default())
                }
                (Err(error), _) => return Err(error),
            };
            if !is_alive {
                return Err(io::ErrorKind::TimedOut.into());
            }
            if is_turn_over && stall.is_some() {
                self.stall = stall.map(Stall::paused);
                return Ok(());
            }
        }
    }

    /// One write of the queue and `rest`, whose fronts go by what was taken.
    fn write(&mut self, rest: &mut &[u8]) -> io::Result<usize> {
        let queued = self.buffer.unwritten();
        let most =
            if self.has_socket() && self.timeout.is_none() { MAX_UNLIMITED } else { usize::MAX };
        let first = queued.get(..most).unwrap_or(queued);
        let second = rest.get(..most.saturating_sub(first.len())).unwrap_or(rest);
        let count = self.stream.write(first, second)?;
        let of_queue = count.min(first.len());
        self.buffer.written(of_queue);
        *rest = rest.get(count.saturating_sub(of_queue)..).unwrap_or_default();
        self.taken = self.taken.wrapping_add(u32::try_from(count).unwrap_or(u32::MAX));
        Ok(count)
    }

    /// Sets how long a write may wait, unless the socket knows.
    fn arm(&mut self, patience: Option<Duration>) {
        if self.armed != patience && self.has_socket() {
            self.armed = patience;
            // If it is refused, a write waits for a slice of time more.
            let _ = self.stream.set_write_timeout(patience);
        }
        let is_read_timeout_longer =
            self.read_timeout.is_none_or(|timeout| Some(timeout) > patience);
        if patience.is_some() && is_read_timeout_longer && self.stream.reads_to_write() {
            let _ = self.set_read_timeout(patience);
            self.is_read_timeout_over = true;
        }
    }

    pub(super) fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.is_read_timeout_over = false;
        self.read_timeout = timeout;
        self.stream.set_read_timeout(timeout)
    }

    /// One attempt to write the queue, which does not wait for long. What is left stays queued.
    /// Without a socket there is none, since nothing limits how long it would wait.
    ///
    /// `note` is called as by [`flush_noting`](Self::flush_noting). Whoever needs to know whether
    /// all is written calls [`flush`](Self::flush).
    pub(super) fn attempt(&mut self, note: &mut impl FnMut(usize, usize)) {
        if !self.has_socket() || self.check().is_err() || self.buffer.unwritten().is_empty() {
            return;
        }
        self.arm(Some(ATTEMPT));
        self.is_flushed = false;
        let result = match self.write(&mut &[][..]) {
            Ok(count) => {
                let left = self.buffer.unwritten().len();
                note(count, left);
                if left > 0 {
                    self.refuse();
                    return;
                }
                self.stream.flush()
            }
            Err(error) => Err(error),
        };
        match result {
            Ok(()) => self.end(),
            Err(error) if is_timeout(&error) => self.refuse(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => self.fail(error.kind(), 0),
        }
    }
}

impl<S: Read + Write> Link<S> {
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }

    /// Sets the read timeout, though not at each read: under traffic a timeout serves until it is
    /// too long, and the next is shorter by more than is needed.
    pub(super) fn arm_read(&mut self, left: Option<Duration>) -> io::Result<()> {
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

    /// A read has waited for all of its timeout: the next may wait longer.
    pub(super) fn disarm_read(&mut self) {
        self.is_read_timeout_over = true;
    }

    /// Ends our direction: the peer reads the end of the stream after the last byte.
    pub(super) fn shutdown_write(&mut self) {
        self.stream.shutdown_write();
    }

    /// Reads to the end of the stream, so that what we wrote is not lost to a reset; but neither
    /// for ever nor more than is reasonable. A stream whose reads cannot be limited in time is left
    /// alone.
    pub(super) fn drain(&mut self, limit: Duration) {
        let countdown = Countdown::start(limit);
        let mut scratch = [0; 4 << 10];
        let mut drained = 0;
        while drained < MAX_DRAIN && self.has_socket() {
            let Some(left) = countdown.left() else {
                return;
            };
            if self.set_read_timeout(Some(left)).is_err() {
                return;
            }
            match self.read(&mut scratch) {
                Ok(0) => return,
                Ok(count) => drained = drained.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

impl<S: Write> Drop for Link<S> {
    fn drop(&mut self) {
        self.attempt(&mut |_, _| {});
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
