use alloc::sync::Arc;
use core::{
    future::{Future, poll_fn},
    ops::DerefMut,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ::tokio::io::{AsyncRead, AsyncWrite};
use futures_core::{FusedStream, Stream};
use futures_sink::Sink;

use super::{
    Closer, WebSocket,
    access::Access,
    reader::{Reader, drive},
    tasks::Side,
    transport::Transport,
    web_socket::Inner,
    writer::send,
};
#[cfg(feature = "deflate")]
use crate::deflate::Compression;
#[cfg(feature = "stats")]
use crate::session::Stats;
use crate::{
    adapter::{Error, ReuniteError, Subprotocol},
    buffered::{Message, OwnedMessage, Sendable},
    close::{CloseCode, CloseFrame, CloseInfo},
    connection::Chunk,
    session::{Delivery, Reading},
};

/// The read half of a connection, for one task.
///
/// It also answers Pings and Close frames, enforces the timeouts, and writes what was fed to the
/// other half.
#[derive(Debug)]
pub struct ReadHalf<S> {
    reader: Reader,
    shared: Shared<S>,
    subprotocol: Subprotocol,
}

/// The write half of a connection, for one task.
///
/// [`send`](Self::send) writes a message to the transport before it returns. To send several
/// messages together, use [`feed`](Self::feed) and then [`flush`](Self::flush). Without a flush,
/// fed messages are written when the task of the other half next runs, and when this half is
/// dropped.
///
/// The read half sends its replies without the write half. The write half still works when the read
/// half is dropped, but then the peer gets no replies, and no timeouts are enforced.
#[derive(Debug)]
pub struct WriteHalf<S> {
    shared: Shared<S>,
}

/// A half's share of the stream, under a lock that is held for one poll at a time. The halves wake
/// each other like two tasks that share a whole socket.
#[derive(Debug)]
struct Shared<S>(Arc<Mutex<Transport<S>>>);

impl<S> Shared<S> {
    fn lock(&self) -> MutexGuard<'_, Transport<S>> {
        // The queue always has complete frames, wherever a task panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closer(&self) -> Closer {
        Closer::new(self.lock().tasks.share())
    }
}

impl<S: AsyncWrite + Unpin> Access for Shared<S> {
    type Stream = S;

    fn transport(&mut self) -> impl DerefMut<Target = Transport<S>> {
        self.lock()
    }
}

impl<S> Drop for Shared<S> {
    /// Makes one attempt to write the queue, and leaves the rest to the task of the other half,
    /// since perhaps nobody else flushes it.
    fn drop(&mut self) {
        let mut transport = self.lock();
        if !transport.writing.is_settled() {
            transport.write_now();
            transport.tasks.wake(Side::Reader);
            transport.tasks.wake(Side::Writer);
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// Splits the connection into a write half and a read half for two tasks, in the order of
    /// `StreamExt::split`. [`ReadHalf::reunite`] reunites them.
    ///
    /// ```no_run
    /// # async fn run(socket: sansocket::tokio::WebSocket<tokio::net::TcpStream>) -> Result<(), sansocket::Error> {
    /// let (mut writer, mut reader) = socket.split();
    /// tokio::spawn(async move { writer.send("whatever comes").await });
    /// while let Some(message) = reader.recv().await? {
    ///     println!("{message:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn split(self) -> (WriteHalf<S>, ReadHalf<S>) {
        let Inner { reader, mut transport } = *self.inner;
        let subprotocol = transport.subprotocol.name().into();
        // From now on each half has its own task.
        transport.tasks.share();
        let shared = Arc::new(Mutex::new(transport));
        let write_half = WriteHalf { shared: Shared(Arc::clone(&shared)) };
        (write_half, ReadHalf { reader, shared: Shared(shared), subprotocol })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> ReadHalf<S> {
    /// Waits for the next message. Returns `None` if the peer has closed the connection, see
    /// [`WebSocket::recv`].
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`].
    ///
    /// # Cancel safety
    ///
    /// As for [`WebSocket::recv`].
    pub fn recv(
        &mut self,
    ) -> impl Future<Output = Result<Option<OwnedMessage>, Error>> + use<'_, S> {
        poll_fn(|cx| self.reader.poll_recv(cx, &mut self.shared))
    }

    /// Waits for the next message and borrows it. Returns `None` if the peer has closed the
    /// connection, see [`WebSocket::recv`].
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`].
    ///
    /// # Cancel safety
    ///
    /// As for [`WebSocket::recv`].
    pub async fn read(&mut self) -> Result<Option<Message<'_>>, Error> {
        let Self { reader, shared, .. } = self;
        let is_there = reader.advance_whole();
        if !is_there && !poll_fn(|cx| reader.poll(cx, shared, Reading::next)).await? {
            return Ok(None);
        }
        match reader.reading.message() {
            Ok(message) => Ok(Some(message)),
            Err(mut invalid) => drive(&mut invalid, shared).await.map(|_| None),
        }
    }

    /// Waits for the next chunk of a message and borrows it, see [`WebSocket::read_chunk`].
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`].
    ///
    /// # Cancel safety
    ///
    /// As for [`WebSocket::recv`].
    pub async fn read_chunk(&mut self) -> Result<Option<Chunk<'_>>, Error> {
        self.reader.read_chunk(&mut self.shared).await
    }

    /// Closes the connection from this half, see [`WebSocket::close`]. Messages that arrive
    /// meanwhile are discarded.
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::close`].
    ///
    /// # Cancel safety
    ///
    /// As for [`WebSocket::close`].
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<CloseInfo, Error> {
        self.reader.close(&mut self.shared, CloseFrame { code, reason }).await
    }
}

impl<S> ReadHalf<S> {
    /// Returns the negotiated subprotocol.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.name()
    }

    /// Returns how the connection ended; `None` while it is open.
    #[must_use]
    pub fn close_info(&self) -> Option<CloseInfo> {
        self.reader.reading.close_info(&self.shared.lock().writing)
    }

    /// Returns counts and the age of the connection, see [`WebSocket::stats`].
    #[cfg(feature = "stats")]
    #[must_use]
    pub fn stats(&self) -> Stats {
        let transport = self.shared.lock();
        self.reader.reading.stats(transport.clock(), &transport.writing)
    }

    /// Returns how long the peer took to answer the last Ping of the keepalive.
    #[must_use]
    pub fn ping_latency(&self) -> Option<Duration> {
        self.reader.reading.ping_latency()
    }

    /// Returns a handle with which any task can close or abort the connection.
    #[must_use]
    pub fn closer(&self) -> Closer {
        self.shared.closer()
    }

    /// Reunites the halves.
    ///
    /// # Errors
    ///
    /// [`ReuniteError`]: the halves belong to different connections.
    #[expect(clippy::result_large_err, reason = "the halves are given back")]
    pub fn reunite(
        self,
        other: WriteHalf<S>,
    ) -> Result<WebSocket<S>, ReuniteError<Self, WriteHalf<S>>> {
        if !Arc::ptr_eq(&self.shared.0, &other.shared.0) {
            return Err(ReuniteError(self, other));
        }
        let transport = self.shared.lock().take();
        Ok(WebSocket::from_sides(self.reader, transport))
    }
}

impl<S: AsyncWrite + Unpin> WriteHalf<S> {
    /// Sends a message, or anything else that is [`Sendable`], and waits until it is written, see
    /// [`Writer::send`](super::Writer::send).
    ///
    /// A [`CloseFrame`] begins the closing handshake, which the read half completes within
    /// [`Timeouts::close`](crate::connection::Timeouts::close).
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    ///
    /// # Cancel safety
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn send<M: Sendable>(
        &mut self,
        item: M,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, S, M> {
        send(&mut self.shared, item, Delivery::Written)
    }

    /// Queues a message, or anything else that is [`Sendable`], see
    /// [`Writer::feed`](super::Writer::feed). The read half writes it before it waits, and is woken
    /// for that if it already waits.
    ///
    /// # Errors
    ///
    /// As for [`Writer::feed`](super::Writer::feed).
    ///
    /// # Cancel safety
    ///
    /// As for [`Writer::feed`](super::Writer::feed).
    pub fn feed<M: Sendable>(
        &mut self,
        item: M,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, S, M> {
        send(&mut self.shared, item, Delivery::Queued)
    }

    /// Writes everything that is queued.
    ///
    /// # Errors
    ///
    /// As for [`Writer::flush`](super::Writer::flush).
    ///
    /// # Cancel safety
    ///
    /// Can be awaited again.
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.shared.lock().poll_write(cx, Transport::flush)).await
    }
}

impl<S> WriteHalf<S> {
    /// Sets which messages are compressed from the next one on, see
    /// [`Sender::set_compression`](crate::connection::Sender::set_compression).
    #[cfg(feature = "deflate")]
    pub fn set_compression(&mut self, compression: Compression) {
        self.shared.lock().writing.sender_mut().set_compression(compression);
    }

    /// Returns counts and the age of the connection, see [`WebSocket::stats`]. What was received
    /// is counted up to the last time that the other half waited for input.
    #[cfg(feature = "stats")]
    #[must_use]
    pub fn stats(&self) -> Stats {
        let transport = self.shared.lock();
        transport.writing.stats(transport.clock())
    }

    /// Returns how many bytes wait to be written, like `bufferedAmount` in a browser.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.shared.lock().writing.waiting()
    }

    /// Returns a handle with which any task can close or abort the connection.
    #[must_use]
    pub fn closer(&self) -> Closer {
        self.shared.closer()
    }
}

/// As for [`WebSocket`].
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for ReadHalf<S> {
    type Item = Result<OwnedMessage, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { reader, shared, .. } = self.get_mut();
        reader.poll_next(cx, shared)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> FusedStream for ReadHalf<S> {
    fn is_terminated(&self) -> bool {
        self.reader.reading.is_ended()
    }
}

/// As for [`WebSocket`]. The read half waits for the peer's answer to a Close frame.
impl<S: AsyncWrite + Unpin> Sink<OwnedMessage> for WriteHalf<S> {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.lock().poll_write(cx, Transport::room)
    }

    fn start_send(self: Pin<&mut Self>, message: OwnedMessage) -> Result<(), Error> {
        Ok(self.shared.lock().queue_now(message)?)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.lock().poll_write(cx, Transport::flush)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.lock().poll_write(cx, Transport::close)
    }
}
