use alloc::vec::Vec;

use super::{Outgoing, Sendable};
use crate::{
    connection::{SendError, Sender},
    redacted::Redacted,
};

/// The capacity that an empty buffer keeps, whatever it has held before: room for the answer to one
/// read, which is a header longer than what was read, as the buffer grows by doubling. More than
/// that is what a large message needs, and a connection may be silent after it for ever.
const KEPT_CAPACITY: usize = 512 << 10;

/// Bytes that wait to be written, and how far the transport has taken them.
///
/// ```
/// use sansocket::Limits;
/// use sansocket::buffered::WriteBuffer;
/// use sansocket::connection::Connection;
///
/// let limits = Limits::default();
/// let mut sender = Connection::server(&limits).sender;
/// let mut buffer = WriteBuffer::default();
/// buffer.send(&mut sender, "Hello")?;
/// buffer.written(3); // as many as the transport took
/// assert_eq!(buffer.unwritten(), b"ello");
/// # Ok::<(), sansocket::connection::SendError>(())
/// ```
#[derive(Debug, Default)]
pub struct WriteBuffer {
    bytes: Redacted<Vec<u8>>,
    /// How many of them the transport has taken.
    written: usize,
}

impl WriteBuffer {
    /// Lends it storage, whose content is discarded, if it has none. So a thread needs few buffers
    /// for many connections.
    ///
    /// ```
    /// use sansocket::Limits;
    /// use sansocket::buffered::WriteBuffer;
    ///
    /// let mut buffer = WriteBuffer::default();
    /// buffer.attach(Vec::with_capacity(4096));
    /// buffer.out().push(0);
    /// assert_eq!(buffer.detach(), None); // A byte waits.
    /// buffer.written(1);
    /// assert_eq!(buffer.detach().map(|storage| storage.capacity()), Some(4096));
    /// ```
    pub fn attach(&mut self, mut storage: Vec<u8>) {
        if self.is_detached() {
            storage.clear();
            self.bytes = storage.into();
        }
    }

    /// Gives the storage back if nothing waits to be written.
    pub fn detach(&mut self) -> Option<Vec<u8>> {
        let is_used = self.is_detached() || !self.unwritten().is_empty();
        (!is_used).then(|| core::mem::take(&mut self.bytes.0))
    }

    /// Takes the bytes out, for a write that needs them as its own, by the kernel or by another thread;
    /// and how many of them were written before. Meanwhile it is empty.
    ///
    /// ```
    /// use sansocket::buffered::WriteBuffer;
    ///
    /// let mut buffer = WriteBuffer::default();
    /// buffer.out().extend_from_slice(b"Hello");
    /// let (bytes, written) = buffer.take_storage();
    /// assert_eq!(&bytes[written..], b"Hello");
    /// buffer.restore_storage(bytes, written);
    /// buffer.written(3); // as many as the kernel took
    /// assert_eq!(buffer.unwritten(), b"lo");
    /// ```
    #[must_use]
    pub fn take_storage(&mut self) -> (Vec<u8>, usize) {
        let Self { bytes, written } = core::mem::take(self);
        (bytes.0, written)
    }

    /// Puts back the bytes that were [taken](Self::take_storage), of which so many are `written`. What
    /// was queued meanwhile is lost: queue elsewhere.
    pub fn restore_storage(&mut self, bytes: Vec<u8>, written: usize) {
        *self = Self { bytes: bytes.into(), written: 0 };
        self.written(written);
    }

    /// Whether it has no storage, see [`attach`](Self::attach).
    #[inline]
    #[must_use]
    pub const fn is_detached(&self) -> bool {
        self.bytes.0.capacity() == 0
    }

    /// Where a [`Sender`] appends its frames.
    #[inline]
    pub fn out(&mut self) -> &mut Vec<u8> {
        // The sender takes the length for what the peer has not read. Moving the rest costs no
        // more than was written since the last move.
        if self.written > 0 {
            self.compact();
        }
        &mut self.bytes.0
    }

    /// Queues a message, a chunk of one, or a control frame: see [`Sendable`].
    ///
    /// # Errors
    ///
    /// As for the method of [`Sender`] that sends it. Nothing was queued then.
    #[inline(always)]
    pub fn send(&mut self, sender: &mut Sender, item: impl Sendable) -> Result<(), SendError> {
        match item.as_outgoing() {
            Outgoing::Message(message) => {
                sender.send_whole(message.kind(), message.as_bytes(), self.out())
            }
            other => self.send_other(sender, other),
        }
    }

    /// Queues what is rarer than a whole message, by a call, so that a message needs none.
    #[inline(never)]
    fn send_other(&mut self, sender: &mut Sender, outgoing: Outgoing<'_>) -> Result<(), SendError> {
        let out = self.out();
        match outgoing {
            Outgoing::Message(message) => {
                sender.send_whole(message.kind(), message.as_bytes(), out)
            }
            Outgoing::Prepared(message) => sender.send_prepared(message, out),
            Outgoing::Chunk(chunk) => sender.send_chunk(chunk, out),
            Outgoing::Ping(data) => sender.send_ping(data, out),
            Outgoing::Pong(data) => sender.send_pong(data, out),
            Outgoing::Close(frame) => sender.send_close(frame, out),
        }
    }

    /// What is to be written next, in order.
    #[inline]
    #[must_use]
    pub fn unwritten(&self) -> &[u8] {
        self.bytes.get(self.written..).unwrap_or_default()
    }

    /// Says that the transport took `count` bytes from the front of
    /// [`unwritten`](Self::unwritten).
    #[inline]
    pub fn written(&mut self, count: usize) {
        self.written = self.written.saturating_add(count).min(self.bytes.len());
        if self.written == self.bytes.len() {
            self.written = 0;
            self.bytes.0.clear();
            self.bytes.0.shrink_to(KEPT_CAPACITY);
        }
    }

    #[cold]
    fn compact(&mut self) {
        if self.written >= self.unwritten().len() {
            self.bytes.0.drain(..self.written.min(self.bytes.len()));
            self.written = 0;
        }
    }

    /// Gives the memory back if nothing waits: for a connection that has fallen silent.
    pub fn release(&mut self) {
        if self.unwritten().is_empty() {
            *self = Self::default();
        }
    }
}
