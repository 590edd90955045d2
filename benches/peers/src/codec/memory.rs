use std::hint::black_box;
use std::io::{self, IoSlice, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use sansocket::frame::OpCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::codec::case::{Case, Payload};
use crate::wire;

/// How much is read before the same bytes come again: what a cache holds.
const WIRE_LEN: usize = 256 << 10;

/// A transport that never waits: it reads the same messages again and again, as many bytes at a
/// time as there is room for, and takes all that is written.
pub struct Memory {
    wire: Vec<u8>,
    at: usize,
}

impl Memory {
    /// The peer is a client that sends the messages of the case.
    pub fn of(case: &Case) -> Self {
        let opcode = match case.payload {
            Payload::Text(_) => OpCode::Text,
            Payload::Binary(_) => OpCode::Binary,
        };
        let frame = wire::message(opcode, case.payload.as_bytes());
        Self { wire: frame.repeat(WIRE_LEN.div_ceil(frame.len())), at: 0 }
    }

    fn next(&mut self, room: usize) -> &[u8] {
        let rest = &self.wire[self.at..];
        let bytes = &rest[..room.min(rest.len())];
        self.at = (self.at + bytes.len()) % self.wire.len();
        bytes
    }
}

impl Read for Memory {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let bytes = self.next(room.len());
        room[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(black_box(bytes).len())
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
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
        room.put_slice(self.next(room.remaining()));
        Poll::Ready(Ok(()))
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
