//! A stream whose peer has sent what it will send, for endpoints that want one.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::input::Input;

/// Gives the reads of an input; then more may come. What is written is kept.
pub struct Stream<'a> {
    reads: Box<dyn Iterator<Item = &'a [u8]> + 'a>,
    rest: &'a [u8],
    pub written: Vec<u8>,
}

impl<'a> Stream<'a> {
    pub fn new(input: &'a Input) -> Self {
        Self { reads: Box::new(input.reads()), rest: &[], written: Vec::new() }
    }

    fn next(&mut self, max_len: usize) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            self.rest = self.reads.next()?;
        }
        self.rest.split_off(..max_len.min(self.rest.len()))
    }
}

impl io::Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.next(buffer.len()).ok_or(io::ErrorKind::WouldBlock)?;
        buffer[..read.len()].copy_from_slice(read);
        Ok(read.len())
    }
}

impl io::Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Stream<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.next(buffer.remaining()) {
            Some(read) => {
                buffer.put_slice(read);
                Poll::Ready(Ok(()))
            }
            None => Poll::Pending,
        }
    }
}

impl AsyncWrite for Stream<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.written.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
