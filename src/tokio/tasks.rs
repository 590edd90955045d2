//! Who is woken when two tasks use one connection.
//!
//! A stream keeps one waker for each direction. Two tasks write to it: the one that sends, and the
//! one that reads, since input obliges us to answer. If each gave the stream its own waker, the
//! later one would replace the earlier, and a task whose bytes the other has written would sleep for
//! ever. So:
//!
//! 1. Once a task comes while another waits, the stream gets a waker that wakes both.
//! 2. A task registers its own waker with [`TwoTasks`] before each attempt, so that no wake-up falls between
//!    the attempt and the wait.
//! 3. Whichever task settles what was queued before, by writing the last of it or by finding that
//!    nothing can be written any more, wakes the other: a stream that is ready for one task need not
//!    wake the one that it has kept waiting.
//! 4. Each task has a timer of its own.
//!
//! [`Duplex`](super::writer::Duplex) does this for a whole socket, whose two tasks share it under
//! somebody else's lock, and [`split`](super::split) for the two halves.

use alloc::{sync::Arc, task::Wake};
use core::{
    ops::DerefMut,
    task::{Context, Waker},
};

use ::tokio::io::AsyncWrite;
use atomic_waker::AtomicWaker;

use super::{
    output::{Output, Task},
    timer::Timer,
};

/// What two tasks need to wake each other.
#[derive(Debug)]
pub(super) struct TwoTasks {
    tasks: Arc<Tasks>,
    /// Wakes both.
    waker: Waker,
}

/// The tasks that use a connection. Apart from the stream, so that the waker that the stream keeps
/// does not keep the stream.
#[derive(Debug, Default)]
struct Tasks {
    reader: AtomicWaker,
    writer: AtomicWaker,
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

impl Default for TwoTasks {
    fn default() -> Self {
        let tasks = Arc::new(Tasks::default());
        Self { waker: Waker::from(Arc::clone(&tasks)), tasks }
    }
}

impl TwoTasks {
    /// Wakes both.
    pub(super) const fn waker(&self) -> &Waker {
        &self.waker
    }

    pub(super) fn wake_reader(&self) {
        self.tasks.reader.wake();
    }

    pub(super) fn wake_writer(&self) {
        self.tasks.writer.wake();
    }

    /// Records which waker the task on a side waits with.
    pub(super) fn register(&self, side: Side, waker: &Waker) {
        self.own_and_other(side).0.register(waker);
    }

    /// Lets the task on a side write. `timer` is its own.
    pub(super) fn poll<W: AsyncWrite + Unpin, T>(
        &self,
        side: Side,
        cx: &mut Context<'_>,
        timer: &mut Timer,
        output: impl DerefMut<Target = Output<W>>,
        action: impl FnOnce(&mut Output<W>, &mut Task<'_, '_>) -> T,
    ) -> T {
        // Before the attempt, so that no wake-up is lost after it.
        self.register(side, cx.waker());
        self.change(side, output, |output| {
            action(output, &mut Task { cx, timer, writers: Some(&self.waker) })
        })
    }

    /// Lets the task on a side change what is queued, and wakes the other if that concerns it.
    pub(super) fn change<W: AsyncWrite + Unpin, T>(
        &self,
        side: Side,
        mut output: impl DerefMut<Target = Output<W>>,
        action: impl FnOnce(&mut Output<W>) -> T,
    ) -> T {
        let before = output.state();
        let result = action(&mut output);
        if output.state().concerns_the_other(side, before) {
            drop(output);
            self.own_and_other(side).1.wake();
        }
        result
    }

    /// The waker of a task, and that of the other.
    fn own_and_other(&self, side: Side) -> (&AtomicWaker, &AtomicWaker) {
        let Tasks { reader, writer } = &*self.tasks;
        match side {
            Side::Reader => (reader, writer),
            Side::Writer => (writer, reader),
        }
    }
}
