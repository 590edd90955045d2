use core::time::Duration;
use std::io::{self, IoSlice, Read, Write};

use super::{Socket, SocketOf};

/// The shortest timeout that is given to the system, to which zero means none at all.
const MIN_TIMEOUT: Duration = Duration::from_millis(1);

/// A stream and its socket, both of which may be the application's code.
///
/// A call that panics leaves a stream in an unknown state, with half a frame written perhaps. So
/// each call is noted before it begins and crossed out after it has returned, and if one has not
/// returned there is no other.
#[derive(Debug)]
pub(super) struct GuardedStream<S> {
    /// `None` once it was taken out.
    stream: Option<S>,
    socket: Option<SocketOf<S>>,
    is_called: bool,
    /// Whether the sending direction was ended.
    is_ended: bool,
}

impl<S> GuardedStream<S> {
    pub(super) const fn new(stream: S) -> Self {
        Self { stream: Some(stream), socket: None, is_called: false, is_ended: false }
    }

    /// The same over another handle of the stream.
    pub(super) const fn over(&self, stream: S) -> Self {
        let Self { socket, is_called, is_ended, .. } = *self;
        Self { stream: Some(stream), socket, is_called, is_ended }
    }

    pub(super) const fn get_ref(&self) -> Option<&S> {
        self.stream.as_ref()
    }

    pub(super) fn take(&mut self) -> io::Result<S> {
        self.check()?;
        self.stream.take().ok_or_else(gone)
    }

    /// # Errors
    ///
    /// A call has panicked.
    pub(super) fn check(&self) -> io::Result<()> {
        if self.is_called { Err(io::Error::other("the stream has panicked")) } else { Ok(()) }
    }

    fn call<T>(&mut self, action: impl FnOnce(&mut S) -> io::Result<T>) -> io::Result<T> {
        self.check()?;
        let stream = self.stream.as_mut().ok_or_else(gone)?;
        self.is_called = true;
        let result = action(stream);
        self.is_called = false;
        result
    }

    pub(super) const fn has_socket(&self) -> bool {
        self.socket.is_some()
    }

    /// Whether a write may read now.
    pub(super) fn reads_to_write(&mut self) -> bool {
        let mut reads_to_write = false;
        let asked = self.call_socket(|socket| {
            reads_to_write = socket.reads_to_write();
            Ok(())
        });
        asked.is_ok() && reads_to_write
    }

    /// Sets where the socket is, and makes it wait.
    pub(super) fn set_socket(&mut self, socket: Option<SocketOf<S>>) -> io::Result<()> {
        self.socket = socket;
        // On some systems an accepted socket takes this over from its listener.
        self.call_socket(|socket| socket.set_nonblocking(false))
    }

    /// Does nothing if it is not known where the socket is.
    fn call_socket(
        &mut self,
        action: impl FnOnce(&mut dyn Socket) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(socket) = self.socket else {
            return Ok(());
        };
        self.call(|stream| action(socket(stream)))
    }

    pub(super) fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let timeout = timeout.map(|timeout| timeout.max(MIN_TIMEOUT));
        self.call_socket(|socket| socket.set_read_timeout(timeout))
    }

    pub(super) fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let timeout = timeout.map(|timeout| timeout.max(MIN_TIMEOUT));
        self.call_socket(|socket| socket.set_write_timeout(timeout))
    }

    /// Ends the sending direction, once: the peer reads the end of the stream after the last byte.
    pub(super) fn shutdown_write(&mut self) {
        if !core::mem::replace(&mut self.is_ended, true) {
            // If it fails, the peer was faster.
            let _ = self.call_socket(|socket| socket.shutdown_write());
        }
    }
}

impl<S: Read> GuardedStream<S> {
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.call(|stream| stream.read(buffer))
    }
}

impl<S: Write> GuardedStream<S> {
    /// Writes some of `first` and then of `second`. At least one of them is not empty.
    pub(super) fn write(&mut self, first: &[u8], second: &[u8]) -> io::Result<usize> {
        let result = self.call(|stream| match (first, second) {
            (first, []) => stream.write(first),
            ([], second) => stream.write(second),
            (first, second) => stream.write_vectored(&[IoSlice::new(first), IoSlice::new(second)]),
        });
        match result {
            Ok(0) => Err(io::ErrorKind::WriteZero.into()),
            result => result,
        }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.call(S::flush)
    }
}

/// The stream was taken out.
fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}
