//! Storage that comes and goes: lent to a buffer by whoever has many, or by a buffer to a read.

use alloc::vec::Vec;

use super::{ReadBuffer, Storage};

impl ReadBuffer {
    /// Lends it storage, if it has none but for what it holds: all of `storage` is room to read
    /// into. So a thread needs few buffers for many connections. What is held moves in; storage
    /// that is less than twice as large is not taken. An announced message is gone after this call.
    ///
    /// A stream may see what is in `storage`. Lend what [`detach`](Self::detach) gave back, or zeros.
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
        if self.is_detached
            && let Some(storage) = Storage::lent(storage, held)
        {
            self.storage = storage;
            self.shift(held_start);
            self.is_detached = false;
        }
    }

    /// Gives the storage back because a read would have to wait. What was [filled](Self::filled) is
    /// zeros then; what a stream wrote and did not report is still there. Storage above 256 KiB is
    /// freed. A little that is held stays, in a copy; if it is more, as of a large message that is on
    /// its way, so does the storage. An announced message is gone after this call.
    pub fn detach(&mut self) -> Option<Vec<u8>> {
        self.free_inflated();
        let held_start = self.held_start();
        let held = self.storage.get(held_start..self.end);
        let len = self.storage.len();
        if self.is_detached || self.is_lent() || held.len() > len.min(self.read_lens.max()) / 4 {
            return None;
        }
        let held = Storage::from(held.to_vec());
        self.shift(held_start);
        self.is_detached = true;
        self.is_read_full = false;
        let storage = core::mem::replace(&mut self.storage, held);
        (len <= self.read_lens.max()).then(|| storage.into_cleared())
    }

    /// Whether it has no storage but for what it holds, see [`attach`](Self::attach).
    #[inline]
    #[must_use]
    pub const fn is_detached(&self) -> bool {
        self.is_detached
    }

    /// Takes the storage out, for a read that needs bytes of its own: by the kernel or by another
    /// thread. The room for what is read begins where the number says, and goes on to the end. When
    /// the read is over, [`restore_storage`](Self::restore_storage), then tell
    /// [`filled`](Self::filled). So a large message lands in place here too.
    ///
    /// Meanwhile [`advance`](Self::advance) finds no input, and the memory is not given back. An
    /// announced message is gone after this call.
    ///
    /// ```
    /// use sansocket::buffered::ReadBuffer;
    ///
    /// let mut buffer = ReadBuffer::default();
    /// let (mut storage, start) = buffer.take_storage();
    /// storage[start..][..5].copy_from_slice(b"Hello"); // the kernel does that
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

    /// Puts back the storage that was [taken](Self::take_storage), with what was read in place.
    pub fn restore_storage(&mut self, storage: Vec<u8>) {
        if self.is_lent() {
            self.storage.restore(storage);
        }
    }

    /// Whether its storage was [taken](Self::take_storage) and is not back.
    #[inline]
    #[must_use]
    pub fn is_lent(&self) -> bool {
        !self.is_detached && self.storage.len() == 0
    }
}
