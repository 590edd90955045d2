use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, ready},
};
use std::io::IoSlice;

use ::tokio::io::AsyncWrite;

use super::{access::Access, transport::Transport, waiting::Side};
#[cfg(feature = "deflate")]
use crate::deflate::Compression;
use crate::{
    adapter::Error,
    buffered::{Outgoing, Sendable},
    connection::SendError,
    session::{Delivery, Route},
};

/// Sends something, and delivers it as far as `to` says.
#[inline]
pub(super) const fn send<A: Access<Stream: AsyncWrite + Unpin>, M: Sendable>(
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

impl<A: Access<Stream: AsyncWrite + Unpin>, M: Sendable> Future for Sending<'_, A, M> {
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

impl<S: AsyncWrite + Unpin> Transport<S> {
    /// The short way of [`poll_send`](Self::poll_send) for a message that is held, while there is one
    /// task. `false`: nothing was done.
    #[inline(always)]
    fn hold(&mut self, item: Outgoing<'_>, to: Delivery) -> Result<bool, SendError> {
        let is_held = self.two_tasks().is_none() && self.writing().route(item, to) == Route::Hold;
        if is_held {
            self.queue().send(item)?;
        }
        Ok(is_held)
    }

    /// Queues something once, and writes as much as the delivery asks for. A large message need not
    /// be copied.
    ///
    /// It waits before it queues only while the queue is at the high-water mark, so that a future
    /// that is dropped has sent all or nothing.
    #[inline(never)]
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        item: Outgoing<'_>,
        is_sent: &mut bool,
        to: Delivery,
    ) -> Poll<Result<(), Error>> {
        self.poll_as(Side::Writer, cx, |this, cx| {
            if *is_sent {
                return this.flush(cx);
            }
            ready!(this.room(cx))?;
            *is_sent = true;
            match this.writing().route(item, to) {
                Route::Direct(message)
                    if this.stream().is_write_vectored()
                        && this.queue().send_header(message)? =>
                {
                    this.write_with(cx, message.as_bytes())?;
                }
                Route::Alone => {
                    this.queue().send(item)?;
                    return this.flush_alone(cx);
                }
                _ => this.queue().send(item)?,
            }
            this.deliver(cx, to)
        })
    }

    /// The short way of [`flush`](Self::flush) for a message that is [alone](Route::Alone). What the
    /// stream leaves goes the long way.
    #[inline]
    fn flush_alone(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let len = self.writing().waiting();
        match self.call(cx, |stream, cx, queued| stream.poll_write(cx, queued)) {
            Poll::Ready(Ok(count)) if count == len => self.writing_mut().written(count),
            Poll::Ready(result) => {
                let _ = self.note(result.map(Some));
                return self.flush(cx);
            }
            Poll::Pending => return self.wait_to_write(cx),
        }
        match self.call(cx, |stream, cx, _| stream.poll_flush(cx)) {
            Poll::Ready(Ok(())) => {
                self.writing_mut().flushed();
                self.detach();
                Poll::Ready(Ok(()))
            }
            Poll::Ready(result) => {
                let _ = self.note(result.map(|()| None));
                self.flush(cx)
            }
            Poll::Pending => self.wait_to_write(cx),
        }
    }

    /// Does what comes after something was queued. What is held is written from the high-water mark
    /// on, as much as the stream takes now; whoever queues more waits for the rest.
    fn deliver(&mut self, cx: &mut Context<'_>, to: Delivery) -> Poll<Result<(), Error>> {
        match to {
            Delivery::Written => self.flush(cx),
            Delivery::Queued if !self.writing().would_reach_high_water(0) => Poll::Ready(Ok(())),
            Delivery::Queued => match self.flush(cx) {
                Poll::Pending => {
                    let clock = self.clock();
                    self.writing_mut().pause(clock);
                    Poll::Ready(Ok(()))
                }
                result => result,
            },
        }
    }

    /// Writes the queue and then `rest`, as much as the stream takes now. What it leaves is queued.
    fn write_with(&mut self, cx: &mut Context<'_>, mut rest: &[u8]) -> Result<(), Error> {
        while !rest.is_empty() {
            let of_queue = self.writing().unwritten().len();
            let called = self.call(cx, |stream, cx, queued| {
                stream.poll_write_vectored(cx, &[IoSlice::new(queued), IoSlice::new(rest)])
            });
            let Poll::Ready(result) = called else {
                break;
            };
            let count = self.note(result.map(Some))?;
            rest = rest.get(count.saturating_sub(of_queue)..).unwrap_or_default();
        }
        self.writing_mut().leave(rest);
        Ok(())
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
    /// more, and the queue is lost; later calls fail with [`SendError::Closed`].
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
        self.transport.writing_mut().sender_mut().set_compression(compression);
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
        poll_fn(|cx| self.transport.poll_flush(cx)).await
    }
}
