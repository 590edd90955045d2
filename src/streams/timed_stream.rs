#![expect(clippy::expect_used, reason = "only what consumes the owner takes the stream out")]

use core::time::Duration;
use std::io::{self, IoSlice};

use super::{SharedStream, Socket};

/// The shortest timeout that can be set: to the system, zero means no timeout.
pub(super) const MIN_TIMEOUT: Duration = Duration::from_millis(1);

/// A stream whose calls are told how long they may wait, for one thread.
///
/// To set a timeout is a system call. So under traffic a timeout serves until it is too long, or until a
/// call has waited for it in vain.
#[derive(Debug)]
pub(crate) struct TimedStream<S> {
    /// `None` once it was taken out.
    stream: Option<S>,
    /// Its write timeout, unless it is not known or has served its purpose.
    write_timeout: Option<Duration>,
    /// Its read timeout, unless it is not known or has served its purpose.
    read_timeout: Option<Option<Duration>>,
    /// The error with which a write failed: the stream may have taken half a frame, and nothing follows.
    failure: Option<io::ErrorKind>,
    /// Whether a call has begun and not returned. One that panics leaves a stream in an unknown
    /// state, perhaps with half a frame written: no call follows it.
    is_called: bool,
}

impl<S> TimedStream<S> {
    pub(crate) const fn get_ref(&self) -> &S {
        self.stream.as_ref().expect("the owner is there")
    }

    /// Returns the error with which a write failed, so that no other can follow.
    pub(crate) const fn failure(&self) -> Option<io::ErrorKind> {
        self.failure
    }

    /// Returns whether a call has panicked, so that no other is made.
    pub(crate) const fn has_panicked(&self) -> bool {
        self.is_called
    }

    /// Moves the stream out of what is dropped, and leaves one in its place that is not called.
    pub(crate) const fn take(&mut self) -> Self {
        Self { stream: self.stream.take(), ..*self }
    }

    /// Makes a handle for a thread that reads, and one for a thread that writes.
    pub(crate) fn share(self) -> (TimedStream<SharedStream<S>>, TimedStream<SharedStream<S>>) {
        let Self { stream, write_timeout, read_timeout, failure, is_called } = self;
        let (reading, writing) = stream.map(SharedStream::pair).unzip();
        let handle =
            |stream| TimedStream { stream, write_timeout, read_timeout, failure, is_called };
        (handle(reading), handle(writing))
    }
}

impl<S> TimedStream<SharedStream<S>> {
    /// Puts both handles together again.
    pub(crate) fn unite(self, writing: Self) -> TimedStream<S> {
        TimedStream {
            stream: self
                .stream
                .zip(writing.stream)
                .map(|(reading, writing)| reading.unite(writing)),
            write_timeout: writing.write_timeout,
            read_timeout: None,
            failure: writing.failure,
            is_called: self.is_called || writing.is_called,
        }
    }
}

impl<S: Socket> TimedStream<S> {
    pub(crate) fn new(mut stream: S) -> Self {
        // On some systems an accepted socket takes this over from its listener. A socket that cannot
        // be set cannot be used either.
        let _ = stream.set_nonblocking(false);
        let stream = Some(stream);
        Self { stream, write_timeout: None, read_timeout: None, failure: None, is_called: false }
    }

    /// Takes the stream out, without timeouts.
    pub(crate) fn into_inner(mut self) -> S {
        // If that is refused, the stream is of no use to anybody.
        let _ = self.call(|stream| {
            stream.set_read_timeout(None)?;
            stream.set_write_timeout(None)
        });
        self.stream.expect("the owner is there")
    }

    /// Reads once, and waits for no longer than `limit`.
    pub(crate) fn read(&mut self, buffer: &mut [u8], limit: Option<Duration>) -> io::Result<usize> {
        self.set_read_timeout(limit)?;
        let result = self.call(|stream| stream.read(buffer));
        if result.as_ref().is_err_and(is_timeout) {
            self.read_timeout = None;
        }
        result
    }

    /// Reads once, for no longer than `limit`, and discards what comes. Returns how much that was:
    /// nothing at the end, and from a stream without timeouts, since nothing would limit the read.
    /// `None`: nothing has come in time.
    pub(crate) fn discard(&mut self, limit: Duration) -> Option<usize> {
        if !self.stream.as_ref().is_some_and(S::has_timeouts) {
            return Some(0);
        }
        match self.read(&mut [0; 4 << 10], Some(limit)) {
            Err(error) if is_vain(&error) => None,
            result => Some(result.unwrap_or_default()),
        }
    }

    /// Writes some of the first bytes and then of the second, and waits for no longer than `limit`. At
    /// least one of them is not empty.
    #[inline]
    pub(crate) fn write(&mut self, bytes: (&[u8], &[u8]), limit: Duration) -> io::Result<usize> {
        self.set_write_timeout(limit);
        let result = self.call(|stream| match bytes {
            (first, []) => stream.write(first),
            ([], second) => stream.write(second),
            (first, second) => stream.write_vectored(&[IoSlice::new(first), IoSlice::new(second)]),
        });
        self.note_failure(match result {
            Ok(0) => Err(io::ErrorKind::WriteZero.into()),
            result => result,
        })
    }

    /// Flushes, and waits for no longer than `limit`.
    #[inline]
    pub(crate) fn flush(&mut self, limit: Duration) -> io::Result<()> {
        self.set_write_timeout(limit);
        let result = self.call(S::flush);
        self.note_failure(result)
    }

    /// Ends the sending direction: the peer reads the end of the stream after the last byte.
    pub(crate) fn shutdown_write(&mut self) {
        // If it fails, the peer was faster.
        let _ = self.call(S::shutdown_write);
    }

    /// Sets the read timeout, though not at each read: one that is too long is replaced by a shorter
    /// one than is needed.
    pub(crate) fn set_read_timeout(&mut self, limit: Option<Duration>) -> io::Result<()> {
        let timeout = match (limit, self.read_timeout) {
            (None, Some(None)) => return Ok(()),
            (Some(limit), Some(Some(armed))) if armed <= limit => return Ok(()),
            (Some(limit), Some(Some(_))) => Some(power_of_two_below(limit)),
            _ => limit,
        };
        let timeout = timeout.map(|timeout| timeout.max(MIN_TIMEOUT));
        self.call(|stream| stream.set_read_timeout(timeout))?;
        self.read_timeout = Some(timeout);
        Ok(())
    }

    /// Sets the write timeout in the same way. The first is a power of two already: the limit of a flush is
    /// a little shorter than that of the write before it.
    fn set_write_timeout(&mut self, limit: Duration) {
        let limit = limit.max(MIN_TIMEOUT);
        if self.write_timeout.is_some_and(|armed| armed <= limit) {
            return;
        }
        let timeout = Some(power_of_two_below(limit));
        self.write_timeout = timeout;
        // If that fails, a write waits as long as the one before.
        let _ = self.call(|stream| stream.set_write_timeout(timeout));
    }

    /// Calls the stream, which may be the application's code.
    fn call<T>(&mut self, mut action: impl FnMut(&mut S) -> io::Result<T>) -> io::Result<T> {
        loop {
            if core::mem::replace(&mut self.is_called, true) {
                return Err(io::Error::other("the stream has panicked"));
            }
            let Some(stream) = &mut self.stream else {
                return Err(io::ErrorKind::NotConnected.into());
            };
            let result = action(stream);
            self.is_called = false;
            match result {
                // With timeouts, the time is looked at first.
                Err(error) if is_interrupted(&error) && !stream.has_timeouts() => {}
                result => return result,
            }
        }
    }

    /// Records the error of a write, unless the write can simply be repeated.
    fn note_failure<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        match &result {
            Err(error) if is_timeout(error) => self.write_timeout = None,
            Err(error) if !is_vain(error) => self.failure = Some(error.kind()),
            _ => {}
        }
        result
    }
}

/// The longest duration of 2^n milliseconds, `n` whole, that is not above `duration`.
fn power_of_two_below(duration: Duration) -> Duration {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(millis.checked_ilog2().map_or(1, |log| 1 << log))
}

/// Returns whether a call gave up because its time was over.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// Returns whether a call has done nothing, and can be made again.
pub(crate) fn is_vain(error: &io::Error) -> bool {
    is_timeout(error) || is_interrupted(error)
}

fn is_interrupted(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Interrupted
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::time::Duration;
    use std::io::{self, Read, Write};

    use super::TimedStream;
    use crate::streams::Socket;

    const fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    /// A stream that notes what is set, and takes nothing while it is `full`.
    #[derive(Debug, Default)]
    struct Noting {
        write_timeouts: Vec<Duration>,
        is_full: bool,
    }

    impl Read for Noting {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Ok(0)
        }
    }

    impl Write for Noting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.is_full { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(bytes.len()) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Socket for Noting {
        fn set_read_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
            Ok(())
        }

        fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
            self.write_timeouts.extend(timeout);
            Ok(())
        }

        fn set_nonblocking(&mut self, _: bool) -> io::Result<()> {
            Ok(())
        }

        fn shutdown_write(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_write_timeout_is_set_only_if_the_stream_has_none_that_is_short_enough() {
        let mut stream = TimedStream::new(Noting::default());
        for _ in 0..3 {
            stream.write((b"frame", &[]), millis(100)).unwrap();
            // The clock has gone on since.
            stream.flush(Duration::from_micros(99_900)).unwrap();
        }
        assert_eq!(stream.get_ref().write_timeouts, [millis(64)]);
        stream.write((b"frame", &[]), Duration::from_micros(10)).unwrap();
        stream.write((b"frame", &[]), millis(100)).unwrap();
        assert_eq!(stream.get_ref().write_timeouts, [millis(64), millis(1)]);
    }

    #[test]
    fn a_write_timeout_that_has_passed_is_set_anew() {
        let mut stream = TimedStream::new(Noting { is_full: true, ..Noting::default() });
        stream.write((b"frame", &[]), millis(1)).unwrap_err();
        stream.write((b"frame", &[]), millis(100)).unwrap_err();
        assert_eq!(stream.get_ref().write_timeouts, [millis(1), millis(64)]);
    }
}
