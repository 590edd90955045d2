use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll},
};
use std::io;

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    alarm::Alarm,
    output::{Output, Task, Then},
    reader::Wire,
};
#[cfg(feature = "deflate")]
use crate::deflate::Compression;
use crate::{
    buffered::{AsMessage, WriteBuffer},
    close::CloseFrame,
    connection::{MessageKind, Part, PreparedMessage, SendError, Sender},
    error::Error,
};

/// One stream for both directions, with the sending half.
#[derive(Debug)]
pub(super) struct Duplex<S: AsyncWrite + Unpin> {
    pub(super) output: Output<S>,
    pub(super) alarm: Alarm,
}

impl<S: AsyncWrite + Unpin> Duplex<S> {
    /// What comes after something was queued while `has_message` says whether the next message has
    /// been received in full.
    #[inline]
    pub(super) fn then(&self, has_message: bool) -> Then {
        if self.output.link.batching.holds(has_message) { Then::HoldBelowMark } else { Then::Flush }
    }

    /// See [`Writer::send`].
    #[inline]
    pub(super) fn send<M: AsMessage>(
        &mut self,
        message: M,
        then: Then,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, S, M> {
        Sending { duplex: self, message, then, is_sent: false }
    }

    /// Sends what `action` queues.
    pub(super) fn queue<F>(
        &mut self,
        then: Then,
        action: F,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, S, F>
    where
        F: FnOnce(&mut Sender, &mut WriteBuffer) -> Result<(), SendError>,
    {
        let mut action = Some(action);
        poll_fn(move |cx| {
            let (output, mut task) = self.output_and_task(cx);
            output.poll_send(&mut task, &mut action, then)
        })
    }

    #[inline]
    pub(super) fn output_and_task<'a, 'w>(
        &'a mut self,
        cx: &'a mut Context<'w>,
    ) -> (&'a mut Output<S>, Task<'a, 'w>) {
        (&mut self.output, Task { cx, alarm: &mut self.alarm, writers: None })
    }

    #[inline]
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let (output, mut task) = self.output_and_task(cx);
        output.poll_flush(&mut task)
    }
}

/// The future of [`Duplex::send`]. With a type of its own, so that a message that is only queued is
/// queued without a call.
#[derive(Debug)]
struct Sending<'d, S: AsyncWrite + Unpin, M> {
    duplex: &'d mut Duplex<S>,
    message: M,
    then: Then,
    is_sent: bool,
}

// The message is never pinned.
impl<S: AsyncWrite + Unpin, M> Unpin for Sending<'_, S, M> {}

impl<S: AsyncWrite + Unpin, M: AsMessage> Future for Sending<'_, S, M> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { duplex, message, then, is_sent } = self.get_mut();
        if !*is_sent && duplex.output.hold(message.as_message(), *then)? {
            *is_sent = true;
            return Poll::Ready(Ok(()));
        }
        let (output, mut task) = duplex.output_and_task(cx);
        output.poll_message(&mut task, message.as_message(), is_sent, *then)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire for Duplex<S> {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.output.link.stream_mut()?.poll_read(cx, buffer)
    }

    fn with_output<T>(&mut self, action: impl FnOnce(&mut Sender, &mut WriteBuffer) -> T) -> T {
        action(&mut self.output.sender, self.output.link.queue())
    }

    #[inline]
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Self::poll_flush(self, cx)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.output.link.poll_shutdown(cx)
    }

    fn is_closed(&self) -> bool {
        self.output.sender.is_closed()
    }

    fn alarm(&mut self) -> &mut Alarm {
        &mut self.alarm
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
/// [`Batching::EachMessage`](crate::buffered::Batching::EachMessage).
#[derive(Debug)]
pub struct Writer<'w, S: AsyncWrite + Unpin> {
    duplex: &'w mut Duplex<S>,
    has_message: bool,
}

impl<'w, S: AsyncWrite + Unpin> Writer<'w, S> {
    pub(super) const fn new(duplex: &'w mut Duplex<S>, has_message: bool) -> Self {
        Self { duplex, has_message }
    }

    /// Sends a message: now, or together with those that follow (see [`Writer`]).
    ///
    /// While the queue is at the high-water mark it waits for the peer to take some of it; then it
    /// queues the message, and waits until all is written.
    ///
    /// # Errors
    ///
    /// [`Error::Send`]: nothing was sent, and the connection goes on. [`Error::Io`] and
    /// [`Error::Timeout`]: nothing can be sent any more, and what was queued is given up.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped has sent the message in whole or not at all. Not at all means that
    /// it was never polled, or that the queue stayed at the high-water mark; else the message is
    /// queued, and whatever is awaited next on the connection writes it. Who must know calls
    /// [`feed`](Self::feed), then [`flush`](Self::flush).
    #[inline]
    pub fn send<M: AsMessage>(
        &mut self,
        message: M,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, 'w, S, M> {
        let then = self.then();
        self.duplex.send(message, then)
    }

    /// Queues a message. Waits only while the queue is at the high-water mark.
    ///
    /// For whoever sends several messages at a time, or on a connection other than the one it
    /// reads from: `feed` them, then [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped before it is ready has queued nothing.
    pub fn feed<M: AsMessage>(
        &mut self,
        message: M,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, 'w, S, M> {
        self.duplex.send(message, Then::Hold)
    }

    /// Sends a message that was encoded before; held back or not as with [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// As for [`send`](Self::send).
    pub async fn send_prepared(&mut self, message: &PreparedMessage) -> Result<(), Error> {
        let then = self.then();
        self.duplex.queue(then, |sender, out| sender.send_prepared(message, out.out())).await
    }

    /// Sends the next part of a message as a frame of its own, so that a message can be sent that
    /// is not there in whole. Held back or not as with [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// As for [`send`](Self::send), for each part.
    pub async fn send_part(
        &mut self,
        kind: MessageKind,
        data: &[u8],
        part: Part,
    ) -> Result<(), Error> {
        let then = self.then();
        self.duplex.queue(then, |sender, out| sender.send_part(kind, data, part, out.out())).await
    }

    /// Sends a Ping with up to 125 bytes of data, at once. The Pong is not reported.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// As for [`send`](Self::send).
    pub async fn send_ping(&mut self, data: &[u8]) -> Result<(), Error> {
        self.duplex.queue(Then::Flush, |sender, out| sender.send_ping(data, out.out())).await
    }

    /// Begins the closing handshake: sends a Close frame and all that is queued before it. Then go
    /// on reading until the end.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// As for [`send`](Self::send).
    pub async fn send_close(&mut self, frame: Option<CloseFrame<'_>>) -> Result<(), Error> {
        self.duplex.queue(Then::Flush, |sender, out| sender.send_close(frame, out.out())).await
    }

    /// Which messages are compressed from the next one on, see [`Sender::set_compression`].
    #[cfg(feature = "deflate")]
    pub fn set_compression(&mut self, compression: Compression) {
        self.duplex.output.sender.set_compression(compression);
    }

    /// Writes all that is queued.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Timeout`], as for [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// Can be awaited again.
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.duplex.poll_flush(cx)).await
    }

    /// Whether the next message has been received in full, so that the next `read` or `recv`
    /// returns without waiting. A message in several frames, or behind a control frame, does not
    /// count.
    #[must_use]
    pub const fn has_message(&self) -> bool {
        self.has_message
    }

    fn then(&self) -> Then {
        self.duplex.then(self.has_message)
    }
}
