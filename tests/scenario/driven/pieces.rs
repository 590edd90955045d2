//! A transport that moves bytes in pieces of given lengths.

use core::time::Duration;
use std::io::{self, ErrorKind};

use sansocket::Timestamp;

use super::driver::Transport;

/// The lengths of calls, repeated. A call with length zero would have to wait.
#[derive(Clone, Debug)]
pub(crate) struct Lens {
    lens: Vec<usize>,
    next: usize,
}

impl Lens {
    pub(crate) fn new(lens: &[usize]) -> Self {
        assert!(lens.iter().any(|len| *len > 0), "nothing would ever move");
        Self { lens: lens.into(), next: 0 }
    }

    fn next(&mut self) -> io::Result<usize> {
        let len = self.lens[self.next];
        self.next = (self.next + 1) % self.lens.len();
        if len == 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(len) }
    }
}

#[derive(Debug)]
pub(crate) struct Pieces {
    input: Vec<u8>,
    read: usize,
    pub(crate) written: Vec<u8>,
    flushed: usize,
    reads: Lens,
    writes: Lens,
    is_half_closed: bool,
    now: Timestamp,
}

impl Pieces {
    pub(crate) fn new(input: &[u8], reads: &[usize], writes: &[usize]) -> Self {
        Self {
            input: input.into(),
            read: 0,
            written: Vec::new(),
            flushed: 0,
            reads: Lens::new(reads),
            writes: Lens::new(writes),
            is_half_closed: false,
            now: Timestamp::default(),
        }
    }
}

impl Transport for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let unread = &self.input[self.read..];
        let count = self.reads.next()?.min(unread.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&unread[..count]);
        self.read += count;
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(!self.is_half_closed, "nothing follows the end");
        let count = self.writes.next()?.min(bytes.len());
        self.written.extend(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writes.next()?;
        self.flushed = self.written.len();
        Ok(())
    }

    fn half_close(&mut self) -> io::Result<()> {
        assert_eq!(self.flushed, self.written.len(), "all has left before the end");
        self.writes.next()?;
        self.is_half_closed = true;
        Ok(())
    }

    fn wait(&mut self, until: Timestamp) {
        self.now = until.min(self.now + Duration::from_millis(1));
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}
