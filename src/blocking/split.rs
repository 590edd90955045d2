use alloc::sync::Arc;
use core::time::Duration;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

use super::{
    WebSocket, driver,
    stopwatch::Stopwatch,
    transport::{Output, Transport, write},
};
#[cfg(feature = "stats")]
use crate::session::Stats;
use crate::{
    adapter::{Error, Log, ReuniteError, Subprotocol},
    buffered::{Message, OwnedMessage, Sendable},
    close::{CloseCode, CloseFrame, CloseInfo},
    connection::Chunk,
    session::{Outlet, Reading, Turns, Writing},
    streams::{SharedStream, Socket, TimedStream},
};

/// The read half of a connection, for one thread.
///
/// It also answers Pings and Close frames, without waiting for a thread that is writing: what it
/// queues is sent with that thread's bytes.
#[derive(Debug)]
pub struct ReadHalf<S> {
    reading: Reading,
    /// Its stream is only read from.
    transport: Transport<SharedStream<S>, Arc<Shared<S>>>,
    subprotocol: Subprotocol,
}

/// The write half of a connection. Its methods take `&self`, so several threads can use it by
/// reference or in an [`Arc`].
///
/// [`send`](Self::send) writes a message to the transport before it returns. [`feed`](Self::feed)
/// only queues it. The queue is written, in order and with as few system calls as possible, when
/// any thread sends something or flushes; when the queue reaches the high-water mark; before the
/// read half waits for input; and when a half is dropped. Dropping makes one short attempt to
/// write, and none over a stream without [timeouts](Socket::has_timeouts); the rest is written when
/// the read half next wakes up, or by the thread that is writing at that moment.
#[derive(Debug)]
pub struct WriteHalf<S> {
    shared: Arc<Shared<S>>,
}

impl<S> Drop for WriteHalf<S> {
    fn drop(&mut self) {
        (self.shared.at_drop)(&self.shared);
    }
}

/// Two locks: one around the queue, which is held only briefly, and one that is held while writing.
/// A thread that queues something while another writes need not write it: a writer checks the queue
/// once more after it has released the stream.
///
/// A writer takes the whole queue at once. Its progress is recorded under the lock of the queue
/// after each write, so that the thread that reads notices that a peer is alive even if it accepts
/// a large message slowly.
#[derive(Debug)]
struct Shared<S> {
    writing: Mutex<Writing>,
    /// The handle to write to.
    stream: Mutex<TimedStream<SharedStream<S>>>,
    /// A thread has released the stream.
    released: Condvar,
    clock: Stopwatch,
    log: Log,
    /// What to do when a half is dropped. Only the code that splits knows enough about the stream.
    at_drop: fn(&Arc<Self>),
}

impl<S: Socket> WebSocket<S>
where
    for<'a> &'a S: Socket,
{
    /// Splits the connection into a write half, for several threads, and a read half, for one
    /// thread. [`ReadHalf::reunite`] reunites them.
    ///
    /// Both halves share the stream, so two threads must be able to use it through a reference,
    /// like a `TcpStream` or a `UnixStream`; see [`Socket`].
    ///
    /// ```
    /// use sansocket::blocking::WebSocket;
    ///
    /// let (client, mut server) = WebSocket::pair()?;
    /// let (writer, mut reader) = client.split();
    /// std::thread::scope(|scope| {
    ///     for text in ["from one thread", "from another"] {
    ///         let writer = &writer;
    ///         scope.spawn(move || writer.send(text));
    ///     }
    /// });
    /// server.recv()?;
    /// server.recv()?;
    /// server.send("to the third")?;
    /// assert_eq!(reader.recv()?.unwrap().as_text(), Some("to the third"));
    /// let client = reader.reunite(writer)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn split(self) -> (WriteHalf<S>, ReadHalf<S>) {
        let Self { mut reading, mut transport, subprotocol } = self;
        // The other half cannot wake a read.
        reading.lifecycle().set_looking_up(true);
        let (stream, other) = transport.stream.take().share();
        let shared = Arc::new(Shared {
            writing: Mutex::new(transport.out.take()),
            stream: Mutex::new(other),
            released: Condvar::new(),
            clock: transport.clock,
            log: transport.log.clone(),
            at_drop: Shared::<S>::leave,
        });
        let write_half = WriteHalf { shared: Arc::clone(&shared) };
        let (clock, turns, log) = (transport.clock, transport.turns, transport.log.clone());
        let at_drop = |half: &mut Transport<_, Arc<Shared<S>>>| half.out.leave();
        let transport = Transport { stream, out: shared, clock, turns, log, at_drop };
        (write_half, ReadHalf { reading, transport, subprotocol })
    }
}

/// The locked values are always valid, wherever a thread has panicked: the queue has complete
/// frames, and a stream that has panicked is not called again.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S> Shared<S>
where
    for<'a> &'a S: Socket,
{
    /// The stream, unless another thread is writing.
    fn try_stream(&self) -> Option<MutexGuard<'_, TimedStream<SharedStream<S>>>> {
        match self.stream.try_lock() {
            Ok(stream) => Some(stream),
            Err(TryLockError::Poisoned(stream)) => Some(stream.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Writes the queue; waits for another thread that is writing.
    fn flush(self: &Arc<Self>) -> Result<(), Error> {
        loop {
            self.write_with(lock(&self.stream), None)?;
            // A thread that has queued something meanwhile may have left it to us.
            if self.is_written() {
                return Ok(());
            }
        }
    }

    /// Writes with the stream, and releases it.
    fn write_with(
        self: &Arc<Self>,
        mut stream: MutexGuard<'_, TimedStream<SharedStream<S>>>,
        turn: Option<Duration>,
    ) -> Result<bool, Error> {
        let result = write(&mut stream, self.clock, &mut Arc::clone(self), &[], turn);
        drop(stream);
        // Waiting threads check for the stream under this lock.
        drop(lock(&self.writing));
        self.released.notify_one();
        result
    }

    /// Makes one short attempt to write the queue when a half is dropped. If another thread is writing,
    /// that thread writes it.
    fn leave(self: &Arc<Self>) {
        // If the stream panicked during a panic of this thread, the process would abort.
        let may_write = self.clock.is_running() && !std::thread::panicking();
        // Other threads leave writing to the owner of the stream, so it is taken only to write. And a
        // thread that has queued something meanwhile may have left it to us.
        while may_write
            && lock(&self.writing).waiting() > 0
            && let Some(stream) = self.try_stream()
            && matches!(self.write_with(stream, Some(Turns::LOOK)), Ok(true))
        {}
        self.log.left(self.clock, &lock(&self.writing));
    }

    /// Returns whether a thread has at least begun to write everything that was queued.
    fn is_written(&self) -> bool {
        lock(&self.writing).unwritten().is_empty()
    }
}

impl<S> Outlet for Arc<Shared<S>> {
    fn with<T>(&mut self, action: impl FnOnce(&mut Writing) -> T) -> T {
        action(&mut lock(&self.writing))
    }
}

impl<S> Output<SharedStream<S>> for Arc<Shared<S>>
where
    for<'a> &'a S: Socket,
{
    fn write(reader: &mut Transport<SharedStream<S>, Self>, turn: Duration) -> Result<bool, Error> {
        let shared = &reader.out;
        let Some(stream) = shared.try_stream() else { return Ok(true) };
        Ok(shared.write_with(stream, Some(turn))? && shared.is_written())
    }

    fn wait_for_writer(&mut self, limit: Duration) -> bool {
        let writing = lock(&self.writing);
        let is_writing = self.try_stream().is_none();
        if is_writing {
            drop(self.released.wait_timeout(writing, limit));
        }
        is_writing
    }
}

impl<S> ReadHalf<S>
where
    for<'a> &'a S: Socket,
{
    /// Waits for the next message. Returns `None` if the peer has closed the connection, see
    /// [`WebSocket::recv`](super::WebSocket::recv).
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`](super::WebSocket::recv).
    pub fn recv(&mut self) -> Result<Option<OwnedMessage>, Error> {
        driver::read(&mut self.reading, &mut self.transport, Reading::next, Reading::owned_message)
    }

    /// Waits for the next message and borrows it. Returns `None` if the peer has closed the
    /// connection, see [`WebSocket::recv`](super::WebSocket::recv).
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`](super::WebSocket::recv).
    pub fn read(&mut self) -> Result<Option<Message<'_>>, Error> {
        driver::read(&mut self.reading, &mut self.transport, Reading::next, Reading::message)
    }

    /// Waits for the next chunk of a message and borrows it, see
    /// [`WebSocket::read_chunk`](super::WebSocket::read_chunk).
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`](super::WebSocket::recv).
    pub fn read_chunk(&mut self) -> Result<Option<Chunk<'_>>, Error> {
        let take = |reading| Ok(Reading::chunk(reading));
        driver::read(&mut self.reading, &mut self.transport, Reading::next_chunk, take)
    }

    /// Closes the connection, see [`WebSocket::close`](super::WebSocket::close).
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::close`](super::WebSocket::close).
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<CloseInfo, Error> {
        driver::close(&mut self.reading, &mut self.transport, CloseFrame { code, reason })
    }

    /// Reunites the halves of [`WebSocket::split`](super::WebSocket::split).
    ///
    /// # Errors
    ///
    /// [`ReuniteError`]: the halves belong to different connections.
    #[expect(clippy::result_large_err, reason = "the halves are given back")]
    pub fn reunite(
        self,
        other: WriteHalf<S>,
    ) -> Result<WebSocket<S>, ReuniteError<Self, WriteHalf<S>>>
    where
        S: Socket,
    {
        if !Arc::ptr_eq(&self.transport.out, &other.shared) {
            return Err(ReuniteError(self, other));
        }
        let Self { mut reading, mut transport, subprotocol } = self;
        reading.lifecycle().set_looking_up(false);
        let stream = transport.stream.take().unite(lock(&other.shared.stream).take());
        let out = lock(&other.shared.writing).take();
        let (clock, turns, log) = (transport.clock, transport.turns, transport.log.clone());
        let transport = Transport { stream, out, clock, turns, log, at_drop: Transport::leave };
        Ok(WebSocket::from_sides(reading, transport, subprotocol))
    }

    /// Returns the negotiated subprotocol.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.name()
    }

    /// Returns counts and the age of the connection, see [`WebSocket::stats`].
    #[cfg(feature = "stats")]
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.reading.stats(self.transport.clock, &lock(&self.transport.out.writing))
    }

    /// Returns how long the peer took to answer the last Ping of the keepalive.
    #[must_use]
    pub fn ping_latency(&self) -> Option<Duration> {
        self.reading.ping_latency()
    }

    /// Returns how the connection ended; `None` while more may come.
    #[must_use]
    pub fn close_info(&self) -> Option<CloseInfo> {
        self.reading.close_info(&lock(&self.transport.out.writing))
    }
}

impl<S> WriteHalf<S>
where
    for<'a> &'a S: Socket,
{
    /// Sends a message, or anything else that is [`Sendable`], and returns when the transport has
    /// accepted it and everything that was queued before.
    ///
    /// After a [`Chunk`], other threads cannot send messages until the [last](Chunk::last) chunk.
    ///
    /// A [`CloseFrame`] begins the closing handshake, which the read half completes. If the peer
    /// does not answer, that takes up to twice
    /// [`Timeouts::close`](crate::connection::Timeouts::close), or a second more.
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn send(&self, item: impl Sendable) -> Result<(), Error> {
        lock(&self.shared.writing).send(item)?;
        self.flush()
    }

    /// Queues a message, or anything else that is [`Sendable`]. Writes the queue only if it has
    /// reached the high-water mark.
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn feed(&self, item: impl Sendable) -> Result<(), Error> {
        let mut writing = lock(&self.shared.writing);
        writing.send(item)?;
        let is_full = writing.would_reach_high_water(0);
        drop(writing);
        if is_full { self.flush() } else { Ok(()) }
    }

    /// Writes everything that is queued.
    ///
    /// # Errors
    ///
    /// As for [`Writer::flush`](super::Writer::flush).
    pub fn flush(&self) -> Result<(), Error> {
        self.shared.flush()
    }

    /// Sets which messages are compressed from the next one on, see
    /// [`Sender::set_compression`](crate::connection::Sender::set_compression).
    #[cfg(feature = "deflate")]
    pub fn set_compression(&self, compression: crate::deflate::Compression) {
        lock(&self.shared.writing).sender_mut().set_compression(compression);
    }

    /// Returns counts and the age of the connection, see [`WebSocket::stats`]. What was received is
    /// counted up to the last time that the other half waited for input.
    #[cfg(feature = "stats")]
    #[must_use]
    pub fn stats(&self) -> Stats {
        lock(&self.shared.writing).stats(self.shared.clock)
    }

    /// Returns how many bytes wait to be written, like `bufferedAmount` in a browser.
    #[must_use]
    pub fn queued(&self) -> usize {
        lock(&self.shared.writing).waiting()
    }
}
