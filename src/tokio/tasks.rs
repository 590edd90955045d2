//! Who is woken when two tasks use one connection.
//!
//! A stream keeps one waker for each direction. Two tasks write to it: the one that sends, and the
//! one that reads, since input obliges us to answer. If each gave the stream its own waker, the
//! later one would replace the earlier, and a task whose bytes the other has written would sleep for
//! ever. So:
//!
//! 1. Once a task comes while another waits, the stream gets a waker that wakes both.
//! 2. A task puts its own waker into [`Tasks`] before each attempt, so that no wake-up falls between
//!    the attempt and the wait.
//! 3. Whichever task settles what was queued before, by writing the last of it or by finding that
//!    nothing can be written any more, wakes the other: a stream that is ready for one task need not
//!    wake the one that it has kept waiting.
//! 4. Each task has a timer of its own.
//!
//! [`Duplex`](super::writer::Duplex) does this for a whole socket, whose two tasks share it under
//! somebody else's lock, and [`split`](super::split) for the two halves.

use alloc::{sync::Arc, task::Wake};

use atomic_waker::AtomicWaker;

/// The tasks that use a connection. Apart from the stream, so that the waker that the stream keeps
/// does not keep the stream.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    pub(super) reader: AtomicWaker,
    pub(super) writer: AtomicWaker,
}

impl Wake for Tasks {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.reader.wake();
        self.writer.wake();
    }
}

/// One of the two tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Reader,
    Writer,
}

impl Tasks {
    /// The waker of a task, and that of the other.
    pub(super) const fn own_and_other(&self, side: Side) -> (&AtomicWaker, &AtomicWaker) {
        match side {
            Side::Reader => (&self.reader, &self.writer),
            Side::Writer => (&self.writer, &self.reader),
        }
    }
}
