use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll},
};

use ::tokio::io::AsyncWrite;

use super::{access::Access, transport::Transport};
#[cfg(feature = "deflate")]
use crate::deflate::Compression;
use crate::{adapter::Error, buffered::Sendable, session::Delivery};

/// Sends something, and delivers it as far as `to` says.
#[inline]
pub(super) const fn send<A: Access, M: Sendable>(
    access: &mut A,
    item: M,
    to: Delivery,
) -> Sending<'_, A, M> {
    Sending { access, item, to, is_sent: false }
}

/// The future of [`send`]. With a type of its own, so that a message that is only queued is queued
/// without a call.
#[derive(Debug)]
pub(super) struct Sending<'a, A, M> {
    access: &'a mut A,
    item: M,
    to: Delivery,
    is_sent: bool,
}

// The item is never pinned.
impl<A, M> Unpin for Sending<'_, A, M> {}

impl<A: Access, M: Sendable> Future for Sending<'_, A, M> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { access, item, to, is_sent } = self.get_mut();
        let mut transport = access.transport();
        if !*is_sent && transport.hold(item.as_outgoing(), *to)? {
            *is_sent = true;
            return Poll::Ready(Ok(()));
        }
        transport.poll_send(cx, item.as_outgoing(), is_sent, *to)
    }
}

/// A writer that can send while a received message is borrowed, from
/// [`WebSocket::read`](super::WebSocket::read).
///
/// [`send`](Self::send) writes the message to the transport before it returns. [`feed`](Self::feed)
/// only queues it. The queue is written, in order and with as few system calls as possible, as soon
/// as one of these happens:
///
/// - `send`, `flush` or `close`;
/// - the queue reaches the high-water mark
///   ([`Limits::high_water_mark`](crate::connection::Limits::high_water_mark));
/// - `read` or `recv` finds no complete message, before it waits for input;
/// - the socket is dropped, which makes one attempt that does not wait.
///
/// So what was fed never waits for the peer. In a loop that answers each message, feed the answers:
/// then the answers to messages that arrived together are sent together.
#[derive(Debug)]
pub struct Writer<'w, S> {
    transport: &'w mut Transport<S>,
}

impl<'w, S: AsyncWrite + Unpin> Writer<'w, S> {
    pub(super) const fn new(transport: &'w mut Transport<S>) -> Self {
        Self { transport }
    }

    /// Sends a message, or anything else that is [`Sendable`], and returns when the transport has
    /// accepted it and everything that was queued before.
    ///
    /// While the queue is at the high-water mark, it waits before it queues the message.
    ///
    /// A [`CloseFrame`](crate::CloseFrame) begins the closing handshake: keep reading until the end.
    ///
    /// # Errors
    ///
    /// [`Error::Send`]: nothing was sent. [`Error::Io`] and [`Error::Timeout`]: nothing can be sent any
    /// more, and the queue is lost; later calls fail with
    /// [`SendError::Closed`](crate::SendError::Closed).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the message is sent completely or not at all. It is not sent if the
    /// future was never polled, or if the queue stayed at the high-water mark; otherwise it is queued,
    /// and the next future that is awaited on the connection writes it. To know which, use
    /// [`feed`](Self::feed) and then [`flush`](Self::flush).
    #[inline]
    pub fn send<M: Sendable>(
        &mut self,
        item: M,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, 'w, S, M> {
        send(self.transport, item, Delivery::Written)
    }

    /// Queues a message, or anything else that is [`Sendable`], to send it together with others (see
    /// [`Writer`]). Waits only while the queue is at the high-water mark.
    ///
    /// ```no_run
    /// # async fn serve(mut socket: sansocket::tokio::WebSocket<tokio::net::TcpStream>) -> Result<(), sansocket::Error> {
    /// while let Some((message, mut writer)) = socket.read().await? {
    ///     writer.feed(message).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, nothing was queued.
    pub fn feed<M: Sendable>(
        &mut self,
        item: M,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, 'w, S, M> {
        send(self.transport, item, Delivery::Queued)
    }

    /// Sets which messages are compressed from the next one on, see
    /// [`Sender::set_compression`](crate::connection::Sender::set_compression).
    #[cfg(feature = "deflate")]
    pub fn set_compression(&mut self, compression: Compression) {
        self.transport.writing.sender_mut().set_compression(compression);
    }

    /// Writes everything that is queued.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Timeout`], as for [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// Can be awaited again.
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.transport.poll_write(cx, Transport::flush)).await
    }
}
