//! A transport in memory, for `peers` and `instructions`.

#![allow(dead_code, reason = "each of them uses a part of it")]

use std::hint::black_box;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A transport that never waits: it gives the same bytes again and again, and takes all that is
/// written.
#[derive(Clone)]
pub(crate) struct Memory {
    wire: Arc<[u8]>,
    at: usize,
    /// The most that a read gives.
    read_len: usize,
    /// Whether the bytes come again after the last one.
    repeats: bool,
    written: Option<Written>,
}

/// The bytes that a transport has taken.
pub(crate) type Written = Arc<Mutex<Vec<u8>>>;

impl Memory {
    /// At most `read_len` bytes at a time.
    pub(crate) fn repeating(wire: Vec<u8>, read_len: usize) -> Self {
        Self { wire: wire.into(), at: 0, read_len, repeats: true, written: None }
    }

    /// Whoever reads on after the last byte waits.
    pub(crate) fn once(wire: Vec<u8>) -> Self {
        Self { wire: wire.into(), at: 0, read_len: usize::MAX, repeats: false, written: None }
    }

    /// Keeps what is written.
    pub(crate) fn record(&mut self) -> Written {
        self.written.insert(Written::default()).clone()
    }

    fn next(&mut self, room: usize) -> Option<&[u8]> {
        let rest = &self.wire[self.at..];
        let bytes = &rest[..room.min(self.read_len).min(rest.len())];
        if bytes.is_empty() {
            return None;
        }
        self.at += bytes.len();
        if self.repeats && self.at == self.wire.len() {
            self.at = 0;
        }
        Some(bytes)
    }

    fn take(&mut self, bytes: &[u8]) {
        if let Some(written) = &self.written {
            written.lock().expect("no writer panics").extend_from_slice(bytes);
        }
    }
}

impl Read for Memory {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let bytes = self.next(room.len()).ok_or(ErrorKind::WouldBlock)?;
        room[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take(bytes);
        Ok(black_box(bytes).len())
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        for slice in slices {
            self.take(slice);
        }
        Ok(black_box(slices).iter().map(|slice| slice.len()).sum())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Memory {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.next(room.remaining()) {
            Some(bytes) => {
                room.put_slice(bytes);
                Poll::Ready(Ok(()))
            }
            None => Poll::Pending,
        }
    }
}

impl AsyncWrite for Memory {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.write(bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.write_vectored(slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// How often a future may yield before it counts as waiting.
const YIELDS: usize = 1_000_000;

/// Returns the output of a future that waits for nothing. It may yield, to be polled again at once.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    unless_it_waits(future).expect("memory never makes anybody wait")
}

/// Returns the output of a future, or `None` if it waits.
pub(crate) fn unless_it_waits<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..YIELDS {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
    }
    None
}
