use alloc::vec::Vec;
use core::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::io;

use ::tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::timeout,
};

use super::{WebSocket, countdown::Countdown};
use crate::{
    buffered::{Parts, ReadBuffer, WriteBuffer},
    connection::{Connection, MAX_DRAIN},
    error::Error,
    handshake::HandshakeError,
    opening::client::refusal_or,
    options::Options,
};

/// A stream during the opening handshake.
pub(super) struct Opening<S> {
    stream: S,
    input: ReadBuffer,
    pub(super) out: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Opening<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, input: ReadBuffer::default(), out: Vec::new() }
    }

    /// All that was read.
    pub(super) fn input(&self) -> &[u8] {
        self.input.unread()
    }

    /// What was read, and where to append what is to be sent.
    pub(super) fn input_and_out(&mut self) -> (&[u8], &mut Vec<u8>) {
        (self.input.unread(), &mut self.out)
    }

    /// Takes `count` bytes off the front of what was read.
    pub(super) fn consume(&mut self, count: usize) {
        self.input.consume(count);
    }

    /// Writes all that is to be sent.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        while !self.out.is_empty() {
            let count = complete(|cx| Pin::new(&mut self.stream).poll_write(cx, &self.out)).await?;
            if count == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.out.drain(..count.min(self.out.len()));
        }
        complete(|cx| Pin::new(&mut self.stream).poll_flush(cx)).await
    }

    /// Reads more. `false`: the stream has ended.
    pub(super) async fn read(&mut self) -> io::Result<bool> {
        let count = read(&mut self.stream, self.input.unfilled()).await?;
        self.input.filled(count);
        Ok(count > 0)
    }

    /// Reads more of a response. `so_far` is what the handshake failed with if nothing more comes.
    pub(super) async fn read_or(
        &mut self,
        countdown: Countdown,
        so_far: impl FnOnce(&[u8]) -> HandshakeError,
    ) -> Result<(), Error> {
        match countdown.bound(self.read()).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(so_far(self.input()).into()),
            Err(failure) => Err(refusal_or(failure, so_far(self.input()))),
        }
    }

    /// Writes the refusal, and ends the stream: half-closed and drained, so that the refusal is not
    /// lost to a reset.
    pub(super) async fn refuse(mut self, limit: Duration) {
        // What counts is why it was refused.
        let _ = timeout(limit, async {
            self.flush().await?;
            complete(|cx| Pin::new(&mut self.stream).poll_shutdown(cx)).await?;
            let mut drained = 0;
            while drained < MAX_DRAIN {
                match read(&mut self.stream, self.input.unfilled()).await? {
                    0 => break,
                    count => drained = drained.saturating_add(count),
                }
            }
            Ok::<(), io::Error>(())
        })
        .await;
    }

    /// Goes over to frames, which begin where the input now does.
    pub(super) fn finish(
        self,
        connection: Connection,
        subprotocol: Option<&str>,
        options: &Options,
    ) -> WebSocket<S> {
        let Self { stream, input: read_buffer, .. } = self;
        let write_buffer = WriteBuffer::default();
        let parts = Parts { stream, connection, read_buffer, write_buffer };
        WebSocket::new(parts, subprotocol, options)
    }
}

#[cfg(feature = "url")]
impl<S> Opening<S> {
    /// The same over what `wrap` makes of the stream.
    pub(super) fn map<T>(self, wrap: impl FnOnce(S) -> T) -> Opening<T> {
        Opening { stream: wrap(self.stream), input: self.input, out: self.out }
    }

    /// The stream alone.
    #[cfg(feature = "rustls")]
    pub(super) fn into_stream(self) -> S {
        self.stream
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin), room: &mut [u8]) -> io::Result<usize> {
    let mut buffer = ReadBuf::new(room);
    complete(|cx| Pin::new(&mut *stream).poll_read(cx, &mut buffer)).await?;
    Ok(buffer.filled().len())
}

/// Makes a call of a stream, and makes it again while it is interrupted.
async fn complete<T>(
    mut call: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>,
) -> io::Result<T> {
    loop {
        match poll_fn(&mut call).await {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
