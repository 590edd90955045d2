use super::transport::Transport;
use crate::{adapter::Error, buffered::Sendable, session::Delivery, streams::Socket};

/// A writer that can send while a received message is borrowed, from
/// [`WebSocket::read`](super::WebSocket::read).
///
/// `send` writes the message to the transport before it returns, and waits while the transport
/// accepts nothing. `feed` only queues it. The queue is written, in order and with as few system
/// calls as possible, as soon as one of these happens:
///
/// - `send`, `flush` or `close`;
/// - the queue reaches the high-water mark
///   ([`Limits::high_water_mark`](crate::connection::Limits::high_water_mark));
/// - `recv`, `read` or `read_chunk` finds no complete message, before it waits for input;
/// - the socket is dropped: one short attempt, and none over a stream without
///   [timeouts](Socket::has_timeouts), since nothing would limit it.
///
/// So what was fed never waits for the peer. In a loop that answers each message, feed the answers:
/// then the answers to messages that arrived together are sent together.
#[derive(Debug)]
pub struct Writer<'w, S> {
    pub(super) transport: &'w mut Transport<S>,
}

impl<S: Socket> Writer<'_, S> {
    /// Sends a message, or anything else that is [`Sendable`], and returns when the transport has
    /// accepted it and everything that was queued before.
    ///
    /// A [`CloseFrame`](crate::CloseFrame) begins the closing handshake: keep reading until the
    /// end.
    ///
    /// # Errors
    ///
    /// [`Error::Send`]: nothing was sent. [`Error::Io`] with `WouldBlock` or `TimedOut`: the message
    /// is queued, or the part of it that the transport has not accepted. Any other [`Error::Io`],
    /// and [`Error::Timeout`]: nothing can be sent any more, and the queue is lost.
    #[inline]
    pub fn send(&mut self, item: impl Sendable) -> Result<(), Error> {
        self.transport.send(item.as_outgoing(), Delivery::Written)
    }

    /// Queues a message, or anything else that is [`Sendable`]. If the queue then reaches the
    /// high-water mark, it is written as by [`send`](Self::send).
    ///
    /// To send several messages together, `feed` them, and then call [`flush`](Self::flush), or
    /// read.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    #[inline]
    pub fn feed(&mut self, item: impl Sendable) -> Result<(), Error> {
        self.transport.send(item.as_outgoing(), Delivery::Queued)
    }

    /// Sets which messages are compressed from the next one on, see
    /// [`Sender::set_compression`](crate::connection::Sender::set_compression).
    #[cfg(feature = "deflate")]
    pub fn set_compression(&mut self, compression: crate::deflate::Compression) {
        self.transport.out.sender_mut().set_compression(compression);
    }

    /// Writes everything that is queued.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Timeout`], as for [`send`](Self::send).
    #[inline]
    pub fn flush(&mut self) -> Result<(), Error> {
        self.transport.write(&[], None).map(drop)
    }
}
