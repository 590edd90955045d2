use core::time::Duration;
use std::io::{self, Read, Write};

use super::{link::Link, reader::Wire};
#[cfg(feature = "deflate")]
use crate::deflate::Compression;
use crate::{
    adapter::Error,
    buffered::{Message, Sendable},
    session::{Outlet, Writing},
};

/// How long the last attempt to write may wait.
pub(super) const ATTEMPT: Duration = Duration::from_millis(1);

/// One stream for both directions, and what waits to be written to it.
#[derive(Debug)]
pub(super) struct Duplex<S: Read + Write> {
    pub(super) link: Link<S>,
    pub(super) writing: Writing,
}

impl<S: Read + Write> Duplex<S> {
    /// Takes the stream out, and what waits.
    ///
    /// # Errors
    ///
    /// A call of the stream has panicked.
    pub(super) fn take(&mut self) -> io::Result<(S, Writing)> {
        Ok((self.link.take()?, self.writing.take()))
    }

    /// Writes all that is queued, and then `payload`.
    #[inline]
    fn write_out(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.link.write_out(&mut self.writing, payload, None).map(|_| ())
    }

    /// Writes a large message after all that is queued, from where it is, if its frame is a header
    /// and the message itself. `false`: nothing was done.
    fn send_in_place(&mut self, message: Message<'_>) -> Result<bool, Error> {
        let can_be = self.writing.send_header(message)?;
        if can_be {
            self.write_out(message.as_bytes())?;
        }
        Ok(can_be)
    }
}

impl<S: Read + Write> Outlet for Duplex<S> {
    #[inline]
    fn with<T>(&mut self, action: impl FnOnce(&mut Writing) -> T) -> T {
        action(&mut self.writing)
    }
}

impl<S: Read + Write> Wire for Duplex<S> {
    type Stream = S;

    fn link(&mut self) -> &mut Link<S> {
        &mut self.link
    }

    fn write(&mut self, turn: Duration) -> bool {
        let written = self.link.write_out(&mut self.writing, &[], Some(turn));
        !matches!(written, Ok(false) | Err(Error::Timeout(_)))
    }

    fn wait_for_writer(&mut self, _: Duration) -> bool {
        false
    }

    fn longest_wait(&self) -> Option<Duration> {
        None
    }
}

impl<S: Read + Write> Drop for Duplex<S> {
    /// Without a socket there is no attempt, since nothing would limit it.
    fn drop(&mut self) {
        if self.link.has_socket() && self.writing.waiting() > 0 {
            self.write(ATTEMPT);
        }
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
///   ([`Limits::high_water_mark`](crate::connection::Limits::high_water_mark));
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
            self.duplex.writing.send(outgoing)?;
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
            && self.duplex.writing.would_reach_high_water(message.len())
            && self.duplex.send_in_place(message)?
        {
            return self.flush();
        }
        self.duplex.writing.send(outgoing)?;
        if self.duplex.writing.would_reach_high_water(0) { self.flush() } else { Ok(()) }
    }

    /// Sets which messages are compressed from the next one on, see
    /// [`Sender::set_compression`](crate::connection::Sender::set_compression).
    #[cfg(feature = "deflate")]
    pub fn set_compression(&mut self, compression: Compression) {
        self.duplex.writing.sender_mut().set_compression(compression);
    }

    /// Writes all that is queued.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Timeout`], as for [`send`](Self::send).
    #[inline]
    pub fn flush(&mut self) -> Result<(), Error> {
        self.duplex.write_out(&[])
    }
}
