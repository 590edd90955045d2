//! Buffers that belong to the thread: a connection has one while it reads or has something to
//! write, and none while it waits.

use alloc::{vec, vec::Vec};
use core::cell::RefCell;

/// The initial size of a read buffer.
const READ_LEN: usize = 64 << 10;
/// A buffer that has grown beyond this was for one large message.
const MAX_LEN: usize = 512 << 10;
/// The initial capacity of a write buffer, so that even one that served only small messages is kept.
const WRITE_LEN: usize = 512;
/// How many buffers of each kind a thread keeps.
const KEPT: usize = 4;

#[derive(Debug)]
struct Spares {
    read: Vec<Vec<u8>>,
    write: Vec<Vec<u8>>,
}

std::thread_local! {
    static SPARES: RefCell<Spares> =
        const { RefCell::new(Spares { read: Vec::new(), write: Vec::new() }) };
}

/// Returns a read buffer. It is zeros, except for what streams wrote and did not report.
pub(super) fn read_storage() -> Vec<u8> {
    with(|spares| spares.read.pop()).flatten().unwrap_or_else(|| vec![0; READ_LEN])
}

/// Takes back a read buffer, which must be cleared: no connection may see what another has
/// received.
pub(super) fn keep_read_storage(storage: Vec<u8>) {
    if storage.len() >= READ_LEN {
        with(|spares| keep(&mut spares.read, storage));
    }
}

/// Returns a write buffer.
pub(super) fn write_storage() -> Vec<u8> {
    let spare = with(|spares| spares.write.pop()).flatten();
    spare.unwrap_or_else(|| Vec::with_capacity(WRITE_LEN))
}

/// Takes back a write buffer.
pub(super) fn keep_write_storage(storage: Vec<u8>) {
    if storage.capacity() >= WRITE_LEN {
        with(|spares| keep(&mut spares.write, storage));
    }
}

fn keep(spares: &mut Vec<Vec<u8>>, storage: Vec<u8>) {
    if spares.len() < KEPT && storage.capacity() <= MAX_LEN {
        spares.push(storage);
    }
}

/// `None` while the thread ends: a value owned by the thread may drop a connection.
fn with<T>(action: impl FnOnce(&mut Spares) -> T) -> Option<T> {
    SPARES.try_with(|spares| action(&mut spares.borrow_mut())).ok()
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::{
        KEPT, MAX_LEN, READ_LEN, keep_read_storage, keep_write_storage, read_storage, write_storage,
    };

    /// Runs in a new thread, which has kept nothing so far.
    fn in_new_thread(action: impl FnOnce() + Send + 'static) {
        std::thread::spawn(action).join().unwrap();
    }

    /// Returns how many buffers of this capacity are returned.
    fn kept(take: fn() -> Vec<u8>, capacity: usize) -> usize {
        let taken: Vec<_> = (0..9 * KEPT).map(|_| take()).collect();
        taken.iter().filter(|storage| storage.capacity() == capacity).count()
    }

    #[test]
    fn a_thread_keeps_a_few_buffers_of_each_kind() {
        in_new_thread(|| {
            for _ in 0..3 {
                for _ in 0..10 * KEPT {
                    keep_read_storage(vec![0; READ_LEN + 7]);
                    keep_write_storage(Vec::with_capacity(777));
                }
                assert_eq!(kept(read_storage, READ_LEN + 7), KEPT);
                assert_eq!(kept(write_storage, 777), KEPT);
            }
        });
    }

    #[test]
    fn a_thread_keeps_no_buffer_that_is_too_large_or_too_small() {
        for (len, is_kept) in [(MAX_LEN, true), (MAX_LEN + 1, false), (100 * MAX_LEN, false)] {
            in_new_thread(move || {
                keep_read_storage(vec![0; len]);
                assert_eq!(read_storage().len() == len, is_kept);
                keep_write_storage(Vec::with_capacity(len));
                assert_eq!(write_storage().capacity() == len, is_kept);
            });
        }
        in_new_thread(|| {
            keep_read_storage(vec![0; READ_LEN - 1]);
            assert_eq!(read_storage().len(), READ_LEN);
        });
    }
}
