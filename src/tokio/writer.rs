use alloc::boxed::Box;
use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, Waker},
};
use std::io;

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    output::{Output, Task, Then},
    reader::Wire,
    tasks::{Side, TwoTasks},
    timer::Timer,
};
#[cfg(feature = "deflate")]
use crate::deflate::Compression;
use crate::{
    adapter::Error,
    buffered::Sendable,
    connection::SendError,
    session::{Outlet, Writing},
};

/// One stream for both directions, with the half of the session that writes.
///
/// Most often one task uses it. Two tasks may, under a lock of somebody else's; how they wake each
/// other is described at [`tasks`](super::tasks).
#[derive(Debug)]
pub(super) struct Duplex<S: AsyncWrite + Unpin> {
    pub(super) output: Output<S>,
    /// The clock of the task that reads, and of the only task.
    pub(super) timer: Timer,
    waiting: Waiting,
}

/// Who waits.
#[derive(Debug)]
enum Waiting {
    Nobody,
    /// The task that waited last, for input or for room.
    One(Side, Waker),
    /// From when on a task has come while another was waiting.
    Two(Box<Sharing>),
}

#[derive(Debug)]
struct Sharing {
    tasks: TwoTasks,
    /// The clock of the task that writes.
    timer: Timer,
}

impl Waiting {
    fn wake_reader(&self) {
        match self {
            Self::One(Side::Reader, waker) => waker.wake_by_ref(),
            Self::Two(sharing) => sharing.tasks.wake_reader(),
            _ => {}
        }
    }

    fn wake_writer(&self) {
        match self {
            Self::One(Side::Writer, waker) => waker.wake_by_ref(),
            Self::Two(sharing) => sharing.tasks.wake_writer(),
            _ => {}
        }
    }
}

impl<S: AsyncWrite + Unpin> Duplex<S> {
    pub(super) const fn new(output: Output<S>, timer: Timer) -> Self {
        Self { output, timer, waiting: Waiting::Nobody }
    }

    /// The same over what `wrap` makes of the stream.
    #[cfg(feature = "url")]
    pub(super) fn map<V: AsyncWrite + Unpin>(mut self, wrap: impl FnOnce(S) -> V) -> Duplex<V> {
        Duplex::new(self.output.map(|stream| Some(wrap(stream))), self.timer)
    }

    /// See [`Writer::send`].
    #[inline]
    pub(super) fn send<M: Sendable>(
        &mut self,
        item: M,
        then: Then,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, S, M> {
        Sending { duplex: self, item, then, is_sent: false }
    }

    /// Queues something at once, for a sink.
    pub(super) fn start_send(&mut self, item: impl Sendable) -> Result<(), SendError> {
        let Self { output, waiting, .. } = self;
        let before = output.state();
        output.queue().send(item)?;
        if output.state().is_closed_since(before) {
            waiting.wake_reader();
        }
        Ok(())
    }

    /// Writes the queue, for the task that sends.
    #[inline]
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_as(Side::Writer, cx, |output, task| output.poll_flush(task))
    }

    /// Lets a task write.
    #[inline]
    pub(super) fn poll_as<T>(
        &mut self,
        side: Side,
        cx: &mut Context<'_>,
        action: impl FnOnce(&mut Output<S>, &mut Task<'_, '_>) -> Poll<T>,
    ) -> Poll<T> {
        self.meet(side, cx);
        if let Waiting::Two(sharing) = &mut self.waiting {
            let Sharing { tasks, timer } = &mut **sharing;
            let timer = match side {
                Side::Reader => &mut self.timer,
                Side::Writer => timer,
            };
            return tasks.poll(side, cx, timer, &mut self.output, action);
        }
        let mut task = Task { cx, timer: &mut self.timer, writers: None };
        let result = action(&mut self.output, &mut task);
        if result.is_pending() {
            self.note_waiting(side, cx);
        }
        result
    }

    /// Notices that a task comes while another waits.
    #[inline]
    fn meet(&mut self, side: Side, cx: &Context<'_>) {
        if let Waiting::One(waiting, waker) = &self.waiting
            && *waiting != side
            && !waker.will_wake(cx.waker())
        {
            if *waiting == Side::Writer {
                // It has used the other task's clock, and comes again to use its own.
                waker.wake_by_ref();
            }
            let tasks = TwoTasks::default();
            tasks.register(*waiting, waker);
            let timer = self.timer.sibling();
            self.waiting = Waiting::Two(Box::new(Sharing { tasks, timer }));
        }
    }

    /// Records who waits.
    fn note_waiting(&mut self, side: Side, cx: &Context<'_>) {
        match &mut self.waiting {
            Waiting::Nobody => self.waiting = Waiting::One(side, cx.waker().clone()),
            Waiting::One(waiting, waker) => {
                *waiting = side;
                waker.clone_from(cx.waker());
            }
            Waiting::Two(sharing) => sharing.tasks.register(side, cx.waker()),
        }
    }
}

/// The future of [`Duplex::send`]. With a type of its own, so that a message that is only queued is
/// queued without a call.
#[derive(Debug)]
struct Sending<'d, S: AsyncWrite + Unpin, M> {
    duplex: &'d mut Duplex<S>,
    item: M,
    then: Then,
    is_sent: bool,
}

// The item is never pinned.
impl<S: AsyncWrite + Unpin, M> Unpin for Sending<'_, S, M> {}

impl<S: AsyncWrite + Unpin, M: Sendable> Future for Sending<'_, S, M> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { duplex, item, then, is_sent } = self.get_mut();
        if !*is_sent && duplex.output.hold(item.as_outgoing(), *then)? {
            *is_sent = true;
            return Poll::Ready(Ok(()));
        }
        let then = *then;
        duplex.poll_as(Side::Writer, cx, |output, task| {
            output.poll_send(task, item.as_outgoing(), is_sent, then)
        })
    }
}

impl<S: AsyncWrite + Unpin> Outlet for Duplex<S> {
    fn with<T>(&mut self, action: impl FnOnce(&mut Writing) -> T) -> T {
        let before = self.output.state();
        let value = action(self.output.writing());
        if self.output.state().is_settled_since(before) {
            self.waiting.wake_writer();
        }
        value
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire for Duplex<S> {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.output.poll_read(cx, buffer)
    }

    fn listen(&mut self, cx: &mut Context<'_>) {
        self.meet(Side::Reader, cx);
        self.note_waiting(Side::Reader, cx);
    }

    fn write_out(&mut self, cx: &mut Context<'_>) {
        let _ = self.poll_as(Side::Reader, cx, |output, task| output.poll_write_out(task));
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_as(Side::Reader, cx, |output, task| output.poll_shutdown(task))
    }

    fn timer(&mut self) -> &mut Timer {
        &mut self.timer
    }
}

/// Sends while a received message is borrowed: the other half of
/// [`WebSocket::read`](super::WebSocket::read).
///
/// [`send`](Self::send) hands the message to the transport before it returns.
/// [`feed`](Self::feed) queues it, for messages that can travel together: what was fed leaves, in
/// order and with as few system calls as it takes, as soon as one of these happens:
///
/// - `send`, `flush` or `close`;
/// - the queue reaches the high-water mark
///   ([`Limits::high_water_mark`](crate::connection::Limits::high_water_mark));
/// - `read` or `recv` finds no complete message, before it asks the transport for more input;
/// - the socket is dropped, which makes one attempt that does not wait.
///
/// So nothing that was fed ever waits for the peer. A loop that answers feeds its answers: those to
/// messages that came together leave together.
#[derive(Debug)]
pub struct Writer<'w, S: AsyncWrite + Unpin> {
    duplex: &'w mut Duplex<S>,
}

impl<'w, S: AsyncWrite + Unpin> Writer<'w, S> {
    pub(super) const fn new(duplex: &'w mut Duplex<S>) -> Self {
        Self { duplex }
    }

    /// Sends a message, or anything else that is [`Sendable`], and whatever was fed before: it waits
    /// until the transport has taken all of it.
    ///
    /// While the queue is at the high-water mark it waits before it queues the message.
    ///
    /// A [`CloseFrame`](crate::CloseFrame) begins the closing handshake: go on reading until the
    /// end.
    ///
    /// # Errors
    ///
    /// [`Error::Send`]: nothing was sent. [`Error::Io`] and [`Error::Timeout`]: nothing can be sent any
    /// more, and what was queued is given up; from then on it is
    /// [`SendError::Closed`].
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped has sent the message in whole or not at all. Not at all means that
    /// it was never polled, or that the queue stayed at the high-water mark; else the message is
    /// queued, and whatever is awaited next on the connection writes it. To know which,
    /// [`feed`](Self::feed) the message, then [`flush`](Self::flush).
    #[inline]
    pub fn send<M: Sendable>(
        &mut self,
        item: M,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, 'w, S, M> {
        self.duplex.send(item, Then::Flush)
    }

    /// Queues a message, or anything else that is [`Sendable`], to leave together with others (see
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
    /// A future that is dropped before it is ready has queued nothing.
    pub fn feed<M: Sendable>(
        &mut self,
        item: M,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, 'w, S, M> {
        self.duplex.send(item, Then::Hold)
    }

    /// Which messages are compressed from the next one on, see
    /// [`Sender::set_compression`](crate::connection::Sender::set_compression).
    #[cfg(feature = "deflate")]
    pub fn set_compression(&mut self, compression: Compression) {
        self.duplex.output.writing().sender_mut().set_compression(compression);
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
}
