//! Which task is woken when two tasks use one connection.
//!
//! # Theory of operation
//!
//! A stream keeps one waker for each direction. Two tasks write to it: the one that sends, and the
//! one that reads, since input may require a reply. If each gave the stream its own waker, the
//! later one would replace the earlier, and a task whose bytes the other has written would sleep
//! for ever. Most connections have one task, which should not pay for that. So:
//!
//! 1. While one task uses the connection, the stream gets its waker, and the connection remembers
//!    that waker and what it last waited for.
//! 2. There are two tasks once a task comes while another waits, after a split, and after a
//!    [`Closer`](super::Closer) was created. Then the stream gets a waker that wakes both.
//! 3. Each of the two registers its own waker before each attempt, so that no wake-up falls between
//!    the attempt and the wait.
//! 4. The task that settles the queue, by writing the last of it or by finding that nothing can be
//!    written any more, wakes the other: a stream that is ready for one task need not wake the other,
//!    which it made wait.
//! 5. The task that writes wakes the one that reads for a Close frame, since reading enforces the
//!    timeout of the answer, and for what it leaves in the queue, which is written before a read waits.
//! 6. A request from outside is stored first, and then wakes; a task registers first, and then checks
//!    for requests. So one of them always sees the other.
//! 7. Each task has its own timer.
//!
//! [`Transport`](super::transport::Transport) follows these rules. It does not matter whether the
//! two tasks share it by a split or by another lock, such as that of `StreamExt::split`.

use alloc::{sync::Arc, task::Wake};
use core::{
    sync::atomic::{AtomicBool, Ordering},
    task::Waker,
};
use std::sync::OnceLock;

use atomic_waker::AtomicWaker;

use super::timer::Timer;
use crate::close::OwnedCloseFrame;

/// One of the two tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Reader,
    Writer,
}

impl Side {
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Reader => Self::Writer,
            Self::Writer => Self::Reader,
        }
    }
}

/// The wakers of the tasks that use a connection, and the requests from outside. They are separate
/// from the stream, so that a waker that the stream holds does not keep the stream alive.
#[derive(Debug, Default)]
pub(super) struct Wakers {
    reader: AtomicWaker,
    writer: AtomicWaker,
    close: OnceLock<OwnedCloseFrame>,
    is_aborted: AtomicBool,
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.reader.wake();
        self.writer.wake();
    }
}

impl Wakers {
    /// Requests a Close frame. An earlier request takes precedence.
    pub(super) fn close(&self, frame: OwnedCloseFrame) {
        let _ = self.close.set(frame);
        self.reader.wake();
    }

    /// Requests the end of the connection.
    pub(super) fn abort(&self) {
        self.is_aborted.store(true, Ordering::Release);
        self.reader.wake();
        self.writer.wake();
    }

    /// Returns the requested Close frame.
    pub(super) fn requested_close(&self) -> Option<&OwnedCloseFrame> {
        self.close.get()
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.is_aborted.load(Ordering::Acquire)
    }

    const fn of(&self, side: Side) -> &AtomicWaker {
        match side {
            Side::Reader => &self.reader,
            Side::Writer => &self.writer,
        }
    }
}

/// What two tasks need to wake each other.
#[derive(Debug)]
pub(super) struct TwoTasks {
    pub(super) wakers: Arc<Wakers>,
    /// Wakes both.
    pub(super) both: Waker,
    /// The timer of the task that writes.
    pub(super) timer: Timer,
}

impl TwoTasks {
    pub(super) fn new(timer: Timer) -> Self {
        let wakers = Arc::new(Wakers::default());
        Self { both: Waker::from(Arc::clone(&wakers)), wakers, timer }
    }

    /// Records the waker of the task on a side.
    pub(super) fn register(&self, side: Side, waker: &Waker) {
        self.wakers.of(side).register(waker);
    }

    pub(super) fn wake(&self, side: Side) {
        self.wakers.of(side).wake();
    }
}
