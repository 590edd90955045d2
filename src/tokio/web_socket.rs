use alloc::{boxed::Box, vec::Vec};
use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use ::tokio::io::{AsyncRead, AsyncWrite};
use futures_core::{FusedStream, Stream};
use futures_sink::Sink;

use super::{
    Closer, Writer,
    reader::{Reader, drive},
    transport::Transport,
    writer::send,
};
#[cfg(feature = "deflate")]
use crate::deflate::{Compression, Params};
#[cfg(feature = "stats")]
use crate::session::Stats;
use crate::{
    adapter::{Error, Log, Options, Subprotocol},
    buffered::{Message, OwnedMessage, Parts, Sendable},
    close::{CloseCode, CloseFrame, CloseInfo},
    connection::{Chunk, Connection},
    session::{Delivery, Reading, Session},
};

/// A WebSocket connection over an async stream.
///
/// Created by [`Acceptor`](super::Acceptor) or [`Connector`](super::Connector), or by
/// [`from_upgraded`](Self::from_upgraded) over a stream after the handshake.
///
/// There are two ways to read. [`recv`](Self::recv) returns owned messages. [`read`](Self::read)
/// returns messages borrowed from the read buffer (zero-copy), with a [`Writer`] to answer, and
/// allocates nothing. Reading also answers Pings, enforces timeouts and does the closing handshake,
/// so keep reading until the end, or split the connection and read in a task.
///
/// [`send`](Self::send) writes a message to the transport before it returns. [`feed`](Self::feed)
/// only queues it, so that it is sent together with others before the connection next waits for its
/// peer; [`Writer`] lists when the queue is written.
///
/// Every future may be dropped at any time, for example in a `select!`, and the next call
/// continues; each method documents what that means. The socket is as small as a pointer, and its
/// futures are not much larger.
///
/// ```no_run
/// # #[cfg(feature = "net")]
/// # async fn serve(stream: tokio::net::TcpStream) -> Result<(), sansocket::Error> {
/// let mut socket = sansocket::tokio::WebSocket::accept(stream).await?;
/// while let Some(message) = socket.recv().await? {
///     socket.feed(message).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct WebSocket<S> {
    pub(super) inner: Box<Inner<S>>,
}

/// Two fields that are borrowed separately: a message is borrowed from one while the answer goes to
/// the other.
#[derive(Debug)]
pub(super) struct Inner<S> {
    pub(super) reader: Reader,
    pub(super) transport: Transport<S>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// Creates a connection whose handshake was done elsewhere. Only the timeouts of the options
    /// are used; the limits are those of `connection`.
    ///
    /// `unread` holds bytes that were read after the handshake.
    pub fn from_upgraded(
        stream: S,
        connection: Connection,
        unread: Vec<u8>,
        options: &Options,
    ) -> Self {
        Self::from_parts(Parts::upgraded(stream, connection, unread), options)
    }

    /// Reassembles a connection from the result of [`into_parts`](Self::into_parts).
    pub fn from_parts(parts: Parts<S>, options: &Options) -> Self {
        let log = Log::upgraded(parts.connection.role());
        Self::upgraded(parts, options, Subprotocol::default(), log)
    }

    pub(crate) fn upgraded(
        parts: Parts<S>,
        options: &Options,
        subprotocol: Subprotocol,
        log: Log,
    ) -> Self {
        let (stream, session) = Session::from_parts(parts, options.timeouts, options.write_timeout);
        Self::opened(session.reading, Transport::new(stream, session.writing, log), subprotocol)
    }

    /// Waits for the next message. Returns `None` if the peer has closed the connection;
    /// [`close_info`](Self::close_info) returns how. That does not change if the transport breaks
    /// after the peer's Close frame.
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`]: the peer broke a rule or a limit, and got a Close frame with the
    /// reason. [`Error::ConnectionLost`]: the peer left without a Close frame. [`Error::Io`]: the
    /// stream failed. [`Error::Timeout`]: a timeout has passed. In each case the connection has
    /// ended on both sides.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime whose timers are enabled, unless no timeout is set.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, nothing is lost or duplicated: what was read of a message is kept.
    #[inline]
    pub fn recv(
        &mut self,
    ) -> impl Future<Output = Result<Option<OwnedMessage>, Error>> + use<'_, S> {
        let Inner { reader, transport } = &mut *self.inner;
        poll_fn(|cx| reader.poll_recv(cx, transport))
    }

    /// Waits for the next message and borrows it from the read buffer, with a [`Writer`] that can
    /// send meanwhile. Returns `None` if the peer has closed the connection, see
    /// [`recv`](Self::recv).
    ///
    /// ```no_run
    /// # #[cfg(feature = "net")]
    /// # async fn serve(stream: tokio::net::TcpStream) -> Result<(), sansocket::Error> {
    /// let mut socket = sansocket::tokio::WebSocket::accept(stream).await?;
    /// while let Some((message, mut writer)) = socket.read().await? {
    ///     writer.feed(message).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// As for [`recv`](Self::recv).
    #[inline]
    pub async fn read(&mut self) -> Result<Option<(Message<'_>, Writer<'_, S>)>, Error> {
        // The usual case needs no future of its own, and keeps nothing across a wait.
        let is_there = self.inner.reader.advance_whole();
        if !is_there && !poll_fn(|cx| self.poll_message(cx)).await? {
            return Ok(None);
        }
        let Inner { reader, transport } = &mut *self.inner;
        match reader.reading.message() {
            Ok(message) => Ok(Some((message, Writer::new(transport)))),
            // Boxed, since it is rare: tasks do not keep space for it.
            Err(mut invalid) => Box::pin(drive(&mut invalid, transport)).await.map(|_| None),
        }
    }

    /// Waits for the next chunk of a message and borrows it: for messages that are too large to
    /// hold, or to pass on as they arrive. Returns `None` if the peer has closed the connection,
    /// see [`recv`](Self::recv).
    ///
    /// After the first chunk of a message, [`recv`](Self::recv) and [`read`](Self::read) skip the
    /// rest. [`Limits::max_message_len`](crate::connection::Limits::max_message_len) still applies
    /// to the whole message.
    ///
    /// # Errors
    ///
    /// As for [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// As for [`recv`](Self::recv).
    pub async fn read_chunk(&mut self) -> Result<Option<(Chunk<'_>, Writer<'_, S>)>, Error> {
        let Inner { reader, transport } = &mut *self.inner;
        let chunk = reader.read_chunk(transport).await?;
        Ok(chunk.map(|chunk| (chunk, Writer::new(transport))))
    }

    /// Sends a message, or anything else that is [`Sendable`], see [`Writer::send`].
    ///
    /// ```no_run
    /// use sansocket::{Chunk, CloseCode, CloseFrame, MessageKind, Ping};
    ///
    /// # async fn run(mut socket: sansocket::tokio::WebSocket<tokio::net::TcpStream>) -> Result<(), sansocket::Error> {
    /// socket.send("text").await?;
    /// socket.send(Chunk::more(MessageKind::Binary, b"of a longer message")).await?;
    /// socket.send(Ping(b"in between")).await?;
    /// socket.send(Chunk::last(MessageKind::Binary, b", the end of it")).await?;
    /// socket.send(CloseFrame { code: CloseCode::NORMAL, reason: "bye" }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`].
    ///
    /// # Cancel safety
    ///
    /// As for [`Writer::send`].
    #[inline]
    pub fn send<M: Sendable>(
        &mut self,
        item: M,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, S, M> {
        send(&mut self.inner.transport, item, Delivery::Written)
    }

    /// Queues a message, or anything else that is [`Sendable`], see [`Writer::feed`].
    ///
    /// # Errors
    ///
    /// As for [`Writer::feed`].
    ///
    /// # Cancel safety
    ///
    /// As for [`Writer::feed`].
    pub fn feed<M: Sendable>(
        &mut self,
        item: M,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, S, M> {
        send(&mut self.inner.transport, item, Delivery::Queued)
    }

    /// Sets which messages are compressed from the next one on, see
    /// [`Sender::set_compression`](crate::connection::Sender::set_compression).
    #[cfg(feature = "deflate")]
    pub fn set_compression(&mut self, compression: Compression) {
        self.inner.transport.writing.sender_mut().set_compression(compression);
    }

    /// Returns the negotiated parameters of compression, if there are any.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflate(&self) -> Option<Params> {
        self.inner.transport.writing.sender().deflate()
    }

    /// Writes everything that is queued.
    ///
    /// # Errors
    ///
    /// As for [`Writer::flush`].
    ///
    /// # Cancel safety
    ///
    /// Can be awaited again.
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.inner.transport.poll_write(cx, Transport::flush)).await
    }

    /// Returns how many bytes wait to be written, like `bufferedAmount` in a browser: what was
    /// [fed](Self::feed), and what the stream has not accepted yet.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.inner.transport.writing.waiting()
    }

    /// Returns whether the next message has been received in full, so that the next `read` or `recv` returns
    /// without waiting. A message in several frames, or after a control frame, does not count.
    #[must_use]
    pub fn has_message(&self) -> bool {
        self.inner.reader.reading.has_message()
    }

    /// Closes the connection: writes the queue and a Close frame, waits for the peer's Close frame,
    /// and ends the transport. Messages that arrive meanwhile are discarded; to receive them,
    /// [`send`](Self::send) a [`CloseFrame`] and keep reading.
    ///
    /// Returns how the connection ended, even if the peer had already closed it.
    ///
    /// # Errors
    ///
    /// As for [`recv`](Self::recv), and [`Error::Send`] for an invalid code or reason.
    ///
    /// # Cancel safety
    ///
    /// Once polled, the Close frame is sent or queued. Call it again, or keep reading.
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<CloseInfo, Error> {
        let Inner { reader, transport } = &mut *self.inner;
        reader.close(transport, CloseFrame { code, reason }).await
    }

    /// Returns a handle with which any task can close or abort the connection.
    pub fn closer(&mut self) -> Closer {
        Closer::new(self.inner.transport.tasks.share())
    }

    /// Returns how the connection ended; `None` while it is open.
    #[must_use]
    pub fn close_info(&self) -> Option<CloseInfo> {
        self.inner.reader.reading.close_info(&self.inner.transport.writing)
    }

    /// Returns counts of messages, bytes, Pings and Pongs in both directions, of what is queued, and the
    /// age of the connection.
    #[cfg(feature = "stats")]
    #[must_use]
    pub fn stats(&self) -> Stats {
        let Inner { reader, transport } = &*self.inner;
        reader.reading.stats(transport.clock(), &transport.writing)
    }

    /// Returns how long the peer took to answer the last Ping of the keepalive.
    #[must_use]
    pub fn ping_latency(&self) -> Option<Duration> {
        self.inner.reader.reading.ping_latency()
    }

    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Error>> {
        let Inner { reader, transport } = &mut *self.inner;
        reader.poll(cx, transport, Reading::next)
    }
}

impl<S> WebSocket<S> {
    /// Returns the negotiated subprotocol.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.inner.transport.subprotocol.name()
    }

    /// Returns the underlying stream.
    #[must_use]
    pub fn get_ref(&self) -> &S {
        self.inner.transport.stream()
    }

    /// Takes the connection apart. No byte is lost: input and queued output are in the parts. After
    /// a failed write, half a frame may have been sent, and nothing can follow it. Then the sender
    /// in the parts is closed.
    #[must_use]
    pub fn into_parts(self) -> Parts<S> {
        let Inner { reader, transport } = *self.inner;
        transport.log.taken_apart();
        let (stream, writing) = transport.into_parts();
        Session { reading: reader.reading, writing }.into_parts(stream)
    }

    pub(super) fn from_sides(reader: Reader, transport: Transport<S>) -> Self {
        Self { inner: Box::new(Inner { reader, transport }) }
    }

    /// Completes a connection that has just opened.
    pub(super) fn opened(
        reading: Reading,
        mut transport: Transport<S>,
        subprotocol: Subprotocol,
    ) -> Self {
        transport.log.opened(subprotocol.name().is_some(), &transport.writing);
        transport.subprotocol = subprotocol;
        Self::from_sides(Reader::new(reading), transport)
    }
}

/// The messages that [`WebSocket::recv`] returns. The stream ends when the peer has closed the
/// connection, or after an error.
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for WebSocket<S> {
    type Item = Result<OwnedMessage, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Inner { reader, transport } = &mut *self.inner;
        reader.poll_next(cx, transport)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> FusedStream for WebSocket<S> {
    fn is_terminated(&self) -> bool {
        self.inner.reader.reading.is_ended()
    }
}

/// Items are queued, and written by a flush. Closing sends a Close frame with code 1000, unless one
/// was sent before, for example by a [`Closer`] with another code. Keep reading for the peer's
/// answer.
///
/// There is a single item type, so that `sink.send("text".into())` and `sink.close()` need no type
/// annotation. For everything else that is [`Sendable`], use the methods of the socket and its
/// halves.
impl<S: AsyncRead + AsyncWrite + Unpin> Sink<OwnedMessage> for WebSocket<S> {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.transport.poll_write(cx, Transport::room)
    }

    fn start_send(mut self: Pin<&mut Self>, message: OwnedMessage) -> Result<(), Error> {
        Ok(self.inner.transport.queue_now(message)?)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.transport.poll_write(cx, Transport::flush)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.transport.poll_write(cx, Transport::close)
    }
}

#[cfg(all(test, feature = "net", target_pointer_width = "64"))]
mod tests {
    use core::mem::size_of;

    use ::tokio::net::TcpStream;

    use super::{Error, Inner, WebSocket};

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn a_connection_is_small() {
        assert_eq!(size_of::<WebSocket<TcpStream>>(), 8);
        // 24 for compression, 8 for a runtime with several threads, 104 for counts, 8 for what is logged.
        let counts = if cfg!(feature = "stats") { 104 } else { 0 };
        let log = if cfg!(feature = "tracing") { 8 } else { 0 };
        let len = size_of::<Inner<TcpStream>>();
        assert!(len <= 488 + 24 + 8 + counts + log, "{len}");
        // The result of a read has room for it.
        assert!(size_of::<Error>() <= 24, "{}", size_of::<Error>());
    }
}
