use core::time::Duration;
use std::io::{self, IoSlice, Read, Write};

use super::{Socket, SocketOf, countdown::Countdown};
use crate::{
    buffered::WriteBuffer, connection::MAX_DRAIN, error::Error, options::MIN_PROGRESS,
    time::Deadline,
};

/// A stream, what limits its time, and what waits to be written to it.
///
/// Every result of a write is recorded at once, so that after an error nothing is lost and
/// nothing is written twice.
#[derive(Debug)]
pub(super) struct Link<S: Write> {
    /// `None` once it was taken out.
    stream: Option<S>,
    socket: Option<SocketOf<S>>,
    timeout: Option<Duration>,
    pub(super) buffer: WriteBuffer,
    /// Whether the stream has passed on what it took.
    is_flushed: bool,
    /// What a write failed with. The stream may have taken half a frame, and nothing can follow.
    failure: Option<io::ErrorKind>,
}

impl<S: Write> Link<S> {
    pub(super) const fn new(stream: S, buffer: WriteBuffer, timeout: Option<Duration>) -> Self {
        Self {
            stream: Some(stream),
            socket: None,
            timeout,
            buffer,
            is_flushed: true,
            failure: None,
        }
    }

    /// Says where the stream's socket is. From here on it waits, as long as we say, and only writing
    /// is limited.
    pub(super) fn set_socket(&mut self, socket: Option<SocketOf<S>>) -> io::Result<()> {
        self.socket = socket;
        if let Some(socket) = self.socket() {
            // On some systems an accepted socket takes this over from its listener.
            socket.set_nonblocking(false)?;
        }
        self.set_timeouts(self.timeout)
    }

    /// Ends all limits in time.
    pub(super) fn clear_timeouts(&self) -> io::Result<()> {
        self.set_timeouts(None)
    }

    fn set_timeouts(&self, write: Option<Duration>) -> io::Result<()> {
        let Some(socket) = self.socket() else {
            return Ok(());
        };
        socket.set_read_timeout(None)?;
        socket.set_write_timeout(write)
    }

    pub(super) fn socket(&self) -> Option<&dyn Socket> {
        Some((self.socket?)(self.stream.as_ref()?))
    }

    pub(super) const fn stream(&self) -> Option<&S> {
        self.stream.as_ref()
    }

    /// Takes the stream out, and the queue.
    pub(super) fn take(&mut self) -> io::Result<(S, WriteBuffer)> {
        let stream = self.stream.take().ok_or_else(gone)?;
        Ok((stream, core::mem::take(&mut self.buffer)))
    }

    /// A link with the same settings over another handle of the stream.
    pub(super) fn over(&self, stream: S, buffer: WriteBuffer) -> Self {
        Self {
            stream: Some(stream),
            socket: self.socket,
            timeout: self.timeout,
            buffer,
            is_flushed: self.is_flushed,
            failure: self.failure,
        }
    }

    /// How long writing may take, if there is a socket that keeps to it.
    fn limit(&self) -> Option<Duration> {
        self.socket.and(self.timeout)
    }

    /// Writes the queue.
    #[inline]
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        if self.buffer.unwritten().is_empty() && self.is_flushed {
            Ok(())
        } else {
            self.write_out(&[])
        }
    }

    /// Writes the queue and then `rest`. What the stream cannot take now stays queued; if it can
    /// take nothing any more, the queue is given up.
    pub(super) fn write_out(&mut self, mut rest: &[u8]) -> Result<(), Error> {
        let result = match self.failure {
            None => self.write_all(&mut rest),
            Some(kind) => Err(kind.into()),
        };
        let Err(error) = result else {
            return Ok(());
        };
        let is_timeout = is_timeout(&error);
        if is_timeout && self.limit().is_none() {
            self.buffer.out().extend_from_slice(rest);
            return Err(Error::Io(error));
        }
        self.failure = Some(error.kind());
        self.buffer = self.buffer.emptied();
        Err(if is_timeout { Error::Timeout(Deadline::Write) } else { Error::Io(error) })
    }

    /// # Errors
    ///
    /// What a write failed with, so that nothing more can be written.
    pub(super) fn check(&self) -> io::Result<()> {
        self.failure.map_or(Ok(()), |kind| Err(kind.into()))
    }

    /// Whether nothing more can be written.
    pub(super) const fn is_broken(&self) -> bool {
        self.failure.is_some()
    }

    fn write_all(&mut self, rest: &mut &[u8]) -> io::Result<()> {
        // Each write waits for up to the timeout by itself; this is for a peer that takes a little
        // of each. Only a write that was cut short is worth the look at the clock.
        let mut countdown = None;
        let mut progress: usize = 0;
        let limit = self.limit();
        self.is_flushed = false;
        loop {
            let stream = self.stream.as_mut().ok_or_else(gone)?;
            let queued = self.buffer.unwritten();
            let is_written = queued.is_empty() && rest.is_empty();
            let result = match (queued, *rest) {
                ([], []) => stream.flush().map(|()| 0),
                (queued, []) => stream.write(queued),
                ([], rest) => stream.write(rest),
                (queued, rest) => {
                    stream.write_vectored(&[IoSlice::new(queued), IoSlice::new(rest)])
                }
            };
            let count = match result {
                Ok(_) if is_written => {
                    self.is_flushed = true;
                    return Ok(());
                }
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let of_queue = count.min(queued.len());
            self.buffer.written(of_queue);
            *rest = rest.get(count.saturating_sub(of_queue)..).unwrap_or_default();
            let is_short = !rest.is_empty() || !self.buffer.unwritten().is_empty();
            if let Some(limit) = limit
                && is_short
            {
                progress = progress.saturating_add(count);
                if progress >= MIN_PROGRESS {
                    (countdown, progress) = (None, 0);
                } else if countdown.get_or_insert_with(|| Countdown::start(limit)).left().is_none()
                {
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
        }
    }
}

impl<S: Read + Write> Link<S> {
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.as_mut().ok_or_else(gone)?.read(buffer)
    }

    /// Ends our direction: the peer reads the end of the stream after the last byte.
    pub(super) fn shutdown_write(&self) {
        if let Some(socket) = self.socket() {
            // If it fails, the peer was faster.
            let _ = socket.shutdown_write();
        }
    }

    /// Reads to the end of the stream, so that what we wrote is not lost to a reset; but neither
    /// for ever nor more than is reasonable. A stream whose reads cannot be limited in time is left
    /// alone.
    pub(super) fn drain(&mut self, limit: Duration) {
        let countdown = Countdown::start(limit);
        let mut scratch = [0; 4 << 10];
        let mut drained = 0;
        while drained < MAX_DRAIN {
            let Some(left) = countdown.left() else {
                return;
            };
            let is_limited =
                self.socket().is_some_and(|socket| socket.set_read_timeout(Some(left)).is_ok());
            if !is_limited {
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
    /// One attempt, which does not wait, to write what is queued.
    fn drop(&mut self) {
        if self.is_broken() || self.buffer.unwritten().is_empty() {
            return;
        }
        // A stream without a known socket is trusted not to block for long.
        let waits = self.socket().is_some_and(|socket| socket.set_nonblocking(true).is_err());
        if let Some(stream) = &mut self.stream
            && !waits
        {
            // Whoever needs to know has called `flush`.
            let _ = stream.write(self.buffer.unwritten());
        }
    }
}

/// The stream was taken out.
fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}

/// Whether a read or write gave up because its time was over.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
