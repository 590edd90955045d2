use alloc::sync::Arc;
use core::time::Duration;
use std::{
    io::{self, Read, Write},
    sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError},
};

use super::{
    countdown::Countdown,
    link::{Link, Until},
    reader::{Reader, Wire, Writes},
    stall::Stall,
    writer::Duplex,
};
#[cfg(feature = "deflate")]
use crate::deflate::Compression;
use crate::{
    buffered::{Message, OwnedMessage, Sendable, WriteBuffer},
    close::CloseInfo,
    connection::{Chunk, SendError, Sender},
    error::Error,
    time::TimeoutKind,
};

/// The half of a connection that reads, for one thread.
///
/// It also answers Pings and Close frames, without waiting for a thread that is just writing: what
/// it queues leaves with that thread's bytes.
#[derive(Debug)]
pub struct ReadHalf<S: Read + Write> {
    reader: Reader,
    wire: SplitWire<S>,
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
    queue: Mutex<Queue>,
    link: Mutex<Link<S>>,
    /// A thread has let go of the link.
    released: Condvar,
}

#[derive(Debug)]
struct Queue {
    sender: Sender,
    buffer: WriteBuffer,
    /// How many bytes the stream has taken, modulo 2^32.
    taken: u32,
    /// How many the thread that writes has before it.
    in_flight: usize,
    /// How long the buffers of the system may need to pass on what the stream has taken.
    backlog: Option<Countdown>,
}

impl Queue {
    fn lose(&mut self, unwritten: usize) {
        self.sender.lose(unwritten.saturating_add(self.buffer.unwritten().len()));
        self.buffer = WriteBuffer::default();
        self.in_flight = 0;
    }
}

#[derive(Debug)]
struct SplitWire<S: Read + Write> {
    /// The handle to read from. Nothing is written to it.
    link: Link<S>,
    shared: Arc<Shared<S>>,
}

pub(super) fn split<S: Read + Write>(
    reader: Reader,
    duplex: Duplex<S>,
    clone: impl FnOnce(&S) -> io::Result<S>,
) -> io::Result<(ReadHalf<S>, WriteHalf<S>)> {
    let Duplex { mut link, sender } = duplex;
    let other = clone(link.stream().ok_or(io::ErrorKind::NotConnected)?)?;
    let backlog = link.take_backlog();
    let (stream, buffer) = link.take()?;
    let out = link.over(other, WriteBuffer::default());
    let link = link.over(stream, WriteBuffer::default());
    let queue = Mutex::new(Queue { sender, buffer, taken: link.taken(), in_flight: 0, backlog });
    let shared = Arc::new(Shared { queue, link: Mutex::new(out), released: Condvar::new() });
    let wire = SplitWire { link, shared: Arc::clone(&shared) };
    Ok((ReadHalf { reader, wire }, WriteHalf { shared }))
}

impl<S: Write> Shared<S> {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // The queue is whole frames at any time, whatever a thread panicked at.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the queue; waits for another thread that is writing.
    fn flush(&self) -> Result<(), Error> {
        loop {
            let mut link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
            let result = self.write_all(&mut link);
            drop(link);
            let is_written = self.is_written();
            self.released.notify_one();
            result?;
            if is_written {
                return Ok(());
            }
        }
    }

    /// As [`flush`](Self::flush), but gives up a peer that takes next to nothing for as long as
    /// `limit`, whoever writes.
    fn flush_within(&self, limit: Duration) -> Result<(), Error> {
        let mut link = self.wait_for_link(limit)?;
        link.hurry(limit);
        self.write_all(&mut link)
    }

    fn wait_for_link(&self, limit: Duration) -> Result<MutexGuard<'_, Link<S>>, Error> {
        let mut stall = Stall::start(limit);
        let mut queue = self.queue();
        loop {
            // Whoever lets go of the link takes the lock of the queue before it wakes us.
            if let Some(link) = self.try_link() {
                return Ok(link);
            }
            let (taken, patience) = (queue.taken, stall.patience());
            let waited = self.released.wait_timeout(queue, patience);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
            let is_alive = match queue.taken.wrapping_sub(taken) {
                0 => stall.wait(patience),
                count => stall.take(usize::try_from(count).unwrap_or(usize::MAX)),
            };
            if !is_alive {
                return Err(Error::Timeout(TimeoutKind::Close));
            }
        }
    }

    /// Writes the queue for about as long as `turn`, or leaves it to another thread that is
    /// writing. `false`: something is left.
    fn write_for(&self, turn: Duration) -> Result<bool, Error> {
        let Some(mut link) = self.try_link() else {
            return Ok(true);
        };
        self.write(&mut link, Until::Turn(turn))?;
        if link.is_written() {
            // Once: other threads may go on queueing for ever.
            self.take_queue(&mut link);
            self.write(&mut link, Until::Turn(turn))?;
        }
        let is_written = link.is_written();
        drop(link);
        // Who has queued something meanwhile may have left it to us.
        Ok(is_written && self.is_written())
    }

    /// The link, unless another thread is writing.
    fn try_link(&self) -> Option<MutexGuard<'_, Link<S>>> {
        match self.link.try_lock() {
            Ok(link) => Some(link),
            // A stream that has panicked is not called again.
            Err(TryLockError::Poisoned(link)) => Some(link.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Writes the queue until it is empty.
    fn write_all(&self, link: &mut Link<S>) -> Result<(), Error> {
        loop {
            self.write(link, Until::Written)?;
            self.take_queue(link);
            if link.buffer.unwritten().is_empty() {
                return Ok(());
            }
        }
    }

    /// Writes what the link has.
    fn write(&self, link: &mut Link<S>, until: Until) -> Result<(), Error> {
        let flushed = link.flush_noting(until, &mut |count, left| self.note(count, left));
        if flushed.is_err() {
            self.note_loss(link);
        }
        self.note_backlog(link);
        flushed
    }

    /// Takes note of a write that took so many bytes, and left so many.
    fn note(&self, count: usize, left: usize) {
        let mut queue = self.queue();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        queue.taken = queue.taken.wrapping_add(count);
        queue.in_flight = left;
    }

    /// Moves the queue to the link, whose own is written.
    fn take_queue(&self, link: &mut Link<S>) {
        let mut queue = self.queue();
        let Queue { sender, buffer, in_flight, .. } = &mut *queue;
        core::mem::swap(buffer, &mut link.buffer);
        *in_flight = link.buffer.unwritten().len();
        sender.send_deferred(buffer.out());
    }

    fn note_backlog(&self, link: &mut Link<S>) {
        if let Some(backlog) = link.take_backlog() {
            self.queue().backlog = Some(backlog);
        }
    }

    fn note_loss(&self, link: &Link<S>) {
        if let Some(unwritten) = link.lost() {
            self.queue().lose(unwritten);
        }
    }

    /// One attempt to write the queue, which does not wait for long, unless another thread is
    /// writing: then that writes it.
    fn attempt(&self) {
        loop {
            let Some(mut link) = self.try_link().filter(|link| link.has_socket()) else {
                return;
            };
            if link.buffer.unwritten().is_empty() {
                self.take_queue(&mut link);
            }
            link.attempt(&mut |count, left| self.note(count, left));
            self.note_loss(&link);
            self.note_backlog(&mut link);
            let is_written = link.is_written();
            drop(link);
            let is_more = !self.is_written();
            self.released.notify_one();
            if !(is_written && is_more) {
                return;
            }
        }
    }

    fn is_written(&self) -> bool {
        self.queue().buffer.unwritten().is_empty()
    }
}

impl<S: Write> Drop for Shared<S> {
    /// Leaves what is queued to the stream, which makes one attempt to write it.
    fn drop(&mut self) {
        let queue = self.queue.get_mut().unwrap_or_else(PoisonError::into_inner);
        let link = self.link.get_mut().unwrap_or_else(PoisonError::into_inner);
        link.buffer.out().extend_from_slice(queue.buffer.unwritten());
    }
}

impl<S: Read + Write> Wire for SplitWire<S> {
    type Stream = S;

    const IS_SHARED: bool = true;

    fn link(&mut self) -> &mut Link<S> {
        &mut self.link
    }

    fn with_output<T>(&mut self, action: impl FnOnce(&mut Sender, &mut WriteBuffer) -> T) -> T {
        let Queue { sender, buffer, .. } = &mut *self.shared.queue();
        action(sender, buffer)
    }

    fn writes(&mut self) -> Writes {
        let Queue { buffer, taken, in_flight, backlog, .. } = &*self.shared.queue();
        let waiting = match in_flight {
            0 => 0,
            count => count.saturating_add(buffer.unwritten().len()),
        };
        let backlog = backlog.and_then(|backlog| backlog.left()).unwrap_or_default();
        Writes { taken: *taken, waiting, backlog }
    }

    fn flush(&mut self, turn: Duration) -> Result<bool, Error> {
        self.shared.write_for(turn)
    }

    fn flush_within(&mut self, limit: Duration) -> Result<(), Error> {
        // Limits hold over a socket only.
        if self.link.has_socket() { self.shared.flush_within(limit) } else { self.shared.flush() }
    }

    fn say_farewell(&mut self, limit: Duration) {
        // The peer is most likely gone. A thread that is writing ends with the stream.
        if let Some(mut link) = self.shared.try_link() {
            link.hurry(limit);
            let _ = self.shared.write_all(&mut link);
        }
    }

    fn lose(&mut self) {
        let mut queue = self.shared.queue();
        let in_flight = queue.in_flight;
        queue.lose(in_flight);
    }

    fn release(&mut self) {
        let Queue { sender, buffer, .. } = &mut *self.shared.queue();
        sender.release();
        buffer.release();
        if let Some(mut link) = self.shared.try_link() {
            link.buffer.release();
        }
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
    /// A [`CloseFrame`](crate::CloseFrame) begins the closing handshake. The half that reads brings
    /// it to its end: if the peer does not answer, within twice the limit of
    /// [`Timeouts::close`](crate::connection::Timeouts::close), or a second more.
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn send(&self, item: impl Sendable) -> Result<(), Error> {
        let outgoing = item.as_outgoing();
        self.queue(|sender, buffer| buffer.send(sender, outgoing))?;
        self.flush()
    }

    /// Queues a message, or anything else that is [`Sendable`]. Writes only if the queue has reached the high-water mark.
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn feed(&self, item: impl Sendable) -> Result<(), Error> {
        let outgoing = item.as_outgoing();
        let is_full = self.queue(|sender, buffer| {
            buffer.send(sender, outgoing)?;
            Ok(sender.reaches_high_water(buffer.unwritten().len()))
        })?;
        if is_full { self.flush() } else { Ok(()) }
    }

    /// Sets which messages are compressed from the next one on, see
    /// [`Sender::set_compression`](crate::connection::Sender::set_compression).
    #[cfg(feature = "deflate")]
    pub fn set_compression(&self, compression: Compression) {
        self.shared.queue().sender.set_compression(compression);
    }

    /// Writes all that is queued.
    ///
    /// # Errors
    ///
    /// As for [`Writer::flush`](super::Writer::flush).
    pub fn flush(&self) -> Result<(), Error> {
        self.shared.flush()
    }

    fn queue<T>(
        &self,
        action: impl FnOnce(&mut Sender, &mut WriteBuffer) -> Result<T, SendError>,
    ) -> Result<T, Error> {
        let Queue { sender, buffer, .. } = &mut *self.shared.queue();
        Ok(action(sender, buffer)?)
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
