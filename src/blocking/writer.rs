use super::{
    driver::drive,
    timed_stream::{AT_ONCE, TimedStream},
};
use crate::{
    adapter::{Error, Log, Options},
    buffered::{Outgoing, Sendable},
    session::{Delivery, Exchange, Opening, Route, Writing},
    streams::Socket,
};

/// The transport of a single thread: the stream, and the half of the session that writes.
#[derive(Debug)]
pub(super) struct OwnTransport<S> {
    pub(super) stream: TimedStream<S>,
    pub(super) writing: Writing,
}

impl<S: Socket> OwnTransport<S> {
    /// Over a stream on which a connection is to be opened.
    pub(super) fn unopened(stream: S, options: &Options, log: Log) -> Self {
        let stream = TimedStream::new(stream, log);
        let writing = Writing::new(options.write_timeout.filter(|_| stream.has_timeouts()));
        Self { stream, writing }
    }

    /// Continues an opening until it is open, or there is a request to answer.
    pub(super) fn drive<E: Exchange>(&mut self, opening: &mut Opening<E>) -> Result<(), Error> {
        drive(opening, &mut self.stream, &mut self.writing, Opening::next).map(|_| ())
    }

    /// Queues something, and writes the queue if that is asked for or if the queue is long. A large
    /// message whose frame is a header and the message itself is written without copying it.
    #[inline]
    pub(super) fn send(&mut self, outgoing: Outgoing<'_>, to: Delivery) -> Result<(), Error> {
        let Self { stream, writing } = self;
        let mut payload = &[][..];
        match writing.route(outgoing, to) {
            // A message that is only queued must not wait for the peer below the mark.
            Route::Direct(message)
                if (to == Delivery::Written || writing.would_reach_high_water(message.len()))
                    && writing.send_header(message)? =>
            {
                payload = message.as_bytes();
            }
            Route::Alone => {
                writing.send(outgoing)?;
                if stream.write_alone(writing)? {
                    return Ok(());
                }
            }
            _ => writing.send(outgoing)?,
        }
        let is_due = to == Delivery::Written || writing.would_reach_high_water(0);
        if is_due || !payload.is_empty() {
            stream.write(writing, payload, None)?;
        }
        Ok(())
    }

    /// Writes everything that is queued.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        self.stream.write(&mut self.writing, &[], None).map(|_| ())
    }

    /// Makes one short attempt to write the queue. Without timeouts there is none, since nothing
    /// would limit it.
    pub(super) fn attempt(&mut self) {
        // If the stream panicked during a panic of this thread, the process would abort.
        let may_write = self.stream.has_timeouts() && !std::thread::panicking();
        if may_write && self.writing.waiting() > 0 {
            // A caller that needs the result has called `flush`.
            let _ = self.stream.write(&mut self.writing, &[], Some(AT_ONCE));
        }
        self.stream.log.left(self.stream.calls.clock, &self.writing);
    }
}

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
    pub(super) transport: &'w mut OwnTransport<S>,
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
        self.transport.writing.sender_mut().set_compression(compression);
    }

    /// Writes everything that is queued.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Timeout`], as for [`send`](Self::send).
    #[inline]
    pub fn flush(&mut self) -> Result<(), Error> {
        self.transport.flush()
    }
}
