use core::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// The events of one connection that wait for their handlers, in bytes. Above the limit, nothing more
/// is read from the client.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    len: AtomicUsize,
    shrunk: Notify,
}

impl Backlog {
    /// The limit in bytes. One more packet may exceed it.
    const MAX_LEN: usize = 1024 * 1024;

    pub(super) fn has_room(&self) -> bool {
        self.len.load(Ordering::Relaxed) < Self::MAX_LEN
    }

    /// Waits until there is room.
    pub(super) async fn room(&self) {
        loop {
            // Before the check, so that no notification is missed.
            let shrunk = self.shrunk.notified();
            if self.has_room() {
                return;
            }
            shrunk.await;
        }
    }

    pub(super) fn add(&self, len: usize) {
        self.len.fetch_add(len, Ordering::Relaxed);
    }

    /// Removes what was added.
    pub(super) fn remove(&self, len: usize) {
        self.len.fetch_sub(len, Ordering::Relaxed);
        self.shrunk.notify_waiters();
    }
}
