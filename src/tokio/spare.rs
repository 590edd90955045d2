//! Buffers that belong to the thread: a connection has one while it reads or has something to
//! write, and none while it waits.

use alloc::{vec, vec::Vec};
use core::cell::RefCell;

/// The size of a buffer to read into at first use.
const READ_LEN: usize = 64 << 10;
/// A buffer that has grown beyond this belongs to one large message.
const MAX_LEN: usize = 512 << 10;
/// How many buffers of a kind a thread keeps.
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

/// A buffer to read into: zeros.
pub(super) fn read_storage() -> Vec<u8> {
    with(|spares| spares.read.pop()).flatten().unwrap_or_else(|| vec![0; READ_LEN])
}

/// Takes a buffer to read into back, which has to be zeros: what one connection has received is not
/// for another one to see.
pub(super) fn keep_read_storage(storage: Vec<u8>) {
    if storage.len() >= READ_LEN {
        with(|spares| keep(&mut spares.read, storage));
    }
}

/// A buffer to write from.
pub(super) fn write_storage() -> Vec<u8> {
    with(|spares| spares.write.pop()).flatten().unwrap_or_default()
}

/// Takes a buffer to write from back.
pub(super) fn keep_write_storage(storage: Vec<u8>) {
    with(|spares| keep(&mut spares.write, storage));
}

fn keep(spares: &mut Vec<Vec<u8>>, storage: Vec<u8>) {
    if spares.len() < KEPT && storage.capacity() <= MAX_LEN {
        spares.push(storage);
    }
}

/// `None` while the thread ends: a connection may be dropped by what the thread owns.
fn with<T>(action: impl FnOnce(&mut Spares) -> T) -> Option<T> {
    SPARES.try_with(|spares| action(&mut spares.borrow_mut())).ok()
}
