use alloc::vec::Vec;
use core::time::Duration;
use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

use super::{
    ReadHalf, SocketOf, WriteHalf, Writer, link::Link, reader::Reader, split, writer::Duplex,
};
#[cfg(feature = "deflate")]
use crate::deflate::{Compression, Params};
use crate::{
    adapter::{Error, Options, Subprotocol},
    buffered::{Message, OwnedMessage, Parts, ReadBuffer, Sendable, WriteBuffer},
    close::{CloseCode, CloseFrame, CloseInfo},
    connection::{Chunk, Connection},
    session::Session,
};

/// A WebSocket connection over a stream that blocks.
///
/// Made by [`Acceptor`](super::Acceptor) or [`Connector`](super::Connector), or by
/// [`from_upgraded`](Self::from_upgraded) over a stream whose handshake is done.
///
/// There are two ways to read. [`recv`](Self::recv) gives messages that own their payload;
/// [`read`](Self::read) lends them out of the read buffer, with a [`Writer`] to answer, and
/// allocates nothing. Pings are answered and the closing handshake is done while reading, so a
/// program keeps reading until the end, or splits the connection and lets a thread do it.
///
/// [`send`](Self::send) hands a message to the transport before it returns. [`feed`](Self::feed)
/// queues it, so that answers to messages that came together leave together; [`Writer`] lists when
/// the queue leaves.
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
pub struct WebSocket<S: Read + Write> {
    reader: Reader,
    duplex: Duplex<S>,
    subprotocol: Subprotocol,
    /// How long the closing handshake may take.
    close: Duration,
}

impl<S: Read + Write> WebSocket<S> {
    /// A connection whose handshake was done elsewhere. Of the options, only those about time
    /// matter: the limits in bytes are those of `connection`.
    ///
    /// `unread` is what was read from the stream behind the handshake. Nothing limits the time
    /// until [`with_socket`](Self::with_socket) says how.
    pub fn from_upgraded(
        stream: S,
        connection: Connection,
        unread: Vec<u8>,
        options: &Options,
    ) -> Self {
        let write_buffer = WriteBuffer::default();
        let read_buffer = ReadBuffer::from(unread);
        Self::from_parts(Parts { stream, connection, read_buffer, write_buffer }, options)
    }

    /// Puts together what [`into_parts`](Self::into_parts) has taken apart.
    pub fn from_parts(parts: Parts<S>, options: &Options) -> Self {
        let Parts { stream, connection, read_buffer, write_buffer } = parts;
        let Options { timeouts, write_timeout, .. } = *options;
        let Session { reading, writing } =
            Session::with_buffers(connection, read_buffer, write_buffer, timeouts, write_timeout);
        let duplex = Duplex { link: Link::new(stream), writing };
        Self::from_sides(Reader::new(reading), duplex, None, timeouts.close)
    }

    pub(super) fn from_sides(
        reader: Reader,
        duplex: Duplex<S>,
        subprotocol: Option<&str>,
        close: Duration,
    ) -> Self {
        Self { reader, duplex, subprotocol: subprotocol.into(), close }
    }

    /// Sets where the stream's socket is, so that timeouts hold and the connection can be ended by
    /// halves: `|tcp| tcp` for a `TcpStream`; for a TLS stream see [`Socket`](super::Socket). The
    /// socket is made to block, and timeouts that it had are replaced.
    ///
    /// # Errors
    ///
    /// The system refused.
    pub fn with_socket(mut self, socket: SocketOf<S>) -> io::Result<Self> {
        self.duplex.link.set_socket(Some(socket))?;
        Ok(self)
    }

    /// The subprotocol that the handshake agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.name()
    }

    /// Waits for the next message. `None`: the peer's Close frame has come, and the connection has
    /// ended; [`close_info`](Self::close_info) has the code. So it is if the transport broke after
    /// that frame: [`was_clean`](CloseInfo::was_clean) is `false` if ours has not left.
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`], [`Error::Timeout`], and [`Error::Io`] unless it is `WouldBlock` or
    /// `TimedOut`: the connection has ended without a Close frame of the peer, and
    /// [`close_info`](Self::close_info) tells how.
    pub fn recv(&mut self) -> Result<Option<OwnedMessage>, Error> {
        Ok(self.read()?.map(|(message, _)| message.into_owned()))
    }

    /// Waits for the next message and lends it, with a writer to answer. `None`: the peer has
    /// closed, see [`recv`](Self::recv).
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
        if !self.reader.next_message(&mut self.duplex)? {
            return Ok(None);
        }
        let Self { reader, duplex, .. } = self;
        Ok(Some((reader.message(duplex)?, Writer::new(duplex))))
    }

    /// Waits for some of a message and lends it: for messages too large to be held, or to be
    /// passed on as they come. `None`: the peer has closed, see [`recv`](Self::recv).
    ///
    /// After the first chunk of a message, [`recv`](Self::recv) and [`read`](Self::read) skip the
    /// rest. [`Limits::max_message_len`](crate::connection::Limits::max_message_len) holds for
    /// the whole message all the same.
    ///
    /// # Errors
    ///
    /// As for [`recv`](Self::recv).
    pub fn read_chunk(&mut self) -> Result<Option<(Chunk<'_>, Writer<'_, S>)>, Error> {
        if !self.reader.next_chunk(&mut self.duplex)? {
            return Ok(None);
        }
        let Self { reader, duplex, .. } = self;
        Ok(Some((reader.chunk(), Writer::new(duplex))))
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
    pub fn set_compression(&mut self, compression: Compression) {
        self.writer().set_compression(compression);
    }

    /// How compression was agreed on, if it was.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflate(&self) -> Option<Params> {
        self.duplex.writing.sender().deflate()
    }

    /// Writes all that is queued.
    ///
    /// # Errors
    ///
    /// As for [`Writer::flush`].
    pub fn flush(&mut self) -> Result<(), Error> {
        self.writer().flush()
    }

    /// Returns how many bytes wait to be written, as `bufferedAmount` of a browser does: what was
    /// [fed](Self::feed), and what the stream did not take yet.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.duplex.writing.waiting()
    }

    /// Whether the next message has been received in full, so that the next `read` or `recv`
    /// returns without waiting. A message in several frames, or after a control frame, does not
    /// count.
    #[must_use]
    pub fn has_message(&self) -> bool {
        self.reader.has_message()
    }

    /// Closes the connection: sends a Close frame and what is queued before it, waits for the
    /// peer's, and ends the transport. Messages that still come are thrown away; to have them,
    /// [`send`](Self::send) a [`CloseFrame`] and go on reading.
    ///
    /// Returns how the connection ended, also if the peer had closed it before.
    ///
    /// # Errors
    ///
    /// As for [`recv`](Self::recv), and [`Error::Send`] for a code or reason that may not be sent.
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<CloseInfo, Error> {
        self.duplex.writing.close(CloseFrame { code, reason })?;
        self.reader.read_to_end(&mut self.duplex)
    }

    /// How the connection ended; `None` while more may come.
    pub fn close_info(&mut self) -> Option<CloseInfo> {
        self.reader.close_info(&mut self.duplex)
    }

    /// How long the peer took to answer the last Ping of the keepalive.
    #[must_use]
    pub fn ping_latency(&self) -> Option<Duration> {
        self.reader.ping_latency()
    }

    /// The stream; `None` never, unless a panic has interrupted [`into_parts`](Self::into_parts).
    #[must_use]
    pub const fn get_ref(&self) -> Option<&S> {
        self.duplex.link.stream()
    }

    /// Takes the connection apart. No byte is lost: what was read or queued is in the parts. The
    /// stream has no timeouts any more.
    ///
    /// # Errors
    ///
    /// A write has failed for good: half a frame may be out, and nothing can follow it.
    pub fn into_parts(self) -> io::Result<Parts<S>> {
        let Self { reader, mut duplex, .. } = self;
        duplex.link.check(&mut duplex.writing)?;
        duplex.link.clear_timeouts()?;
        let (stream, writing) = duplex.take()?;
        let (receiver, read_buffer) = reader.into_parts();
        let (sender, write_buffer) = writing.into_parts();
        let connection = Connection { receiver, sender };
        Ok(Parts { stream, connection, read_buffer, write_buffer })
    }

    /// Splits the connection into a half for a thread that reads and one for threads that write.
    /// `clone` makes a second handle of the stream.
    ///
    /// # Errors
    ///
    /// The stream could not be cloned; the connection is dropped then.
    pub fn split_with(
        self,
        clone: impl FnOnce(&S) -> io::Result<S>,
    ) -> io::Result<(ReadHalf<S>, WriteHalf<S>)> {
        let Self { reader, duplex, subprotocol, close } = self;
        split::split(reader, duplex, close, subprotocol, clone)
    }

    fn writer(&mut self) -> Writer<'_, S> {
        Writer::new(&mut self.duplex)
    }
}

impl WebSocket<TcpStream> {
    /// Answers an upgrade request on `stream` with the defaults of
    /// [`Acceptor`](super::Acceptor).
    ///
    /// # Errors
    ///
    /// The handshake failed. The peer was told why.
    pub fn accept(stream: TcpStream) -> Result<Self, Error> {
        super::Acceptor::new().accept(stream)
    }

    /// Connects to a `ws://` URL with the defaults of [`Connector`](super::Connector).
    ///
    /// # Errors
    ///
    /// The URL cannot be connected to, or the handshake failed.
    #[cfg(feature = "url")]
    pub fn connect(url: &str) -> Result<Self, Error> {
        Ok(super::Connector::new().connect(url)?.0)
    }

    /// Splits the connection into a half for a thread that reads and one for threads that write.
    ///
    /// # Errors
    ///
    /// The system has no second handle for the stream; the connection is dropped then.
    pub fn split(self) -> io::Result<(ReadHalf<TcpStream>, WriteHalf<TcpStream>)> {
        self.split_with(TcpStream::try_clone)
    }
}
