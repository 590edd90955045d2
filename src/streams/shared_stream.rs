use alloc::sync::Arc;
use core::time::Duration;
use std::io::{self, IoSlice, Read, Write};

use super::Socket;

/// One of two handles of a stream, for two threads.
#[derive(Debug)]
pub(crate) struct SharedStream<S>(Arc<S>);

impl<S> SharedStream<S> {
    /// Creates two handles of a stream.
    pub(crate) fn pair(stream: S) -> (Self, Self) {
        let stream = Arc::new(stream);
        (Self(Arc::clone(&stream)), Self(stream))
    }

    /// Returns the stream of two handles.
    #[expect(clippy::expect_used, reason = "a pair is all that there is of a stream")]
    pub(crate) fn unite(self, other: Self) -> S {
        drop(other);
        Arc::into_inner(self.0).expect("the last handle")
    }
}

impl<S> Read for SharedStream<S>
where
    for<'a> &'a S: Read,
{
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

impl<S> Write for SharedStream<S>
where
    for<'a> &'a S: Write,
{
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        (&*self.0).write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.0).flush()
    }
}

impl<S> Socket for SharedStream<S>
where
    for<'a> &'a S: Socket,
{
    fn has_timeouts(&self) -> bool {
        (&*self.0).has_timeouts()
    }

    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        (&*self.0).set_read_timeout(timeout)
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        (&*self.0).set_write_timeout(timeout)
    }

    fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
        (&*self.0).set_nonblocking(nonblocking)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        (&*self.0).shutdown_write()
    }
}
