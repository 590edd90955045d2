use std::io::{Read, Write};

use super::{link::Link, reader::Wire};
#[cfg(feature = "deflate")]
use crate::deflate::Compression;
use crate::{
    buffered::{AsMessage, Batching, DIRECT_LEN, WriteBuffer},
    close::CloseFrame,
    connection::{MessageKind, Part, PreparedMessage, Sender},
    error::Error,
};

/// One stream for both directions, with the sending half.
#[derive(Debug)]
pub(super) struct Duplex<S: Read + Write> {
    pub(super) link: Link<S>,
    pub(super) sender: Sender,
    pub(super) batching: Batching,
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

    #[inline]
    fn flush(&mut self) -> Result<(), Error> {
        self.link.flush()?;
        // A Pong that was kept back while the queue was long.
        self.sender.send_deferred(self.link.buffer.out());
        self.link.flush()
    }

    fn flush_all(&mut self) -> Result<(), Error> {
        self.flush()
    }

    fn release(&mut self) {
        self.sender.release();
        self.link.buffer.release();
    }
}

/// Sends while a received message is borrowed: the other half of
/// [`WebSocket::read`](super::WebSocket::read).
///
/// `send` queues the frame and writes the queue out, unless the next message has already been
/// received in full, so that the next `read` or `recv` returns without waiting: then the frame
/// stays queued. The queue leaves, in order and with as few system calls as it takes, as soon as
/// one of these happens: a `send` with no further complete message waiting; `read` or `recv` finds
/// no complete message, before it asks the transport for more input; the queue reaches the
/// high-water mark; `flush` or `close`; dropping the socket makes one attempt that does not wait.
///
/// So nothing is ever queued while the connection waits for its peer. **A program that itself
/// waits between two messages calls [`flush`](Self::flush) first**, or chooses
/// [`Batching::EachMessage`].
#[derive(Debug)]
pub struct Writer<'w, S: Read + Write> {
    duplex: &'w mut Duplex<S>,
    has_message: bool,
}

impl<'w, S: Read + Write> Writer<'w, S> {
    pub(super) const fn new(duplex: &'w mut Duplex<S>, has_message: bool) -> Self {
        Self { duplex, has_message }
    }

    /// Sends a message: now, or together with those that follow (see [`Writer`]).
    ///
    /// # Errors
    ///
    /// [`Error::Send`]: nothing was sent. [`Error::Io`] with `WouldBlock` or `TimedOut`: the message
    /// is queued, in whole or from where the transport has not taken it. Any other [`Error::Io`],
    /// and [`Error::Timeout`]: nothing can be sent any more, and what was queued is given up.
    #[inline]
    pub fn send(&mut self, message: impl AsMessage) -> Result<(), Error> {
        let message = message.as_message();
        let Duplex { link, sender, batching } = &mut *self.duplex;
        let payload = message.as_bytes();
        let is_held = batching.holds(self.has_message)
            && !link.is_broken()
            && !link.buffer.is_full_with(payload.len());
        if is_held {
            link.buffer.send(sender, message)?;
            return Ok(());
        }
        if payload.len() >= DIRECT_LEN
            && let Some(header) = sender.header_of_whole(message.kind(), payload)?
        {
            link.buffer.out().extend_from_slice(&header);
            return link.write_out(payload);
        }
        link.buffer.send(sender, message)?;
        self.duplex.flush()
    }

    /// Queues a message. Writes only if the queue has reached the high-water mark.
    ///
    /// For whoever sends several messages at a time, or on a connection other than the one it
    /// reads from: `feed` them, then [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    pub fn feed(&mut self, message: impl AsMessage) -> Result<(), Error> {
        let Duplex { link, sender, .. } = &mut *self.duplex;
        link.buffer.send(sender, message.as_message())?;
        self.flush_if_full()
    }

    /// Sends a message that was encoded before; held back or not as with [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    pub fn send_prepared(&mut self, message: &PreparedMessage) -> Result<(), Error> {
        let Duplex { link, sender, batching } = &mut *self.duplex;
        sender.send_prepared(message, link.buffer.out())?;
        if batching.holds(self.has_message) { self.flush_if_full() } else { self.flush() }
    }

    /// Sends the next part of a message as a frame of its own, so that a message can be sent that
    /// is not there in whole. Held back or not as with [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    pub fn send_part(&mut self, kind: MessageKind, data: &[u8], part: Part) -> Result<(), Error> {
        let Duplex { link, sender, batching } = &mut *self.duplex;
        sender.send_part(kind, data, part, link.buffer.out())?;
        if batching.holds(self.has_message) { self.flush_if_full() } else { self.flush() }
    }

    /// Sends a Ping with up to 125 bytes of data, at once. The Pong is not reported.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    pub fn send_ping(&mut self, data: &[u8]) -> Result<(), Error> {
        let Duplex { link, sender, .. } = &mut *self.duplex;
        sender.send_ping(data, link.buffer.out())?;
        self.flush()
    }

    /// Begins the closing handshake: sends a Close frame and all that is queued before it. Then go
    /// on reading until the end.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    pub fn send_close(&mut self, frame: Option<CloseFrame<'_>>) -> Result<(), Error> {
        let Duplex { link, sender, .. } = &mut *self.duplex;
        sender.send_close(frame, link.buffer.out())?;
        self.flush()
    }

    /// Which messages are compressed from the next one on, see [`Sender::set_compression`].
    #[cfg(feature = "deflate")]
    pub fn set_compression(&mut self, compression: Compression) {
        self.duplex.sender.set_compression(compression);
    }

    /// Writes all that is queued.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Timeout`], as for [`send`](Self::send).
    pub fn flush(&mut self) -> Result<(), Error> {
        self.duplex.flush()
    }

    /// Whether the next message has been received in full, so that the next `read` or `recv`
    /// returns without waiting. A message in several frames, or behind a control frame, does not
    /// count.
    #[must_use]
    pub const fn has_message(&self) -> bool {
        self.has_message
    }

    fn flush_if_full(&mut self) -> Result<(), Error> {
        if self.duplex.link.is_broken() || self.duplex.link.buffer.is_full_with(0) {
            self.flush()
        } else {
            Ok(())
        }
    }
}
