use core::time::Duration;
use std::io::{Read, Write};

use super::{
    link::{Link, Until},
    reader::{Wire, Writes},
};
#[cfg(feature = "deflate")]
use crate::deflate::Compression;
use crate::{
    buffered::{Message, Sendable, WriteBuffer},
    connection::{SendError, Sender},
    error::Error,
};

/// One stream for both directions, with the sending half.
#[derive(Debug)]
pub(super) struct Duplex<S: Read + Write> {
    pub(super) link: Link<S>,
    pub(super) sender: Sender,
}

impl<S: Read + Write> Duplex<S> {
    /// Writes the queue and then `payload`.
    #[inline]
    fn write_out(&mut self, payload: &[u8]) -> Result<(), Error> {
        let result = self.link.write_out(payload, Until::Written, &mut |_, _| {});
        self.noting_loss(result)
    }

    #[inline]
    fn noting_loss(&mut self, result: Result<(), Error>) -> Result<(), Error> {
        if result.is_err()
            && let Some(unwritten) = self.link.lost()
        {
            self.sender.lose(unwritten);
        }
        result
    }

    /// Writes the queue. `false`: the time is over, and something is left.
    #[inline]
    fn flush_until(&mut self, until: Until) -> Result<bool, Error> {
        let result = self.link.flush(until);
        self.noting_loss(result)?;
        if self.link.is_written() {
            // A Pong that was kept back while the queue was long.
            self.sender.send_deferred(self.link.buffer.out());
            let result = self.link.flush(until);
            self.noting_loss(result)?;
        }
        Ok(self.link.is_written())
    }

    #[inline]
    fn flush_all(&mut self) -> Result<(), Error> {
        self.flush_until(Until::Written).map(|_| ())
    }

    /// Writes a large message after all that is queued, from where it is, if its frame is a header
    /// and the message itself. `false`: nothing was done.
    fn is_full_with(&self, more: usize) -> bool {
        let queued = self.link.buffer.unwritten().len();
        self.sender.reaches_high_water(queued.saturating_add(more))
    }

    fn send_in_place(&mut self, message: Message<'_>) -> Result<bool, Error> {
        let Self { link, sender } = self;
        let payload = message.as_bytes();
        let Some(header) = sender.header_of_whole(message.kind(), payload)? else {
            return Ok(false);
        };
        link.buffer.out().extend_from_slice(&header);
        self.write_out(payload)?;
        Ok(true)
    }
}

impl<S: Read + Write> Wire for Duplex<S> {
    type Stream = S;

    const IS_SHARED: bool = false;

    fn link(&mut self) -> &mut Link<S> {
        &mut self.link
    }

    fn with_output<T>(&mut self, action: impl FnOnce(&mut Sender, &mut WriteBuffer) -> T) -> T {
        action(&mut self.sender, &mut self.link.buffer)
    }

    fn writes(&mut self) -> Writes {
        let Self { link, .. } = self;
        Writes { taken: link.taken(), waiting: link.refused(), backlog: link.backlog() }
    }

    #[inline]
    fn flush(&mut self, turn: Duration) -> Result<bool, Error> {
        self.flush_until(Until::Turn(turn))
    }

    fn flush_within(&mut self, limit: Duration) -> Result<(), Error> {
        self.link.hurry(limit);
        self.flush_all()
    }

    fn say_farewell(&mut self, limit: Duration) {
        // The peer is most likely gone.
        let _ = self.flush_within(limit);
    }

    fn lose(&mut self) {
        let unwritten = self.link.buffer.unwritten().len();
        self.sender.lose(self.link.lost().unwrap_or(unwritten));
        self.link.buffer = WriteBuffer::default();
    }

    fn release(&mut self) {
        self.sender.release();
        self.link.buffer.release();
    }
}

/// Sends while a received message is borrowed: the other half of
/// [`WebSocket::read`](super::WebSocket::read).
///
/// `send` hands the message to the transport before it returns, and waits while the transport takes
/// nothing. `feed` only queues it. The queue leaves, in order and with as few system calls as it
/// takes, as soon as one of these happens:
///
/// - `send`, `flush` or `close`;
/// - the queue reaches the high-water mark
///   ([`Config::high_water_mark`](crate::connection::Config::high_water_mark));
/// - `recv`, `read` or `read_chunk` finds no complete message, before it asks the transport for more
///   input;
/// - the socket is dropped: one attempt, which does not wait for long, and none without
///   [`with_socket`](super::WebSocket::with_socket), since nothing would limit it.
///
/// So nothing that was fed waits for the peer. A loop that answers each message feeds its answers:
/// those to messages that came together leave together.
#[derive(Debug)]
pub struct Writer<'w, S: Read + Write> {
    duplex: &'w mut Duplex<S>,
}

impl<'w, S: Read + Write> Writer<'w, S> {
    pub(super) const fn new(duplex: &'w mut Duplex<S>) -> Self {
        Self { duplex }
    }

    /// Sends a message, or anything else that is [`Sendable`], and returns when the transport has
    /// taken it and all that was queued before.
    ///
    /// A [`CloseFrame`](crate::CloseFrame) begins the closing handshake: go on reading until the
    /// end.
    ///
    /// # Errors
    ///
    /// [`Error::Send`]: nothing was sent. [`Error::Io`] with `WouldBlock` or `TimedOut`: the message
    /// is queued, in whole or from where the transport has not taken it. Any other [`Error::Io`],
    /// and [`Error::Timeout`]: nothing can be sent any more, and what was queued is given up.
    #[inline]
    pub fn send(&mut self, item: impl Sendable) -> Result<(), Error> {
        let outgoing = item.as_outgoing();
        let is_written = match outgoing.as_large_message() {
            Some(message) => self.duplex.send_in_place(message)?,
            None => false,
        };
        if !is_written {
            self.queue(|sender, buffer| buffer.send(sender, outgoing))?;
        }
        self.flush()
    }

    /// Queues a message, or anything else that is [`Sendable`]. If that brings the queue to the high-water mark, it is written as by
    /// [`send`](Self::send).
    ///
    /// To send several messages together, `feed` them; then call [`flush`](Self::flush), or read on.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    #[inline]
    pub fn feed(&mut self, item: impl Sendable) -> Result<(), Error> {
        let outgoing = item.as_outgoing();
        if let Some(message) = outgoing.as_large_message()
            && self.duplex.is_full_with(message.len())
            && self.duplex.send_in_place(message)?
        {
            return self.flush();
        }
        self.queue(|sender, buffer| buffer.send(sender, outgoing))?;
        if self.duplex.is_full_with(0) { self.flush() } else { Ok(()) }
    }

    /// Sets which messages are compressed from the next one on, see
    /// [`Sender::set_compression`](crate::connection::Sender::set_compression).
    #[cfg(feature = "deflate")]
    pub fn set_compression(&mut self, compression: Compression) {
        self.duplex.sender.set_compression(compression);
    }

    /// Writes all that is queued.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Timeout`], as for [`send`](Self::send).
    #[inline]
    pub fn flush(&mut self) -> Result<(), Error> {
        self.duplex.flush_all()
    }

    #[inline]
    fn queue(
        &mut self,
        action: impl FnOnce(&mut Sender, &mut WriteBuffer) -> Result<(), SendError>,
    ) -> Result<(), Error> {
        Ok(self.duplex.with_output(action)?)
    }
}
