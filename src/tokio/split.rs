use alloc::sync::Arc;
use core::{
    future::{Future, poll_fn},
    ops::Deref,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ::tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use super::{
    ReuniteError, WebSocket,
    output::{Output, Task, Then},
    reader::{Reader, Wire, poll_failure},
    tasks::{Side, TwoTasks},
    timer::Timer,
    writer::Duplex,
};
#[cfg(feature = "deflate")]
use crate::deflate::Compression;
use crate::{
    adapter::{Error, Subprotocol},
    buffered::{Message, OwnedMessage, Sendable},
    close::{CloseCode, CloseFrame, CloseInfo},
    connection::{Chunk, SendError},
    session::{Outlet, Writing},
};

/// The half of a connection that reads, for one task.
///
/// It also answers Pings and Close frames, keeps the limits in time, and writes what was fed to the
/// other half.
#[derive(Debug)]
pub struct ReadHalf<R, W: AsyncWrite + Unpin> {
    reader: Reader,
    wire: SplitWire<R, W>,
    subprotocol: Subprotocol,
}

/// The half of a connection that writes, for one task.
///
/// [`send`](Self::send) hands a message to the transport before it returns. Several messages travel
/// together by [`feed`](Self::feed) and then [`flush`](Self::flush); what was only fed leaves as soon
/// as the task of the other half runs, and when this half is dropped.
///
/// What the half that reads owes the peer leaves without it. It goes on to work when the other half
/// is dropped, but then nobody answers the peer, and the limits in time are not kept.
#[derive(Debug)]
pub struct WriteHalf<W: AsyncWrite + Unpin> {
    handle: Handle<W>,
    timer: Timer,
}

/// The direction to the peer, under a lock that is held for one poll at a time.
#[derive(Debug)]
struct Shared<W: AsyncWrite + Unpin> {
    output: Mutex<Output<W>>,
    tasks: TwoTasks,
}

/// A half's share of the direction to the peer.
#[derive(Debug)]
struct Handle<W: AsyncWrite + Unpin>(Arc<Shared<W>>);

#[derive(Debug)]
struct SplitWire<R, W: AsyncWrite + Unpin> {
    stream: R,
    handle: Handle<W>,
    timer: Timer,
}

pub(super) fn split<S, R, W>(
    reader: Reader,
    duplex: Duplex<S>,
    subprotocol: Subprotocol,
    split: impl FnOnce(S) -> (R, W),
) -> io::Result<(ReadHalf<R, W>, WriteHalf<W>)>
where
    S: AsyncWrite + Unpin,
    W: AsyncWrite + Unpin,
{
    let Duplex { mut output, timer, .. } = duplex;
    let mut read_side = None;
    let output = output.map(|stream| {
        let (reading, writing) = split(stream);
        read_side = Some(reading);
        Some(writing)
    });
    let stream = read_side.ok_or(io::ErrorKind::NotConnected)?;
    let shared = Arc::new(Shared { output: Mutex::new(output), tasks: TwoTasks::default() });
    let write_half = WriteHalf { handle: Handle(Arc::clone(&shared)), timer: timer.sibling() };
    let wire = SplitWire { stream, handle: Handle(shared), timer };
    Ok((ReadHalf { reader, wire, subprotocol }, write_half))
}

impl<W: AsyncWrite + Unpin> Shared<W> {
    fn output(&self) -> MutexGuard<'_, Output<W>> {
        // The queue is whole frames at any time, whatever a task panicked at.
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the task of a half write.
    fn poll<T>(
        &self,
        side: Side,
        cx: &mut Context<'_>,
        timer: &mut Timer,
        action: impl FnOnce(&mut Output<W>, &mut Task<'_, '_>) -> Poll<T>,
    ) -> Poll<T> {
        self.tasks.poll(side, cx, timer, self.output(), action)
    }
}

impl<W: AsyncWrite + Unpin> Deref for Handle<W> {
    type Target = Shared<W>;

    fn deref(&self) -> &Shared<W> {
        &self.0
    }
}

impl<W: AsyncWrite + Unpin> Drop for Handle<W> {
    /// Makes one attempt to write what is queued, and leaves the rest to the task of the other half:
    /// nobody else may come to flush it.
    fn drop(&mut self) {
        let mut output = self.output();
        if output.state().is_settled() {
            return;
        }
        // A stream that panics, while this thread does, would abort the process.
        if !std::thread::panicking() {
            output.write_now(self.tasks.waker());
        }
        drop(output);
        self.tasks.waker().wake_by_ref();
    }
}

impl<R, W: AsyncWrite + Unpin> Outlet for SplitWire<R, W> {
    fn with<T>(&mut self, action: impl FnOnce(&mut Writing) -> T) -> T {
        let mut output = self.handle.output();
        let before = output.state();
        let value = action(output.writing());
        if output.state().is_settled_since(before) {
            drop(output);
            self.handle.tasks.wake_writer();
        }
        value
    }
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Wire for SplitWire<R, W> {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }

    fn listen(&mut self, cx: &mut Context<'_>) {
        self.handle.tasks.register(Side::Reader, cx.waker());
    }

    fn write_out(&mut self, cx: &mut Context<'_>) {
        let Self { handle, timer, .. } = self;
        let _ = handle.poll(Side::Reader, cx, timer, |output, task| output.poll_write_out(task));
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { handle, timer, .. } = self;
        handle.poll(Side::Reader, cx, timer, |output, task| output.poll_shutdown(task))
    }

    fn timer(&mut self) -> &mut Timer {
        &mut self.timer
    }
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> ReadHalf<R, W> {
    /// The subprotocol that the handshake agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.name()
    }

    /// Waits for the next message. `None`: the peer has closed the connection, see
    /// [`WebSocket::recv`].
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`].
    ///
    /// # Cancel safety
    ///
    /// As for [`WebSocket::recv`].
    pub fn recv(
        &mut self,
    ) -> impl Future<Output = Result<Option<OwnedMessage>, Error>> + use<'_, R, W> {
        poll_fn(|cx| self.poll_recv(cx))
    }

    #[inline]
    pub(super) fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<OwnedMessage>, Error>> {
        self.reader.poll_recv(cx, &mut self.wire)
    }

    pub(super) fn is_ended(&self) -> bool {
        self.reader.is_ended()
    }

    /// Waits for the next message and lends it. `None`: the peer has closed the connection, see
    /// [`WebSocket::recv`].
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`].
    ///
    /// # Cancel safety
    ///
    /// As for [`WebSocket::recv`].
    pub async fn read(&mut self) -> Result<Option<Message<'_>>, Error> {
        let Self { reader, wire, .. } = self;
        if !poll_fn(|cx| reader.poll_message(cx, wire)).await? {
            return Ok(None);
        }
        match reader.reading().message() {
            Ok(message) => Ok(Some(message)),
            Err(mut invalid) => Err(poll_fn(|cx| poll_failure(&mut invalid, cx, wire)).await),
        }
    }

    /// Waits for some of a message and lends it, see [`WebSocket::read_chunk`].
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`].
    ///
    /// # Cancel safety
    ///
    /// As for [`WebSocket::recv`].
    pub async fn read_chunk(&mut self) -> Result<Option<Chunk<'_>>, Error> {
        let Self { reader, wire, .. } = self;
        if !poll_fn(|cx| reader.poll_chunk(cx, wire)).await? {
            return Ok(None);
        }
        Ok(Some(reader.chunk()))
    }

    /// Closes the connection from this half, see [`WebSocket::close`]. Messages that still come are
    /// thrown away.
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::close`].
    ///
    /// # Cancel safety
    ///
    /// As for [`WebSocket::close`].
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<CloseInfo, Error> {
        self.wire.with(|writing| writing.close(CloseFrame { code, reason }))?;
        while self.read_chunk().await?.is_some() {}
        self.close_info().ok_or_else(|| Error::Io(io::ErrorKind::NotConnected.into()))
    }

    /// How the connection ended; `None` while more may come.
    #[must_use]
    pub fn close_info(&self) -> Option<CloseInfo> {
        self.reader.close_info(self.wire.handle.output().writing_ref())
    }

    /// How long the peer took to answer the last Ping of the keepalive.
    #[must_use]
    pub fn ping_latency(&self) -> Option<Duration> {
        self.reader.ping_latency()
    }

    /// Puts the halves together again. `join` does that with the halves of the stream, as `split`
    /// of [`WebSocket::split_with`] made them.
    ///
    /// # Errors
    ///
    /// [`ReuniteError`]: the halves are not of the same connection.
    #[expect(clippy::result_large_err, reason = "the halves are given back")]
    pub fn reunite_with<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        other: WriteHalf<W>,
        join: impl FnOnce(R, W) -> S,
    ) -> Result<WebSocket<S>, ReuniteError<R, W>> {
        self.reunite_by(other, |reading, writing| Some(join(reading, writing)))
    }

    #[expect(clippy::result_large_err, reason = "the halves are given back")]
    fn reunite_by<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        other: WriteHalf<W>,
        join: impl FnOnce(R, W) -> Option<S>,
    ) -> Result<WebSocket<S>, ReuniteError<R, W>> {
        if !Arc::ptr_eq(&self.wire.handle.0, &other.handle.0) {
            return Err(ReuniteError(self, other));
        }
        drop(other);
        let Self { reader, wire: SplitWire { stream, handle, timer }, subprotocol } = self;
        let output = handle.output().map(|other| join(stream, other));
        Ok(WebSocket::from_sides(reader, Duplex::new(output, timer), subprotocol))
    }
}

impl ReadHalf<OwnedReadHalf, OwnedWriteHalf> {
    /// Puts together what [`WebSocket::split`] has split.
    ///
    /// # Errors
    ///
    /// [`ReuniteError`]: the halves are not of the same connection.
    #[expect(clippy::result_large_err, reason = "the halves are given back")]
    pub fn reunite(
        self,
        other: WriteHalf<OwnedWriteHalf>,
    ) -> Result<WebSocket<TcpStream>, ReuniteError<OwnedReadHalf, OwnedWriteHalf>> {
        self.reunite_by(other, |reading, writing| reading.reunite(writing).ok())
    }
}

impl<W: AsyncWrite + Unpin> WriteHalf<W> {
    /// Sends a message, or anything else that is [`Sendable`], and waits until it is written, see
    /// [`Writer::send`](super::Writer::send).
    ///
    /// A [`CloseFrame`] begins the closing handshake. The half that reads brings it to its end,
    /// within the limit of [`Timeouts::close`](crate::connection::Timeouts::close).
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    ///
    /// # Cancel safety
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn send<M: Sendable>(
        &mut self,
        item: M,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, W, M> {
        self.send_then(item, Then::Flush)
    }

    /// Queues a message, or anything else that is [`Sendable`], see
    /// [`Writer::feed`](super::Writer::feed). The half that reads writes what was fed before it waits,
    /// and is woken for that if it waits already.
    ///
    /// # Errors
    ///
    /// As for [`Writer::feed`](super::Writer::feed).
    ///
    /// # Cancel safety
    ///
    /// As for [`Writer::feed`](super::Writer::feed).
    pub fn feed<M: Sendable>(
        &mut self,
        item: M,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, W, M> {
        self.send_then(item, Then::Hold)
    }

    /// Which messages are compressed from the next one on, see
    /// [`Sender::set_compression`](crate::connection::Sender::set_compression).
    #[cfg(feature = "deflate")]
    pub fn set_compression(&mut self, compression: Compression) {
        self.handle.output().writing().sender_mut().set_compression(compression);
    }

    /// Writes all that is queued.
    ///
    /// # Errors
    ///
    /// As for [`Writer::flush`](super::Writer::flush).
    ///
    /// # Cancel safety
    ///
    /// Can be awaited again.
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.poll(cx, |output, task| output.poll_flush(task))).await
    }

    fn send_then<M: Sendable>(
        &mut self,
        item: M,
        then: Then,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, W, M> {
        let mut is_sent = false;
        poll_fn(move |cx| {
            self.poll(cx, |output, task| {
                output.poll_send(task, item.as_outgoing(), &mut is_sent, then)
            })
        })
    }

    /// Returns how many bytes wait to be written, as `bufferedAmount` of a browser does.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.handle.output().writing_ref().waiting()
    }

    /// Queues something at once, for a sink.
    pub(super) fn feed_at_once(&self, item: impl Sendable) -> Result<(), SendError> {
        let Shared { tasks, output } = &*self.handle.0;
        let output = output.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.change(Side::Writer, output, |output| output.queue().send(item))
    }

    pub(super) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        action: impl FnOnce(&mut Output<W>, &mut Task<'_, '_>) -> Poll<T>,
    ) -> Poll<T> {
        let Self { handle, timer } = self;
        handle.poll(Side::Writer, cx, timer, action)
    }
}
