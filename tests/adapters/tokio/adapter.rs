//! The async adapter with the interface of the blocking one, over streams that never wake a task:
//! every future is polled once, and dropped if it is not ready. So the tests for every adapter drop
//! each future at each of its polls.

use std::future::Future;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::pin::{Pin, pin};
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use sansocket::blocking::Socket;
use sansocket::buffered::Parts;
use sansocket::connection::Connection;
use sansocket::{
    Chunk, CloseCode, CloseInfo, Error, Message, Options, OwnedMessage, Sendable, tokio as adapter,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::{Builder, Runtime};

use crate::faulty::Faulty;
use crate::flood::Flood;
use crate::script::Script;

/// The error of a future that would have to wait.
pub(crate) const RETRY: &[ErrorKind] = &[ErrorKind::WouldBlock];

/// Timers that never fire.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
});

#[derive(Debug)]
pub(crate) struct WebSocket<S>(adapter::WebSocket<S>);

#[derive(Debug)]
pub(crate) struct Writer<'w, S>(adapter::Writer<'w, S>);

pub(crate) fn open(stream: Faulty, connection: Connection) -> WebSocket<Faulty> {
    WebSocket::from_upgraded(stream, connection, Vec::new(), &Options::default())
}

/// Timeouts work over any stream.
pub(crate) const fn limited(socket: WebSocket<Script>) -> WebSocket<Script> {
    socket
}

/// Returns whether nothing more can be sent once the connection is taken apart.
pub(crate) fn ends_apart(socket: WebSocket<Script>) -> bool {
    let parts = socket.0.into_parts();
    parts.connection.sender.is_closed() && parts.write_buffer.unwritten().is_empty()
}

/// Polls the future until it is ready, since the stream would be lost with it.
pub(crate) fn connect(stream: Faulty) -> Result<WebSocket<Faulty>, Error> {
    let connected = adapter::Connector::new().connect_over(stream, "localhost", "/");
    RUNTIME.block_on(connected).map(|(socket, _)| WebSocket(socket))
}

/// As [`connect`].
pub(crate) fn accept(stream: Faulty) -> Result<WebSocket<Faulty>, Error> {
    let accepted = adapter::Acceptor::new().accept_over(stream);
    RUNTIME.block_on(accepted).map(WebSocket)
}

/// Polls a future once, and drops it.
fn once<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let _entered = RUNTIME.enter();
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(Error::Io(ErrorKind::WouldBlock.into())),
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    pub(crate) fn from_upgraded(
        stream: S,
        connection: Connection,
        unread: Vec<u8>,
        options: &Options,
    ) -> Self {
        let _entered = RUNTIME.enter();
        Self(adapter::WebSocket::from_upgraded(stream, connection, unread, options))
    }

    pub(crate) fn recv(&mut self) -> Result<Option<OwnedMessage>, Error> {
        once(self.0.recv())
    }

    pub(crate) fn read(&mut self) -> Result<Option<(Message<'_>, Writer<'_, S>)>, Error> {
        let next = once(self.0.read())?;
        Ok(next.map(|(message, writer)| (message, Writer(writer))))
    }

    pub(crate) fn read_chunk(&mut self) -> Result<Option<(Chunk<'_>, Writer<'_, S>)>, Error> {
        let next = once(self.0.read_chunk())?;
        Ok(next.map(|(chunk, writer)| (chunk, Writer(writer))))
    }

    pub(crate) fn send(&mut self, item: impl Sendable) -> Result<(), Error> {
        once(self.0.send(item))
    }

    pub(crate) fn feed(&mut self, item: impl Sendable) -> Result<(), Error> {
        once(self.0.feed(item))
    }

    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        once(self.0.flush())
    }

    pub(crate) fn queued(&self) -> usize {
        self.0.queued()
    }

    pub(crate) fn has_message(&self) -> bool {
        self.0.has_message()
    }

    pub(crate) fn close(&mut self, code: CloseCode, reason: &str) -> Result<CloseInfo, Error> {
        once(self.0.close(code, reason))
    }

    pub(crate) fn close_info(&self) -> Option<CloseInfo> {
        self.0.close_info()
    }

    pub(crate) fn into_parts(self) -> Parts<S> {
        self.0.into_parts()
    }

    pub(crate) fn from_parts(parts: Parts<S>, options: &Options) -> Self {
        let _entered = RUNTIME.enter();
        Self(adapter::WebSocket::from_parts(parts, options))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Writer<'_, S> {
    pub(crate) fn send(&mut self, item: impl Sendable) -> Result<(), Error> {
        once(self.0.send(item))
    }

    pub(crate) fn feed(&mut self, item: impl Sendable) -> Result<(), Error> {
        once(self.0.feed(item))
    }
}

/// Converts the result of a nonblocking call. The stream is ready for another call at once.
fn poll_of<T>(cx: &Context<'_>, result: io::Result<T>) -> Poll<io::Result<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
        result => Poll::Ready(result),
    }
}

/// Makes a stream that does not block an async one.
macro_rules! impl_async {
    ($stream:ty) => {
        impl AsyncRead for $stream {
            fn poll_read(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                let result = Read::read(&mut *self, buffer.initialize_unfilled());
                poll_of(cx, result.map(|count| buffer.advance(count)))
            }
        }

        impl AsyncWrite for $stream {
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                poll_of(cx, self.write(bytes))
            }

            fn poll_write_vectored(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                slices: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                poll_of(cx, self.write_vectored(slices))
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                poll_of(cx, self.flush())
            }

            fn poll_shutdown(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                poll_of(cx, self.shutdown_write())
            }
        }
    };
}

impl_async!(Script);
impl_async!(Faulty);
impl_async!(Flood);
