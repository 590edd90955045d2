//! A stream that does as it is told, and keeps a log of what was asked of it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::rc::Rc;

/// What a stream was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Read,
    /// Holds what was taken.
    Write(Vec<u8>),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Rc<RefCell<Calls>>);

#[derive(Debug, Default)]
struct Calls {
    calls: Vec<Call>,
    written: Vec<u8>,
    slices: Vec<*const u8>,
}

impl Log {
    /// The calls since the last time.
    pub(crate) fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.0.borrow_mut().calls)
    }

    /// All that was ever written.
    pub(crate) fn written(&self) -> Vec<u8> {
        self.0.borrow().written.clone()
    }

    /// Where the slices begin that the last write was called with.
    pub(crate) fn slices(&self) -> Vec<*const u8> {
        self.0.borrow().slices.clone()
    }
}

/// A stream whose reads end one after the other as was said before, and whose first write does. By
/// default there is nothing to read, and everything is taken.
#[derive(Debug, Default)]
pub(crate) struct Script {
    reads: VecDeque<Vec<u8>>,
    write: Option<usize>,
    log: Log,
}

impl Script {
    pub(crate) fn log(&self) -> Log {
        self.log.clone()
    }

    /// The next read gets `bytes`, or as many as it has room for.
    pub(crate) fn read(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.reads.push_back(bytes.into());
        self
    }

    /// The first write takes at most `count` bytes.
    pub(crate) fn write(mut self, count: usize) -> Self {
        self.write = Some(count);
        self
    }
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(!buffer.is_empty(), "no room would be taken for the end");
        self.log.0.borrow_mut().calls.push(Call::Read);
        let mut bytes = self.reads.pop_front().ok_or(ErrorKind::WouldBlock)?;
        let rest = bytes.split_off(bytes.len().min(buffer.len()));
        buffer[..bytes.len()].copy_from_slice(&bytes);
        if !rest.is_empty() {
            self.reads.push_front(rest);
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
        let bytes = slices.iter().flat_map(|slice| slice.iter().copied());
        let taken: Vec<u8> = bytes
            .take(self.write.take().unwrap_or(usize::MAX))
            .collect();
        log.written.extend(&taken);
        let count = taken.len();
        log.calls.push(Call::Write(taken));
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
