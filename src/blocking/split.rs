use alloc::sync::Arc;
use std::{
    io::{self, Read, Write},
    sync::{Mutex, MutexGuard, PoisonError, TryLockError},
};

use super::{
    link::Link,
    reader::{Reader, Wire},
    writer::Duplex,
};
#[cfg(feature = "deflate")]
use crate::deflate::Compression;
use crate::{
    buffered::{AsMessage, Message, OwnedMessage, WriteBuffer},
    close::{CloseFrame, CloseInfo},
    connection::{Chunk, MessageKind, Part, PreparedMessage, SendError, Sender},
    error::Error,
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
/// It cannot know whether another message waits to be read, so [`send`](Self::send) writes at once:
/// several messages travel together by [`feed`](Self::feed) and then [`flush`](Self::flush).
#[derive(Debug)]
pub struct WriteHalf<S: Write> {
    shared: Arc<Shared<S>>,
}

/// Two locks: one for moments, around what is queued, and one that is held while writing. Whoever
/// queues something while another thread writes may leave it at that: a writer looks at the queue
/// once more after it has let go of the stream.
#[derive(Debug)]
struct Shared<S: Write> {
    queue: Mutex<Queue>,
    link: Mutex<Link<S>>,
}

#[derive(Debug)]
struct Queue {
    sender: Sender,
    buffer: WriteBuffer,
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
    let Duplex { mut link, sender, .. } = duplex;
    let other = clone(link.stream().ok_or(io::ErrorKind::NotConnected)?)?;
    let (stream, buffer) = link.take()?;
    let out = link.over(other, buffer.emptied());
    let link = link.over(stream, buffer.emptied());
    let queue = Mutex::new(Queue { sender, buffer });
    let shared = Arc::new(Shared { queue, link: Mutex::new(out) });
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
            self.write(&mut self.link.lock().unwrap_or_else(PoisonError::into_inner))?;
            if self.is_written() {
                return Ok(());
            }
        }
    }

    /// Writes the queue, or leaves it to another thread that is writing.
    fn try_flush(&self) -> Result<(), Error> {
        loop {
            match self.link.try_lock() {
                Ok(mut link) => self.write(&mut link)?,
                Err(TryLockError::Poisoned(link)) => self.write(&mut link.into_inner())?,
                Err(TryLockError::WouldBlock) => return Ok(()),
            }
            if self.is_written() {
                return Ok(());
            }
        }
    }

    fn write(&self, link: &mut Link<S>) -> Result<(), Error> {
        loop {
            if let Err(error) = link.flush() {
                if link.is_broken() {
                    let buffer = &mut self.queue().buffer;
                    *buffer = buffer.emptied();
                }
                return Err(error);
            }
            let mut queue = self.queue();
            let Queue { sender, buffer } = &mut *queue;
            core::mem::swap(buffer, &mut link.buffer);
            sender.send_deferred(buffer.out());
            drop(queue);
            if link.buffer.unwritten().is_empty() {
                return Ok(());
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
        let Queue { sender, buffer } = &mut *self.shared.queue();
        action(sender, buffer)
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.shared.try_flush()
    }

    fn flush_all(&mut self) -> Result<(), Error> {
        self.shared.flush()
    }

    fn release(&mut self) {
        let Queue { sender, buffer } = &mut *self.shared.queue();
        sender.release();
        buffer.release();
        if let Ok(mut link) = self.shared.link.try_lock() {
            link.buffer.release();
        }
    }
}

impl<S: Read + Write> ReadHalf<S> {
    /// Waits for the next message. `None`: the connection was closed cleanly.
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`](super::WebSocket::recv).
    pub fn recv(&mut self) -> Result<Option<OwnedMessage>, Error> {
        Ok(self.read()?.map(|message| message.to_owned()))
    }

    /// Waits for the next message and lends it. `None`: the connection was closed cleanly.
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
    /// [`WebSocket::read_part`](super::WebSocket::read_part).
    ///
    /// # Errors
    ///
    /// As for [`WebSocket::recv`](super::WebSocket::recv).
    pub fn read_part(&mut self) -> Result<Option<Chunk<'_>>, Error> {
        if !self.reader.next_part(&mut self.wire)? {
            return Ok(None);
        }
        Ok(Some(self.reader.part()))
    }

    /// How the connection ended; `None` while more may come.
    pub fn close_info(&mut self) -> Option<CloseInfo> {
        self.reader.close_info(&mut self.wire)
    }
}

impl<S: Write> WriteHalf<S> {
    /// Sends a message, and returns when it is written.
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn send(&self, message: impl AsMessage) -> Result<(), Error> {
        let message = message.as_message();
        self.queue(|sender, buffer| buffer.send(sender, message))?;
        self.flush()
    }

    /// Queues a message. Writes only if the queue has reached the high-water mark.
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn feed(&self, message: impl AsMessage) -> Result<(), Error> {
        let message = message.as_message();
        let is_full = self.queue(|sender, buffer| {
            buffer.send(sender, message)?;
            Ok(buffer.is_full_with(0))
        })?;
        if is_full { self.flush() } else { Ok(()) }
    }

    /// Sends a message that was encoded before, and returns when it is written.
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn send_prepared(&self, message: &PreparedMessage) -> Result<(), Error> {
        self.queue(|sender, buffer| sender.send_prepared(message, buffer.out()))?;
        self.flush()
    }

    /// Sends the next part of a message as a frame of its own, and returns when it is written.
    /// Other threads cannot send messages until the one with [`Part::Last`].
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn send_part(&self, kind: MessageKind, data: &[u8], part: Part) -> Result<(), Error> {
        self.queue(|sender, buffer| sender.send_part(kind, data, part, buffer.out()))?;
        self.flush()
    }

    /// Sends a Ping with up to 125 bytes of data. The Pong is not reported.
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn send_ping(&self, data: &[u8]) -> Result<(), Error> {
        self.queue(|sender, buffer| sender.send_ping(data, buffer.out()))?;
        self.flush()
    }

    /// Begins the closing handshake. The half that reads brings it to its end: if the peer does not
    /// answer, within twice the limit of [`Timeouts::close`](crate::connection::Timeouts::close),
    /// or a second more.
    ///
    /// # Errors
    ///
    /// As for [`Writer::send`](super::Writer::send).
    pub fn send_close(&self, frame: Option<CloseFrame<'_>>) -> Result<(), Error> {
        self.queue(|sender, buffer| sender.send_close(frame, buffer.out()))?;
        self.flush()
    }

    /// Which messages are compressed from the next one on, see [`Sender::set_compression`].
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
        let Queue { sender, buffer } = &mut *self.shared.queue();
        Ok(action(sender, buffer)?)
    }
}

impl<S: Write> Clone for WriteHalf<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}
