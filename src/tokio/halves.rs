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
    transport::Transport,
    waiting::Side,
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
    session::Delivery,
};

/// The half of a connection that reads, for one task.
///
/// It also answers Pings and Close frames, keeps the timeouts, and writes what was fed to the
/// other half.
#[derive(Debug)]
pub struct ReadHalf<S> {
    reader: Reader,
    shared: Shared<S>,
    subprotocol: Subprotocol,
}

/// The half of a connection that writes, for one task.
///
/// [`send`](Self::send) hands a message to the transport before it returns. Several messages travel
/// together by [`feed`](Self::feed) and then [`flush`](Self::flush); what was only fed leaves as soon
/// as the task of the other half runs, and when this half is dropped.
///
/// What the half that reads owes the peer leaves without it. It goes on to work when the other half
/// is dropped, but then nobody answers the peer, and the timeouts are not kept.
#[derive(Debug)]
pub struct WriteHalf<S> {
    shared: Shared<S>,
}

/// A half's share of the stream, under a lock that is held for one poll at a time. The halves wake
/// each other as two tasks do that share a whole socket.
#[derive(Debug)]
struct Shared<S>(Arc<Mutex<Transport<S>>>);

impl<S> Shared<S> {
    fn lock(&self) -> MutexGuard<'_, Transport<S>> {
        // The queue is whole frames at any time, whatever a task panicked at.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closer(&self) -> Closer {
        Closer::new(self.lock().share())
    }
}

impl<S> Access for Shared<S> {
    type Stream = S;

    fn transport(&mut self) -> impl DerefMut<Target = Transport<S>> {
        self.lock()
    }
}

impl<S> Drop for Shared<S> {
    /// Makes one attempt to write what is queued, and leaves the rest to the task of the other half:
    /// nobody else may come to flush it.
    fn drop(&mut self) {
        let mut transport = self.lock();
        if !transport.writing().is_settled() {
            transport.write_now();
            transport.wake(Side::Reader);
            transport.wake(Side::Writer);
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// Splits the connection into a half for a task that writes and one for a task that reads, in the
    /// order of `StreamExt::split`. [`ReadHalf::reunite`] puts them together again.
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
        let (reader, mut transport) = self.into_sides();
        let subprotocol = transport.subprotocol().into();
        // Each half has a task of its own from now on.
        transport.share();
        let shared = Arc::new(Mutex::new(transport));
        let write_half = WriteHalf { shared: Shared(Arc::clone(&shared)) };
        (write_half, ReadHalf { reader, shared: Shared(shared), subprotocol })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> ReadHalf<S> {
    /// Waits for the next message. `None`: the peer has closed the connection, see
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

    /// Waits for the next message and lends it. `None`: the peer has closed the connection, see
    /// [`WebSocket::recv`].
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
        if !is_there && !poll_fn(|cx| reader.poll_message(cx, &mut shared.lock())).await? {
            return Ok(None);
        }
        match reader.reading().message() {
            Ok(message) => Ok(Some(message)),
            Err(mut invalid) => drive(&mut invalid, shared).await.map(|_| None),
        }
    }

    /// Waits for some of a message and lends it, see [`WebSocket::read_chunk`].
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`].
    ///
    /// # Cancel safety
    ///
    /// As for [`WebSocket::recv`].
    pub async fn read_chunk(&mut self) -> Result<Option<Chunk<'_>>, Error> {
        let Self { reader, shared, .. } = self;
        if !poll_fn(|cx| reader.poll_chunk(cx, &mut shared.lock())).await? {
            return Ok(None);
        }
        Ok(Some(reader.reading().chunk()))
    }

    /// Closes the connection from this half, see [`WebSocket::close`]. Messages that still come are
    /// thrown away.
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
    /// Returns the subprotocol that the handshake agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.name()
    }

    /// Returns how the connection ended; `None` while it is open.
    #[must_use]
    pub fn close_info(&self) -> Option<CloseInfo> {
        self.reader.reading_ref().close_info(self.shared.lock().writing())
    }

    /// Returns counts and the age of the connection, see [`WebSocket::stats`].
    #[cfg(feature = "stats")]
    #[must_use]
    pub fn stats(&self) -> Stats {
        let transport = self.shared.lock();
        self.reader.reading_ref().stats(transport.clock(), transport.writing())
    }

    /// Returns how long the peer took to answer the last Ping of the keepalive.
    #[must_use]
    pub fn ping_latency(&self) -> Option<Duration> {
        self.reader.reading_ref().ping_latency()
    }

    /// Returns a handle with which any task can close or abort the connection.
    #[must_use]
    pub fn closer(&self) -> Closer {
        self.shared.closer()
    }

    /// Puts the halves together again.
    ///
    /// # Errors
    ///
    /// [`ReuniteError`]: the halves are not of the same connection.
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
    /// A [`CloseFrame`] begins the closing handshake. The half that reads brings it to its end,
    /// within the limit of [`Timeouts::close`](crate::connection::Timeouts::close).
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
    /// [`Writer::feed`](super::Writer::feed). The half that reads writes what was fed before it waits,
    /// and is woken for that if it waits already.
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

    /// Writes all that is queued.
    ///
    /// # Errors
    ///
    /// As for [`Writer::flush`](super::Writer::flush).
    ///
    /// # Cancel safety
    ///
    /// Can be awaited again.
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.shared.lock().poll_flush(cx)).await
    }
}

impl<S> WriteHalf<S> {
    /// Sets which messages are compressed from the next one on, see
    /// [`Sender::set_compression`](crate::connection::Sender::set_compression).
    #[cfg(feature = "deflate")]
    pub fn set_compression(&mut self, compression: Compression) {
        self.shared.lock().writing_mut().sender_mut().set_compression(compression);
    }

    /// Returns counts and the age of the connection, see [`WebSocket::stats`]. What was received
    /// is counted up to when the other half last asked for input.
    #[cfg(feature = "stats")]
    #[must_use]
    pub fn stats(&self) -> Stats {
        let transport = self.shared.lock();
        transport.writing().stats(transport.clock())
    }

    /// Returns how many bytes wait to be written, as `bufferedAmount` of a browser does.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.shared.lock().writing().waiting()
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
        self.reader.reading_ref().is_ended()
    }
}

/// As for [`WebSocket`]. The half that reads waits for the peer's answer to a Close frame.
impl<S: AsyncWrite + Unpin> Sink<OwnedMessage> for WriteHalf<S> {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.lock().poll_room(cx)
    }

    fn start_send(self: Pin<&mut Self>, message: OwnedMessage) -> Result<(), Error> {
        Ok(self.shared.lock().queue_now(message)?)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.lock().poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.shared.lock().poll_close(cx)
    }
}
