use alloc::{boxed::Box, sync::Arc, task::Wake};
use core::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, Waker},
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
use atomic_waker::AtomicWaker;

use super::{
    WebSocket,
    alarm::Alarm,
    output::{Output, Task, Then},
    reader::{Reader, Wire},
    writer::Duplex,
};
#[cfg(feature = "deflate")]
use crate::deflate::Compression;
use crate::{
    buffered::{AsMessage, Message, OwnedMessage, WriteBuffer},
    close::{CloseCode, CloseFrame, CloseInfo},
    connection::{Chunk, MessageKind, Part, PreparedMessage, SendError, Sender},
    error::Error,
    redacted::Redacted,
};

/// The half of a connection that reads, for one task.
///
/// It also answers Pings and Close frames, keeps the limits in time, and writes on while the other
/// half's task does something else.
#[derive(Debug)]
pub struct ReadHalf<R, W: AsyncWrite + Unpin> {
    reader: Reader,
    wire: SplitWire<R, W>,
    subprotocol: Option<Redacted<Box<str>>>,
}

/// The half of a connection that writes, for one task.
///
/// It cannot know whether another message waits to be read, so [`send`](Self::send) writes at once:
/// several messages travel together by [`feed`](Self::feed) and then [`flush`](Self::flush).
///
/// What the half that reads owes the peer leaves without it. It goes on to work when the other half
/// is dropped, but then nobody answers the peer, and the limits in time are not kept.
#[derive(Debug)]
pub struct WriteHalf<W: AsyncWrite + Unpin> {
    shared: Arc<Shared<W>>,
    alarm: Alarm,
}

/// The direction to the peer, under a lock that is held for one poll at a time.
#[derive(Debug)]
struct Shared<W: AsyncWrite + Unpin> {
    output: Mutex<Output<W>>,
    tasks: Arc<Tasks>,
    /// Wakes both tasks: a stream keeps one waker for the direction, and whichever task comes first
    /// writes for both.
    waker: Waker,
}

/// Apart from [`Shared`], so that the waker that the stream keeps does not keep the stream.
#[derive(Debug, Default)]
struct Tasks {
    reader: AtomicWaker,
    writer: AtomicWaker,
}

impl Wake for Tasks {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.reader.wake();
        self.writer.wake();
    }
}

/// The halves are not of the same connection. Here they are again.
#[expect(clippy::exhaustive_structs, reason = "made to be taken apart")]
pub struct ReuniteError<R, W: AsyncWrite + Unpin>(pub ReadHalf<R, W>, pub WriteHalf<W>);

#[derive(Debug)]
struct SplitWire<R, W: AsyncWrite + Unpin> {
    stream: R,
    shared: Arc<Shared<W>>,
    alarm: Alarm,
}

pub(super) fn split<S, R, W>(
    reader: Reader,
    duplex: Duplex<S>,
    subprotocol: Option<Redacted<Box<str>>>,
    split: impl FnOnce(S) -> (R, W),
) -> io::Result<(ReadHalf<R, W>, WriteHalf<W>)>
where
    S: AsyncWrite + Unpin,
    W: AsyncWrite + Unpin,
{
    let Duplex { output: Output { link, sender }, alarm } = duplex;
    let mut read_side = None;
    let link = link.map(|stream| {
        let (reading, writing) = split(stream);
        read_side = Some(reading);
        Some(writing)
    });
    let stream = read_side.ok_or(io::ErrorKind::NotConnected)?;
    let tasks = Arc::new(Tasks::default());
    let waker = Waker::from(Arc::clone(&tasks));
    let output = Mutex::new(Output { link, sender });
    let shared = Arc::new(Shared { output, tasks, waker });
    let write_half = WriteHalf { shared: Arc::clone(&shared), alarm: alarm.sibling() };
    let wire = SplitWire { stream, shared, alarm };
    Ok((ReadHalf { reader, wire, subprotocol }, write_half))
}

impl<W: AsyncWrite + Unpin> Shared<W> {
    fn output(&self) -> MutexGuard<'_, Output<W>> {
        // The queue is whole frames at any time, whatever a task panicked at.
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets `action` write, and wakes the task `other` if it may wait for what was written, or must
    /// know that nothing can be: a stream that is ready for one task need not wake the one that it
    /// has kept waiting.
    fn poll<T>(&self, other: &AtomicWaker, action: impl FnOnce(&mut Output<W>) -> T) -> T {
        let mut output = self.output();
        let is_awaited = !output.link.is_settled();
        let value = action(&mut output);
        if is_awaited && output.link.is_settled() {
            drop(output);
            other.wake();
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

    fn with_output<T>(&mut self, action: impl FnOnce(&mut Sender, &mut WriteBuffer) -> T) -> T {
        let Output { link, sender } = &mut *self.shared.output();
        action(sender, link.queue())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Shared { tasks, waker, .. } = &*self.shared;
        // Before the attempt, so that no wake-up is lost after it.
        tasks.reader.register(cx.waker());
        let mut task = Task { cx, alarm: &mut self.alarm, writers: Some(waker) };
        self.shared.poll(&tasks.writer, |output| output.poll_flush(&mut task))
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.tasks.reader.register(cx.waker());
        let mut writing = Context::from_waker(&self.shared.waker);
        self.shared.output().link.poll_shutdown(&mut writing)
    }

    fn is_closed(&self) -> bool {
        self.shared.output().sender.is_closed()
    }

    fn alarm(&mut self) -> &mut Alarm {
        &mut self.alarm
    }
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> ReadHalf<R, W> {
    /// The subprotocol that the handshake agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// Waits for the next message. `None`: the connection was closed cleanly.
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
        poll_fn(|cx| self.reader.poll_recv(cx, &mut self.wire))
    }

    /// Waits for the next message and lends it. `None`: the connection was closed cleanly.
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
        let (buffer, session) = reader.message();
        match buffer.message() {
            Ok(message) => Ok(Some(message)),
            Err(error) => Err(poll_fn(|cx| session.poll_fail(cx, wire, error)).await),
        }
    }

    /// Waits for some of a message and lends it, see [`WebSocket::read_part`].
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`].
    ///
    /// # Cancel safety
    ///
    /// As for [`WebSocket::recv`].
    pub async fn read_part(&mut self) -> Result<Option<Chunk<'_>>, Error> {
        let Self { reader, wire, .. } = self;
        if !poll_fn(|cx| reader.poll_part(cx, wire)).await? {
            return Ok(None);
        }
        Ok(Some(reader.part()))
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
        self.wire.queue_close(CloseFrame { code, reason })?;
        while self.read_part().await?.is_some() {}
        self.close_info().ok_or_else(|| Error::Io(io::ErrorKind::NotConnected.into()))
    }

    /// How the connection ended; `None` while more may come.
    #[must_use]
    pub fn close_info(&self) -> Option<CloseInfo> {
        self.reader.close_info(&self.wire.shared.output().sender)
    }

    /// How long the peer took to answer the last Ping of the keepalive.
    #[must_use]
    pub const fn latency(&self) -> Option<Duration> {
        self.reader.latency()
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
        if !Arc::ptr_eq(&self.wire.shared, &other.shared) {
            return Err(ReuniteError(self, other));
        }
        let WriteHalf { shared, alarm: other_alarm } = other;
        drop(shared);
        let Self { reader, wire: SplitWire { stream, shared, alarm }, subprotocol } = self;
        match Arc::try_unwrap(shared) {
            Ok(Shared { output, .. }) => {
                let output = output.into_inner().unwrap_or_else(PoisonError::into_inner);
                let link = output.link.map(|other| join(stream, other));
                let output = Output { link, sender: output.sender };
                let duplex = Duplex { output, alarm };
                Ok(WebSocket::from_sides(reader, duplex, subprotocol))
            }
            // Nobody else has it; but if somebody had, nothing would be lost.
            Err(shared) => {
                let other = WriteHalf { shared: Arc::clone(&shared), alarm: other_alarm };
                let wire = SplitWire { stream, shared, alarm };
                Err(ReuniteError(Self { reader, wire, subprotocol }, other))
            }
        }
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
    /// Sends a message, and waits until it is written, see [`Writer::send`](super::Writer::send).
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    ///
    /// # Cancel safety
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn send<M: AsMessage>(
        &mut self,
        message: M,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, W, M> {
        self.send_then(message, Then::Flush)
    }

    /// Queues a message, see [`Writer::feed`](super::Writer::feed).
    ///
    /// # Errors
    ///
    /// As for [`Writer::feed`](super::Writer::feed).
    ///
    /// # Cancel safety
    ///
    /// As for [`Writer::feed`](super::Writer::feed).
    pub fn feed<M: AsMessage>(
        &mut self,
        message: M,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, W, M> {
        self.send_then(message, Then::Hold)
    }

    /// Sends a message that was encoded before, and waits until it is written.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// As for [`send`](Self::send).
    pub async fn send_prepared(&mut self, message: &PreparedMessage) -> Result<(), Error> {
        self.queue(|sender, out| sender.send_prepared(message, out.out())).await
    }

    /// Sends the next part of a message as a frame of its own, and waits until it is written.
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
        self.queue(|sender, out| sender.send_part(kind, data, part, out.out())).await
    }

    /// Sends a Ping with up to 125 bytes of data. The Pong is not reported.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// As for [`send`](Self::send).
    pub async fn send_ping(&mut self, data: &[u8]) -> Result<(), Error> {
        self.queue(|sender, out| sender.send_ping(data, out.out())).await
    }

    /// Begins the closing handshake. The half that reads brings it to its end, within the limit of
    /// [`Timeouts::close`](crate::connection::Timeouts::close).
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Cancel safety
    ///
    /// As for [`send`](Self::send).
    pub async fn send_close(&mut self, frame: Option<CloseFrame<'_>>) -> Result<(), Error> {
        let result = self.queue(|sender, out| sender.send_close(frame, out.out())).await;
        // From now on the time for the peer's answer runs.
        self.shared.tasks.reader.wake();
        result
    }

    /// Which messages are compressed from the next one on, see [`Sender::set_compression`].
    #[cfg(feature = "deflate")]
    pub fn set_compression(&mut self, compression: Compression) {
        self.shared.output().sender.set_compression(compression);
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

    fn send_then<M: AsMessage>(
        &mut self,
        message: M,
        then: Then,
    ) -> impl Future<Output = Result<(), Error>> + use<'_, W, M> {
        let mut is_sent = false;
        poll_fn(move |cx| {
            self.poll(cx, |output, task| {
                output.poll_message(task, message.as_message(), &mut is_sent, then)
            })
        })
    }

    /// Sends what `action` queues, and waits until it is written.
    fn queue<F>(&mut self, action: F) -> impl Future<Output = Result<(), Error>> + use<'_, W, F>
    where
        F: FnOnce(&mut Sender, &mut WriteBuffer) -> Result<(), SendError>,
    {
        let mut action = Some(action);
        poll_fn(move |cx| {
            self.poll(cx, |output, task| output.poll_send(task, &mut action, Then::Flush))
        })
    }

    fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        action: impl FnOnce(&mut Output<W>, &mut Task<'_, '_>) -> Poll<T>,
    ) -> Poll<T> {
        let Shared { tasks, waker, .. } = &*self.shared;
        // Before the attempt, so that no wake-up is lost after it.
        tasks.writer.register(cx.waker());
        let mut task = Task { cx, alarm: &mut self.alarm, writers: Some(waker) };
        self.shared.poll(&tasks.reader, |output| action(output, &mut task))
    }
}

impl<R, W: AsyncWrite + Unpin> fmt::Debug for ReuniteError<R, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReuniteError(..)")
    }
}

impl<R, W: AsyncWrite + Unpin> fmt::Display for ReuniteError<R, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the halves are not of the same connection")
    }
}

impl<R, W: AsyncWrite + Unpin> core::error::Error for ReuniteError<R, W> {}
