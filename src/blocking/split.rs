use alloc::sync::Arc;
use core::time::Duration;
use std::{
    io::{self, Read, Write},
    sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError},
};

use super::{
    deadline::Stopwatch,
    link::{Link, Source},
    reader::{Reader, Wire},
    writer::{ATTEMPT, Duplex},
};
#[cfg(feature = "deflate")]
use crate::deflate::Compression;
use crate::{
    adapter::{Error, Subprotocol},
    buffered::{Message, OwnedMessage, Sendable, WriteBuffer},
    close::{CloseCode, CloseFrame, CloseInfo},
    connection::Chunk,
    session::{Outlet, Want, Writing},
};

/// How often a thread that waits for input looks after what other threads began, at most.
const MIN_LOOK: Duration = Duration::from_secs(1);

/// The half of a connection that reads, for one thread.
///
/// It also answers Pings and Close frames, without waiting for a thread that is just writing: what
/// it queues leaves with that thread's bytes.
#[derive(Debug)]
pub struct ReadHalf<S: Read + Write> {
    reader: Reader,
    wire: SplitWire<S>,
    subprotocol: Subprotocol,
}

/// The half of a connection that writes. Clone it for several threads.
///
/// [`send`](Self::send) hands a message to the transport before it returns. [`feed`](Self::feed)
/// queues it. What was fed leaves, in order and with as few system calls as it takes, as soon as one
/// of these happens: anything is sent, by any thread; `flush`; the queue reaches
/// the high-water mark; the half that reads finds no complete message, before it waits for input; a
/// clone of this half is dropped. Dropping one makes one attempt that does not wait for long, and none
/// without [`with_socket`](super::WebSocket::with_socket), since nothing would limit it; the half that
/// reads writes what is left when it next looks, or the thread that is writing at that moment.
#[derive(Debug)]
pub struct WriteHalf<S: Write> {
    shared: Arc<Shared<S>>,
}

/// Two locks: one for moments, around what is queued, and one that is held while writing. A thread
/// that queues something while another writes may leave it at that: a writer looks at the queue
/// once more after it has let go of the stream.
///
/// A writer takes all of the queue at once, and writes it from its own buffer. Its progress is
/// recorded under the lock of the queue after each write, so that the thread that reads sees that a
/// peer is alive which takes a large message slowly.
#[derive(Debug)]
struct Shared<S: Write> {
    writing: Mutex<Writing>,
    out: Mutex<Out<S>>,
    /// A thread has let go of the stream.
    released: Condvar,
}

/// The handle to write to, and what was lent to it.
#[derive(Debug)]
struct Out<S> {
    link: Link<S>,
    buffer: WriteBuffer,
}

/// What a thread writes that has the stream.
struct Lent<'s> {
    writing: &'s Mutex<Writing>,
    buffer: &'s mut WriteBuffer,
}

#[derive(Debug)]
struct SplitWire<S: Read + Write> {
    /// The handle to read from. Nothing is written to it.
    link: Link<S>,
    shared: Arc<Shared<S>>,
    /// How often it looks.
    look: Duration,
}

/// `close` is how long the closing handshake may take.
pub(super) fn split<S: Read + Write>(
    reader: Reader,
    mut duplex: Duplex<S>,
    close: Duration,
    subprotocol: Subprotocol,
    clone: impl FnOnce(&S) -> io::Result<S>,
) -> io::Result<(ReadHalf<S>, WriteHalf<S>)> {
    let other = clone(duplex.link.stream().ok_or(io::ErrorKind::NotConnected)?)?;
    let (stream, writing) = duplex.take()?;
    let out = Out { link: duplex.link.over(other), buffer: WriteBuffer::default() };
    let link = duplex.link.over(stream);
    let shared = Arc::new(Shared {
        writing: Mutex::new(writing),
        out: Mutex::new(out),
        released: Condvar::new(),
    });
    let wire = SplitWire { link, shared: Arc::clone(&shared), look: close.max(MIN_LOOK) };
    Ok((ReadHalf { reader, wire, subprotocol }, WriteHalf { shared }))
}

/// What is locked is sound at any time, whatever a thread has panicked at: whole frames wait, and a
/// stream that has panicked is not called again.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Write> Shared<S> {
    /// The stream, unless another thread is writing.
    fn try_out(&self) -> Option<MutexGuard<'_, Out<S>>> {
        match self.out.try_lock() {
            Ok(out) => Some(out),
            Err(TryLockError::Poisoned(out)) => Some(out.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Writes the queue; waits for another thread that is writing.
    fn flush(&self) -> Result<(), Error> {
        loop {
            self.write(lock(&self.out), None)?;
            // Who has queued something meanwhile may have left it to us.
            if self.is_written() {
                return Ok(());
            }
        }
    }

    /// Writes the queue for about as long as `turn`, or leaves it to another thread that is writing.
    /// `false`: something is left.
    fn write_for(&self, turn: Duration) -> bool {
        let Some(out) = self.try_out() else {
            return true;
        };
        let written = self.write(out, Some(turn));
        !matches!(written, Ok(false) | Err(Error::Timeout(_))) && self.is_written()
    }

    /// Writes with the stream, and lets go of it.
    fn write(
        &self,
        mut out: MutexGuard<'_, Out<S>>,
        turn: Option<Duration>,
    ) -> Result<bool, Error> {
        let Out { link, buffer } = &mut *out;
        let mut lent = Lent { writing: &self.writing, buffer };
        let result = link.write_out(&mut lent, &[], turn);
        drop(out);
        // Whoever waits looks for the stream under this lock.
        drop(lock(&self.writing));
        self.released.notify_one();
        result
    }

    /// One attempt to write the queue, which does not wait for long, unless another thread is
    /// writing: then that writes it.
    fn attempt(&self) {
        while let Some(out) = self.try_out().filter(|out| out.link.has_socket()) {
            let is_written = matches!(self.write(out, Some(ATTEMPT)), Ok(true));
            // Who has queued something meanwhile may have left it to us.
            if !is_written || self.is_written() {
                return;
            }
        }
    }

    /// Whether a thread has at least begun to write all that was queued.
    fn is_written(&self) -> bool {
        lock(&self.writing).unwritten().is_empty()
    }
}

impl<S: Write> Drop for Shared<S> {
    fn drop(&mut self) {
        if lock(&self.writing).waiting() > 0 {
            self.attempt();
        }
    }
}

impl Outlet for Lent<'_> {
    fn with<T>(&mut self, action: impl FnOnce(&mut Writing) -> T) -> T {
        action(&mut lock(self.writing))
    }
}

impl Source for Lent<'_> {
    fn wants(&mut self, clock: Stopwatch) -> Want {
        let writing = &mut *lock(self.writing);
        let want = writing.wants(clock);
        if want == Want::Write {
            writing.lend(self.buffer);
        } else if let Some(storage) = self.buffer.detach() {
            writing.attach(|| storage);
        }
        want
    }

    fn unwritten(&self) -> &[u8] {
        self.buffer.unwritten()
    }

    fn written(&mut self, count: usize) {
        self.buffer.written(count);
        self.with(|writing| writing.written(count));
    }
}

impl<S: Read + Write> Outlet for SplitWire<S> {
    fn with<T>(&mut self, action: impl FnOnce(&mut Writing) -> T) -> T {
        action(&mut lock(&self.shared.writing))
    }
}

impl<S: Read + Write> Wire for SplitWire<S> {
    type Stream = S;

    fn link(&mut self) -> &mut Link<S> {
        &mut self.link
    }

    fn write(&mut self, turn: Duration) -> bool {
        self.shared.write_for(turn)
    }

    fn wait_for_writer(&mut self, limit: Duration) -> bool {
        let writing = lock(&self.shared.writing);
        let is_writing = self.shared.try_out().is_none();
        if is_writing {
            drop(self.shared.released.wait_timeout(writing, limit));
        }
        is_writing
    }

    fn longest_wait(&self) -> Option<Duration> {
        Some(self.look)
    }
}

impl<S: Read + Write> ReadHalf<S> {
    /// Waits for the next message. `None`: the peer has closed, see
    /// [`WebSocket::recv`](super::WebSocket::recv).
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`](super::WebSocket::recv).
    pub fn recv(&mut self) -> Result<Option<OwnedMessage>, Error> {
        Ok(self.read()?.map(|message| message.into_owned()))
    }

    /// Waits for the next message and lends it. `None`: the peer has closed, see
    /// [`WebSocket::recv`](super::WebSocket::recv).
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`](super::WebSocket::recv).
    pub fn read(&mut self) -> Result<Option<Message<'_>>, Error> {
        if !self.reader.next_message(&mut self.wire)? {
            return Ok(None);
        }
        Ok(Some(self.reader.message(&mut self.wire)?))
    }

    /// Waits for some of a message and lends it, see
    /// [`WebSocket::read_chunk`](super::WebSocket::read_chunk).
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`](super::WebSocket::recv).
    pub fn read_chunk(&mut self) -> Result<Option<Chunk<'_>>, Error> {
        if !self.reader.next_chunk(&mut self.wire)? {
            return Ok(None);
        }
        Ok(Some(self.reader.chunk()))
    }

    /// Closes the connection, see [`WebSocket::close`](super::WebSocket::close).
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::close`](super::WebSocket::close).
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<CloseInfo, Error> {
        self.wire.with(|writing| writing.close(CloseFrame { code, reason }))?;
        self.reader.read_to_end(&mut self.wire)
    }

    /// Returns the subprotocol that the handshake agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.name()
    }

    /// Returns how long the peer took to answer the last Ping of the keepalive.
    #[must_use]
    pub fn ping_latency(&self) -> Option<Duration> {
        self.reader.ping_latency()
    }

    /// How the connection ended; `None` while more may come.
    pub fn close_info(&mut self) -> Option<CloseInfo> {
        self.reader.close_info(&mut self.wire)
    }
}

impl<S: Write> WriteHalf<S> {
    /// Sends a message, or anything else that is [`Sendable`], and returns when the transport has
    /// taken it and all that was queued before.
    ///
    /// After a [`Chunk`] other threads cannot send messages until the [last](Chunk::last) one.
    ///
    /// A [`CloseFrame`] begins the closing handshake. The half that reads brings
    /// it to its end: if the peer does not answer, within twice the limit of
    /// [`Timeouts::close`](crate::connection::Timeouts::close), or a second more.
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn send(&self, item: impl Sendable) -> Result<(), Error> {
        lock(&self.shared.writing).send(item)?;
        self.flush()
    }

    /// Queues a message, or anything else that is [`Sendable`]. Writes only if the queue has reached the high-water mark.
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn feed(&self, item: impl Sendable) -> Result<(), Error> {
        let is_full = {
            let writing = &mut *lock(&self.shared.writing);
            writing.send(item)?;
            writing.would_reach_high_water(0)
        };
        if is_full { self.flush() } else { Ok(()) }
    }

    /// Sets which messages are compressed from the next one on, see
    /// [`Sender::set_compression`](crate::connection::Sender::set_compression).
    #[cfg(feature = "deflate")]
    pub fn set_compression(&self, compression: Compression) {
        lock(&self.shared.writing).sender_mut().set_compression(compression);
    }

    /// Writes all that is queued.
    ///
    /// # Errors
    ///
    /// As for [`Writer::flush`](super::Writer::flush).
    pub fn flush(&self) -> Result<(), Error> {
        self.shared.flush()
    }

    /// Returns how many bytes wait to be written, as `bufferedAmount` of a browser does.
    #[must_use]
    pub fn queued(&self) -> usize {
        lock(&self.shared.writing).waiting()
    }
}

impl<S: Write> Drop for WriteHalf<S> {
    /// The half that reads may wait for input, and not look at the queue for long.
    fn drop(&mut self) {
        self.shared.attempt();
    }
}

impl<S: Write> Clone for WriteHalf<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}
