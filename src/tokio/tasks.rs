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
//! [`Tasks`] holds who waits, and [`Transport`](super::transport::Transport) asks it at each call. It
//! does not matter whether the two tasks share the connection by a split or by another lock, such as
//! that of `StreamExt::split`.

use alloc::{boxed::Box, sync::Arc, task::Wake};
use core::{
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, Waker},
};
use std::{io, sync::OnceLock};

use atomic_waker::AtomicWaker;

use super::timer::{Timer, TokioClock};
use crate::{close::OwnedCloseFrame, time::Timestamp};

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

/// The tasks that use a connection.
#[derive(Debug)]
pub(super) struct Tasks {
    pub(super) clock: TokioClock,
    /// The timer of the task that reads, and of the only task.
    timer: Timer,
    waiting: Waiting,
    /// What the only task last waited for, if it ever did.
    last_side: Option<Side>,
    /// What a write has failed with, for whichever task asks.
    pub(super) failure: Option<io::ErrorKind>,
}

#[derive(Debug)]
enum Waiting {
    /// The only task that has waited so far. Most connections have one.
    One(Waker),
    Two(Box<TwoTasks>),
}

/// What two tasks need to wake each other.
#[derive(Debug)]
struct TwoTasks {
    wakers: Arc<Wakers>,
    /// Wakes both.
    both: Waker,
    /// The timer of the task that writes.
    timer: Timer,
}

impl Tasks {
    pub(super) fn new() -> Self {
        Self {
            clock: TokioClock::start(),
            timer: Timer::default(),
            waiting: Waiting::One(Waker::noop().clone()),
            last_side: None,
            failure: None,
        }
    }

    /// Moves them out.
    pub(super) fn take(&mut self) -> Self {
        let clock = self.clock;
        core::mem::replace(self, Self { clock, ..Self::new() })
    }

    /// Returns the wakers of both tasks. From now on the connection has two.
    pub(super) fn share(&mut self) -> Arc<Wakers> {
        let waker = match &self.waiting {
            Waiting::One(waker) => waker.clone(),
            Waiting::Two(two) => return Arc::clone(&two.wakers),
        };
        let wakers = Arc::new(Wakers::default());
        // On both sides: the task may read and write by turns.
        wakers.reader.register(&waker);
        wakers.writer.register(&waker);
        if self.last_side == Some(Side::Writer) {
            // It has used the other task's timer, and comes again to use its own.
            waker.wake();
        }
        let two = TwoTasks {
            wakers: Arc::clone(&wakers),
            both: Waker::from(Arc::clone(&wakers)),
            timer: Timer::default(),
        };
        self.waiting = Waiting::Two(Box::new(two));
        wakers
    }

    /// Returns the wakers and the requests from outside. `None` while there is one task.
    #[inline]
    pub(super) fn wakers(&self) -> Option<&Wakers> {
        match &self.waiting {
            Waiting::One(_) => None,
            Waiting::Two(two) => Some(&two.wakers),
        }
    }

    /// Notices a task that comes. Call it before the attempt and before a look at requests, so that no
    /// wake-up is lost.
    #[inline]
    pub(super) fn meet(&mut self, side: Side, waker: &Waker) {
        if let Waiting::One(last) = &self.waiting
            && self.last_side == Some(side.other())
            && !last.will_wake(waker)
        {
            self.share();
        }
        if let Some(wakers) = self.wakers() {
            wakers.of(side).register(waker);
        }
    }

    /// Records that the task on a side waits. Two have registered already.
    pub(super) fn wait(&mut self, side: Side, waker: &Waker) {
        if let Waiting::One(last) = &mut self.waiting {
            last.clone_from(waker);
            self.last_side = Some(side);
        }
    }

    /// Wakes the task on a side, if there are two. A single one has nobody to wake.
    pub(super) fn wake(&self, side: Side) {
        if let Some(wakers) = self.wakers() {
            wakers.of(side).wake();
        }
    }

    /// Ready from the time `at` on. Before that, the task on a side is woken then, or earlier.
    pub(super) fn poll_until(
        &mut self,
        at: Timestamp,
        side: Side,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let timer = match &mut self.waiting {
            Waiting::Two(two) if side == Side::Writer => &mut two.timer,
            _ => &mut self.timer,
        };
        self.clock.instant(at).map_or(Poll::Pending, |deadline| timer.poll(cx, deadline))
    }

    /// Returns the context for a call of the stream, which wakes whoever writes to it.
    #[inline]
    pub(super) fn context<'c>(&'c self, cx: &'c Context<'_>) -> Context<'c> {
        Context::from_waker(match &self.waiting {
            Waiting::One(_) => cx.waker(),
            Waiting::Two(two) => &two.both,
        })
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
