//! A stream that follows a script, and logs its calls.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::rc::Rc;
use std::time::Duration;

use sansocket::blocking::Socket;

/// Implements `Socket` for a stream whose calls never wait, and whose direction ends with
/// `shut_down`. It has timeouts if it `is_timed`.
macro_rules! impl_socket {
    ($stream:ty, $this:ident => $is_timed:expr) => {
        impl sansocket::blocking::Socket for $stream {
            fn has_timeouts(&self) -> bool {
                let $this = self;
                $is_timed
            }

            fn set_read_timeout(&mut self, _: Option<std::time::Duration>) -> std::io::Result<()> {
                Ok(())
            }

            fn set_write_timeout(&mut self, _: Option<std::time::Duration>) -> std::io::Result<()> {
                Ok(())
            }

            fn set_nonblocking(&mut self, _: bool) -> std::io::Result<()> {
                Ok(())
            }

            fn shutdown_write(&mut self) -> std::io::Result<()> {
                self.shut_down();
                Ok(())
            }
        }
    };
}

pub(crate) use impl_socket;

/// A call of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Read,
    /// Has the bytes that were accepted.
    Write(Vec<u8>),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Rc<RefCell<Calls>>);

#[derive(Debug, Default)]
struct Calls {
    calls: Vec<Call>,
    written: Vec<u8>,
    flushed: usize,
    slices: Vec<*const u8>,
}

impl Log {
    /// Returns the calls since the last time.
    pub(crate) fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.0.borrow_mut().calls)
    }

    /// Returns everything that was written.
    pub(crate) fn written(&self) -> Vec<u8> {
        self.0.borrow().written.clone()
    }

    /// Returns how many of the written bytes were flushed, too.
    pub(crate) fn flushed(&self) -> usize {
        self.0.borrow().flushed
    }

    /// Returns the addresses of the slices in the last write.
    pub(crate) fn slices(&self) -> Vec<*const u8> {
        self.0.borrow().slices.clone()
    }
}

/// A stream whose calls have results that were set before. By default, there is nothing to read,
/// and every write is accepted.
#[derive(Debug, Default)]
pub(crate) struct Script {
    reads: VecDeque<Result<Vec<u8>, ErrorKind>>,
    /// The number of bytes that are written before a write fails, or with the first write at most.
    fault: Option<(usize, Option<ErrorKind>)>,
    flush: Option<ErrorKind>,
    is_timed: bool,
    log: Log,
}

impl Script {
    pub(crate) fn log(&self) -> Log {
        self.log.clone()
    }

    /// The next read gets `bytes`, as far as it has room for them. An empty slice is the end of the
    /// stream.
    pub(crate) fn read(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.reads.push_back(Ok(bytes.into()));
        self
    }

    /// The next read fails.
    pub(crate) fn fail_read(mut self, kind: ErrorKind) -> Self {
        self.reads.push_back(Err(kind));
        self
    }

    /// The first write accepts at most `count` bytes.
    pub(crate) fn cut_write(mut self, count: usize) -> Self {
        self.fault = Some((count, None));
        self
    }

    /// After `written` bytes in total, a write fails.
    pub(crate) fn fail_write(mut self, written: usize, kind: ErrorKind) -> Self {
        self.fault = Some((written, Some(kind)));
        self
    }

    /// The first flush fails.
    pub(crate) fn fail_flush(mut self, kind: ErrorKind) -> Self {
        self.flush = Some(kind);
        self
    }

    /// From now on the stream has timeouts, measured by the clock. Its calls still do not wait.
    pub(crate) fn timed(mut self) -> Self {
        self.is_timed = true;
        self
    }

    fn shut_down(&self) {}
}

impl_socket!(Script, script => script.is_timed);

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(!buffer.is_empty(), "no room would be taken for the end");
        self.log.0.borrow_mut().calls.push(Call::Read);
        let next = self.reads.pop_front();
        let mut bytes = next.unwrap_or(Err(ErrorKind::WouldBlock))?;
        let rest = bytes.split_off(bytes.len().min(buffer.len()));
        buffer[..bytes.len()].copy_from_slice(&bytes);
        if !rest.is_empty() {
            self.reads.push_front(Ok(rest));
        }
        Ok(bytes.len())
    }
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let log = &mut *self.log.0.borrow_mut();
        log.slices = slices.iter().map(|slice| slice.as_ptr()).collect();
        let slices: Vec<&[u8]> = slices.iter().map(|slice| &**slice).collect();
        let mut bytes = slices.concat();
        match self.fault {
            Some((written, Some(kind))) if log.written.len() == written => {
                self.fault = None;
                return Err(kind.into());
            }
            Some((written, error)) => {
                bytes.truncate(written - log.written.len());
                if error.is_none() {
                    self.fault = None;
                }
            }
            None => {}
        }
        log.written.extend(&bytes);
        let count = bytes.len();
        log.calls.push(Call::Write(bytes));
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(kind) = self.flush.take() {
            return Err(kind.into());
        }
        let log = &mut *self.log.0.borrow_mut();
        log.flushed = log.written.len();
        Ok(())
    }
}

/// A stream to read from and one to write to, for the two halves of a connection.
#[derive(Debug)]
pub(crate) struct Halves<S>(RefCell<S>, RefCell<S>);

impl<S> Halves<S> {
    pub(crate) const fn new(reading: S, writing: S) -> Self {
        Self(RefCell::new(reading), RefCell::new(writing))
    }
}

macro_rules! impl_halves {
    ($($of:ty),*) => {
        $(impl<S: Read> Read for $of {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0.borrow_mut().read(buffer)
            }
        }

        impl<S: Write> Write for $of {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.1.borrow_mut().write(bytes)
            }

            fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
                self.1.borrow_mut().write_vectored(slices)
            }

            fn flush(&mut self) -> io::Result<()> {
                self.1.borrow_mut().flush()
            }
        }

        impl<S: Socket> Socket for $of {
            fn has_timeouts(&self) -> bool {
                self.0.borrow().has_timeouts()
            }

            fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
                self.0.borrow_mut().set_read_timeout(timeout)
            }

            fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
                self.1.borrow_mut().set_write_timeout(timeout)
            }

            fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
                self.0.borrow_mut().set_nonblocking(nonblocking)
            }

            fn shutdown_write(&mut self) -> io::Result<()> {
                self.0.borrow_mut().shutdown_write()
            }
        })*
    };
}

impl_halves!(Halves<S>, &Halves<S>);
