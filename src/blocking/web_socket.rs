use alloc::vec::Vec;
use core::time::Duration;
use std::{io, net::TcpStream};

use super::{Writer, driver, transport::Transport};
#[cfg(feature = "stats")]
use crate::session::Stats;
use crate::{
    adapter::{Error, Log, Options, Subprotocol},
    buffered::{Message, OwnedMessage, Parts, Sendable},
    close::{CloseCode, CloseFrame, CloseInfo},
    connection::{Chunk, Connection},
    random::Seed,
    session::{Reading, Session},
    streams::{Socket, loopback},
};

/// A WebSocket connection over a stream that blocks.
///
/// Created by [`Acceptor`](super::Acceptor) or [`Connector`](super::Connector), or by
/// [`from_upgraded`](Self::from_upgraded) over a stream after the handshake.
///
/// There are two ways to read. [`recv`](Self::recv) returns owned messages. [`read`](Self::read)
/// returns messages borrowed from the read buffer (zero-copy), with a [`Writer`] to answer, and
/// allocates nothing. Reading also answers Pings and does the closing handshake, so keep reading
/// until the end, or split the connection and read in a thread.
///
/// [`send`](Self::send) writes a message to the transport before it returns. [`feed`](Self::feed)
/// only queues it, so that answers to messages that arrived together are sent together; [`Writer`]
/// lists when the queue is written.
///
/// ```no_run
/// # fn serve(stream: std::net::TcpStream) -> Result<(), sansocket::Error> {
/// let mut socket = sansocket::blocking::WebSocket::accept(stream)?;
/// while let Some(message) = socket.recv()? {
///     socket.feed(message)?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct WebSocket<S> {
    pub(super) reading: Reading,
    pub(super) transport: Transport<S>,
    pub(super) subprotocol: Subprotocol,
}

impl<S: Socket> WebSocket<S> {
    /// Creates a connection whose handshake was done elsewhere. Only the timeouts of the options
    /// are used; the limits are those of `connection`.
    ///
    /// `unread` holds bytes that were read after the handshake. The stream is made to block, and
    /// its timeouts are replaced. Wrap a stream without timeouts in [`Untimed`](super::Untimed).
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
        let Options { timeouts, write_timeout, .. } = *options;
        let write_timeout = write_timeout.filter(|_| parts.stream.has_timeouts());
        let log = Log::upgraded(parts.connection.role());
        let (stream, session) = Session::from_parts(parts, timeouts, write_timeout);
        let transport = Transport::over(stream, session.writing, log);
        Self::from_sides(session.reading, transport, Subprotocol::default())
    }

    pub(super) fn from_sides(
        reading: Reading,
        mut transport: Transport<S>,
        subprotocol: Subprotocol,
    ) -> Self {
        // The handshake timeout no longer limits reads. If the system refuses that, it also refuses
        // the next read.
        let _ = transport.stream.set_read_timeout(None);
        transport.log.opened(subprotocol.name().is_some(), &transport.out);
        Self { reading, transport, subprotocol }
    }

    /// Returns the negotiated subprotocol.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.name()
    }

    /// Waits for the next message. Returns `None` if the peer has closed the connection;
    /// [`close_info`](Self::close_info) has the code. That does not change if the transport breaks
    /// after the peer's Close frame, but [`was_clean`](CloseInfo::was_clean) is `false` if ours was
    /// not sent.
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`], [`Error::ConnectionLost`], [`Error::Timeout`], and [`Error::Io`] except
    /// for `WouldBlock` and `TimedOut`: the connection has ended without a Close frame from the
    /// peer. [`close_info`](Self::close_info) returns how.
    pub fn recv(&mut self) -> Result<Option<OwnedMessage>, Error> {
        driver::read(&mut self.reading, &mut self.transport, Reading::next, Reading::owned_message)
    }

    /// Waits for the next message and borrows it from the read buffer, with a writer to answer.
    /// Returns `None` if the peer has closed the connection, see [`recv`](Self::recv).
    ///
    /// ```no_run
    /// # fn serve(stream: std::net::TcpStream) -> Result<(), sansocket::Error> {
    /// let mut socket = sansocket::blocking::WebSocket::accept(stream)?;
    /// while let Some((message, mut writer)) = socket.read()? {
    ///     writer.feed(message)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`recv`](Self::recv).
    #[inline]
    pub fn read(&mut self) -> Result<Option<(Message<'_>, Writer<'_, S>)>, Error> {
        let Self { reading, transport, .. } = self;
        let message = driver::read(reading, transport, Reading::next, Reading::message)?;
        Ok(message.map(|message| (message, Writer { transport })))
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
    pub fn read_chunk(&mut self) -> Result<Option<(Chunk<'_>, Writer<'_, S>)>, Error> {
        let Self { reading, transport, .. } = self;
        let take = |reading| Ok(Reading::chunk(reading));
        let chunk = driver::read(reading, transport, Reading::next_chunk, take)?;
        Ok(chunk.map(|chunk| (chunk, Writer { transport })))
    }

    /// Sends a message, or anything else that is [`Sendable`], see [`Writer::send`].
    ///
    /// ```no_run
    /// use sansocket::{Chunk, CloseCode, CloseFrame, MessageKind, Ping};
    ///
    /// # fn run(mut socket: sansocket::blocking::WebSocket<std::net::TcpStream>) -> Result<(), sansocket::Error> {
    /// socket.send("text")?;
    /// socket.send(Chunk::more(MessageKind::Binary, b"of a longer message"))?;
    /// socket.send(Ping(b"in between"))?;
    /// socket.send(Chunk::last(MessageKind::Binary, b", the end of it"))?;
    /// socket.send(CloseFrame { code: CloseCode::NORMAL, reason: "bye" })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`].
    #[inline]
    pub fn send(&mut self, item: impl Sendable) -> Result<(), Error> {
        self.writer().send(item)
    }

    /// Queues a message, or anything else that is [`Sendable`], see [`Writer::feed`].
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`].
    pub fn feed(&mut self, item: impl Sendable) -> Result<(), Error> {
        self.writer().feed(item)
    }

    /// Sets which messages are compressed from the next one on, see
    /// [`Sender::set_compression`](crate::connection::Sender::set_compression).
    #[cfg(feature = "deflate")]
    pub fn set_compression(&mut self, compression: crate::deflate::Compression) {
        self.writer().set_compression(compression);
    }

    /// Returns the negotiated parameters of compression, if there are any.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflate(&self) -> Option<crate::deflate::Params> {
        self.transport.out.sender().deflate()
    }

    /// Writes everything that is queued.
    ///
    /// # Errors
    ///
    /// As for [`Writer::flush`].
    pub fn flush(&mut self) -> Result<(), Error> {
        self.writer().flush()
    }

    /// Returns how many bytes wait to be written, like `bufferedAmount` in a browser: what was
    /// [fed](Self::feed), and what the stream has not accepted yet.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.transport.out.waiting()
    }

    /// Returns whether the next message has been received in full, so that the next `read` or `recv`
    /// returns without waiting. A message in several frames, or after a control frame, does not
    /// count.
    #[must_use]
    pub fn has_message(&self) -> bool {
        self.reading.has_message()
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
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<CloseInfo, Error> {
        driver::close(&mut self.reading, &mut self.transport, CloseFrame { code, reason })
    }

    /// Returns how the connection ended; `None` while it is open.
    #[must_use]
    pub fn close_info(&self) -> Option<CloseInfo> {
        self.reading.close_info(&self.transport.out)
    }

    /// Returns counts of messages, bytes, Pings and Pongs in both directions, of what is queued, and the
    /// age of the connection.
    #[cfg(feature = "stats")]
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.reading.stats(self.transport.clock, &self.transport.out)
    }

    /// Returns how long the peer took to answer the last Ping of the keepalive.
    #[must_use]
    pub fn ping_latency(&self) -> Option<Duration> {
        self.reading.ping_latency()
    }

    /// Returns the underlying stream.
    #[must_use]
    pub fn get_ref(&self) -> &S {
        self.transport.stream.get_ref()
    }

    /// Takes the connection apart. No byte is lost: input and queued output are in the parts. The
    /// stream has no timeouts any more.
    ///
    /// After a failed write, half a frame may have been sent, and nothing can follow it. Then the
    /// sender in the parts is closed.
    #[must_use]
    pub fn into_parts(self) -> Parts<S> {
        let Self { reading, mut transport, .. } = self;
        let (stream, mut writing) = (transport.stream.take(), transport.out.take());
        if stream.has_panicked() {
            writing.failed();
        }
        transport.log.taken_apart();
        Session { reading, writing }.into_parts(stream.into_inner())
    }

    fn writer(&mut self) -> Writer<'_, S> {
        Writer { transport: &mut self.transport }
    }
}

impl WebSocket<TcpStream> {
    /// Creates a client and a server that are connected over loopback, for tests. The client is
    /// first.
    ///
    /// ```
    /// use sansocket::blocking::WebSocket;
    ///
    /// let (mut client, mut server) = WebSocket::pair()?;
    /// client.send("Hello")?;
    /// assert_eq!(server.recv()?.unwrap().as_text(), Some("Hello"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The system has no sockets, or no randomness for the mask keys.
    pub fn pair() -> io::Result<(Self, Self)> {
        let (client, server) = loopback()?;
        let options = Options::default();
        let of_client = Connection::client(&options.limits, Seed::from_os()?);
        let of_server = Connection::server(&options.limits);
        let open =
            |stream, connection| Self::from_upgraded(stream, connection, Vec::new(), &options);
        Ok((open(client, of_client), open(server, of_server)))
    }
}
