//! Lending storage: by a pool to a buffer, and by a buffer to a read.

use alloc::vec::Vec;

use super::{Purpose, ReadBuffer, Storage};

impl ReadBuffer {
    /// Lends storage to a [detached](Self::is_detached) buffer: all of `storage` is room to read
    /// into. So a thread needs few buffers for many connections. The held bytes move in; storage
    /// that is not at least twice as large is dropped. This call discards an announced message.
    ///
    /// A stream may see the contents of `storage`. Lend only zeros, or storage that
    /// [`detach`](Self::detach) returned.
    ///
    /// ```
    /// use sansocket::buffered::ReadBuffer;
    ///
    /// let mut buffer = ReadBuffer::default();
    /// buffer.attach(vec![0; 64 << 10]);
    /// buffer.unfilled()[..6].copy_from_slice(b"secret");
    /// buffer.filled(6);
    /// buffer.consume(6);
    /// // A read would have to wait: the storage serves another connection.
    /// assert_eq!(buffer.detach(), Some(vec![0; 64 << 10]));
    /// ```
    pub fn attach(&mut self, storage: Vec<u8>) {
        let held_start = self.held_start();
        let held = self.storage.get(held_start..self.end);
        if self.is_detached()
            && let Some(storage) = Storage::lent(storage, held)
        {
            self.storage = storage;
            self.shift(held_start);
            self.purpose = Purpose::Reading;
        }
    }

    /// Returns the storage, for example because a read would have to wait. Everything that was
    /// [filled](Self::filled) is zeroed; bytes that a stream wrote and did not report are not.
    /// If few bytes are held, they are copied into storage of their own. From a quarter of the first
    /// [read length](Self::set_read_len) on, which is 1 KiB, it has room for the next reads, since a
    /// long message goes on: then the buffer is not detached, and reads on in it. That storage, and
    /// any above 256 KiB, is freed when it is not needed any more. If many bytes are held, the storage
    /// is kept and the result is `None`. This call discards an announced message.
    pub fn detach(&mut self) -> Option<Vec<u8>> {
        self.free_inflated();
        let held_start = self.held_start();
        let held = self.storage.get(held_start..self.end);
        let len = self.storage.len();
        if self.is_detached() || self.is_lent() || held.len() > len.min(self.read_lens.max()) / 4 {
            return None;
        }
        let own_len = self.own_len(held.len());
        let purpose = if own_len == held.len() { Purpose::Holding } else { Purpose::Waiting };
        let held = Storage::own(held, own_len);
        self.shift(held_start);
        self.is_read_full = false;
        let storage = core::mem::replace(&mut self.storage, held);
        let purpose = core::mem::replace(&mut self.purpose, purpose);
        let is_useful = purpose == Purpose::Reading && len <= self.read_lens.max();
        is_useful.then(|| storage.into_cleared())
    }

    /// Returns whether the buffer is detached: it has no storage except for the held bytes. See
    /// [`attach`](Self::attach).
    #[inline]
    #[must_use]
    pub const fn is_detached(&self) -> bool {
        matches!(self.purpose, Purpose::Holding)
    }

    /// Moves the storage out, for a read by the kernel or by another thread, which needs to own its
    /// buffer. The room for the read starts at the returned position and ends at the end. After the
    /// read, call [`restore_storage`](Self::restore_storage), then [`filled`](Self::filled). So a
    /// large message is read in place here too.
    ///
    /// Meanwhile [`advance`](Self::advance) finds no input, and the memory is not freed. This call
    /// discards an announced message.
    ///
    /// ```
    /// use sansocket::buffered::ReadBuffer;
    ///
    /// let mut buffer = ReadBuffer::default();
    /// let (mut storage, start) = buffer.take_storage();
    /// storage[start..][..5].copy_from_slice(b"Hello"); // done by the kernel
    /// buffer.restore_storage(storage);
    /// buffer.filled(5);
    /// assert_eq!(buffer.unread(), b"Hello");
    /// ```
    #[must_use]
    pub fn take_storage(&mut self) -> (Vec<u8>, usize) {
        if !self.is_lent() {
            self.unfilled();
        }
        (self.storage.take(), self.end)
    }

    /// Restores the storage that was [moved out](Self::take_storage), with the bytes that were
    /// read.
    pub fn restore_storage(&mut self, storage: Vec<u8>) {
        if self.is_lent() {
            self.storage.restore(storage);
        }
    }

    /// Returns whether the storage was [moved out](Self::take_storage) and is not restored.
    #[inline]
    #[must_use]
    pub fn is_lent(&self) -> bool {
        !self.is_detached() && self.storage.len() == 0
    }
}
