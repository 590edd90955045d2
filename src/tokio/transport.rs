#![expect(clippy::expect_used, reason = "only what consumes the transport takes the stream out")]

use alloc::vec::Vec;
use core::{
    future::{Future as _, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll, Waker, ready},
};
use std::io::{self, IoSlice};

use ::tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::unconstrained,
};

use super::{
    buffer_pool,
    tasks::{Side, Tasks},
    timer::TokioClock,
};
use crate::{
    adapter::{
        Error, Log, Outbox, StreamCalls, Subprotocol, Written, check_writing, fail_writing,
        or_end_of_stream,
    },
    buffered::{Outgoing, Sendable},
    close::{CloseCode, CloseFrame},
    connection::SendError,
    session::{Clock as _, Delivery, Outlet, Route, Writing},
};

/// A stream, and what is written to it.
///
/// Every result of a write is recorded before a poll returns, so that nothing is lost and nothing
/// is written twice, whatever future is dropped. Who wakes whom is described at
/// [`tasks`](super::tasks).
#[derive(Debug)]
pub(super) struct Transport<S> {
    /// `None` once it was taken out.
    stream: Option<S>,
    pub(super) writing: Writing,
    pub(super) tasks: Tasks,
    pub(super) log: Log,
    pub(super) subprotocol: Subprotocol,
    /// What to do on drop. Only the code that creates the transport knows enough about the stream.
    write_at_drop: fn(&mut Self),
}

impl<S> Transport<S> {
    /// The stream.
    pub(super) const fn stream(&self) -> &S {
        self.stream.as_ref().expect("the owner is there")
    }

    pub(super) const fn clock(&self) -> TokioClock {
        self.tasks.clock
    }

    /// Moves it out of what is dropped.
    pub(super) fn take(&mut self) -> Self {
        Self {
            stream: self.stream.take(),
            writing: self.writing.take(),
            tasks: self.tasks.take(),
            log: core::mem::take(&mut self.log),
            subprotocol: core::mem::take(&mut self.subprotocol),
            write_at_drop: self.write_at_drop,
        }
    }

    /// Takes it apart.
    pub(super) fn into_parts(mut self) -> (S, Writing) {
        (self.stream.take().expect("the owner is there"), self.writing.take())
    }

    /// From now on, wakes the reading task when another task gives it something to do.
    #[inline]
    pub(super) fn listen(&mut self, cx: &Context<'_>) {
        self.meet(Side::Reader, cx);
        self.tasks.wait(Side::Reader, cx.waker());
    }

    /// Lets the task that writes make calls of the stream.
    #[inline]
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        action: impl FnOnce(&mut Self, &mut Context<'_>) -> Poll<Result<(), Error>>,
    ) -> Poll<Result<(), Error>> {
        self.meet(Side::Writer, cx);
        let result = self.change(Side::Writer, |this| action(this, cx));
        if result.is_pending() {
            self.tasks.wait(Side::Writer, cx.waker());
        }
        result
    }

    /// Notices a task that comes, and what was requested from outside.
    #[inline]
    fn meet(&mut self, side: Side, cx: &Context<'_>) {
        self.tasks.meet(side, cx.waker());
        if self.tasks.wakers().is_some() {
            self.follow_requests();
        }
    }

    /// Does what was requested from outside, as if the task at hand had asked for it.
    fn follow_requests(&mut self) {
        let requested = self.tasks.wakers().and_then(|wakers| wakers.requested_close());
        if let Some(frame) = requested.filter(|_| !self.writing.sender().is_closed()).cloned() {
            // It was checked when it was requested.
            let _ = self.close_now(CloseFrame { code: frame.code, reason: &frame.reason });
        }
        if self.is_aborted() && !self.writing.has_failed() {
            self.fail(io::ErrorKind::ConnectionAborted);
        }
    }

    /// Whether the connection is to be given up.
    pub(super) fn is_aborted(&self) -> bool {
        self.tasks.wakers().is_some_and(|wakers| wakers.is_aborted())
    }

    /// Lets the task on a side change what is queued, and wakes the other if that concerns it.
    #[inline]
    fn change<T>(&mut self, side: Side, action: impl FnOnce(&mut Self) -> T) -> T {
        let state = |writing: &Writing| (writing.is_settled(), writing.sender().is_closed());
        // A single task has nobody to wake, and nobody else has to write what it leaves.
        let before = self.tasks.wakers().is_some().then(|| state(&self.writing));
        let result = action(self);
        if let Some((was_settled, was_closed)) = before {
            let (is_settled, is_closed) = state(&self.writing);
            let is_fed = was_settled && !is_settled;
            let concerns_the_reader = side == Side::Writer && (is_closed && !was_closed || is_fed);
            if concerns_the_reader || is_settled && !was_settled {
                self.tasks.wake(side.other());
            }
        }
        result
    }

    /// # Errors
    ///
    /// What a write has failed with, so that nothing more can be written.
    #[inline]
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.writing.has_failed() {
            check_writing(&self.writing, self.tasks.failure)?;
        }
        Ok(())
    }

    /// The half of the session that writes, with storage to queue to.
    #[inline]
    pub(super) fn queue(&mut self) -> &mut Writing {
        self.writing.attach(buffer_pool::write_storage);
        &mut self.writing
    }

    /// Records that nothing can be written any more.
    fn fail(&mut self, kind: io::ErrorKind) {
        fail_writing(&mut self.writing, kind);
        self.tasks.failure = Some(kind);
    }

    /// Queues a message that is only held, while there is one task. `false`: nothing was done.
    #[inline(always)]
    pub(super) fn hold(&mut self, item: Outgoing<'_>, to: Delivery) -> Result<bool, SendError> {
        let is_held = self.tasks.wakers().is_none() && self.writing.route(item, to) == Route::Hold;
        if is_held {
            self.queue().send(item)?;
        }
        Ok(is_held)
    }

    /// Queues something at once.
    pub(super) fn queue_now(&mut self, item: impl Sendable) -> Result<(), SendError> {
        self.change(Side::Writer, |this| this.queue().send(item))
    }

    /// Queues a Close frame at once, unless one was sent before. The task that reads calls this, or was
    /// woken by the request.
    pub(super) fn close_now(&mut self, frame: CloseFrame<'_>) -> Result<(), SendError> {
        self.queue().close(frame)
    }

    /// Gives the memory of an empty queue back to the thread.
    fn detach(&mut self) {
        if let Some(storage) = self.writing.detach() {
            buffer_pool::keep_write_storage(storage);
        }
    }

    /// Makes one attempt, which does not wait, to write what is queued. A caller that needs the
    /// result has called `flush`.
    pub(super) fn write_now(&mut self) {
        // If the stream panicked during a panic of this thread, the process would abort.
        if !self.writing.is_settled() && !std::thread::panicking() {
            (self.write_at_drop)(self);
        }
    }
}

impl<S> Drop for Transport<S> {
    fn drop(&mut self) {
        self.write_now();
        self.log.left(self.clock(), &self.writing);
        self.detach();
    }
}

impl<S> Outlet for Transport<S> {
    #[inline]
    fn with<T>(&mut self, action: impl FnOnce(&mut Writing) -> T) -> T {
        self.change(Side::Reader, |this| action(&mut this.writing))
    }
}

impl<S: AsyncWrite + Unpin> Transport<S> {
    pub(super) fn new(stream: S, writing: Writing, log: Log) -> Self {
        Self {
            stream: Some(stream),
            writing,
            tasks: Tasks::new(),
            log,
            subprotocol: Subprotocol::default(),
            write_at_drop: |this| {
                let attempt = poll_fn(|cx| this.outbox(cx).write_once(&mut &[][..]));
                // Nobody tries again when the task has a budget.
                let _ = pin!(unconstrained(attempt)).poll(&mut Context::from_waker(Waker::noop()));
            },
        }
    }

    /// Sends something once. It waits before that only while the queue is at the high-water mark, so
    /// that a future that is dropped has sent all or nothing.
    #[inline(never)]
    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        item: Outgoing<'_>,
        is_sent: &mut bool,
        to: Delivery,
    ) -> Poll<Result<(), Error>> {
        self.poll_write(cx, |this, cx| {
            if *is_sent {
                return this.flush(cx);
            }
            ready!(this.room(cx))?;
            *is_sent = true;
            let clock = this.clock();
            let written = this.outbox(cx).send(item, to, clock)?;
            this.finish(written, cx)
        })
    }

    /// Writes the queue. Ready once all is written, or the stream has taken nothing for too long.
    pub(super) fn flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let written = self.write(cx);
        self.finish(written, cx)
    }

    /// Ready once the queue is below the high-water mark.
    #[inline]
    pub(super) fn room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let is_full = |writing: &Writing| writing.would_reach_high_water(0);
        if is_full(&self.writing) {
            let written = self.write(cx);
            if written != Written::Rest || is_full(&self.writing) {
                return self.finish(written, cx);
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Sends a Close frame with the code 1000, unless one was sent before, and writes the queue.
    pub(super) fn close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.queue().close(CloseFrame { code: CloseCode::NORMAL, reason: "" })?;
        self.flush(cx)
    }

    /// Writes as much of the queue as the stream takes now, for the task that reads: the session
    /// tells it how long that may go on.
    pub(super) fn write_out(&mut self, cx: &Context<'_>) {
        self.change(Side::Reader, |this| {
            if this.write(cx) == Written::Rest {
                this.writing.refused(this.clock().now());
            }
        });
    }

    /// Ends the stream's direction to the peer.
    pub(super) fn poll_shutdown(&mut self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        self.change(Side::Reader, |this| {
            let Outbox { writing, mut calls } = this.outbox(cx);
            writing.call(|_| calls.stream.as_mut().poll_shutdown(&mut calls.cx))
        })
    }

    /// Writes as much of the queue as the stream takes now.
    fn write(&mut self, cx: &Context<'_>) -> Written {
        let clock = self.clock();
        let written = self.outbox(cx).write(&[], clock);
        self.conclude(written);
        written
    }

    /// Records a failure, and gives the memory of an empty queue back to the thread.
    #[inline(always)]
    fn conclude(&mut self, written: Written) {
        if let Written::Failed(kind) = written {
            self.tasks.failure = Some(kind);
        }
        self.detach();
    }

    /// Ready if nothing is left to write, or nothing can be.
    #[inline(always)]
    fn finish(&mut self, written: Written, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if written == Written::Rest {
            return self.wait_to_write(cx);
        }
        self.conclude(written);
        Poll::Ready(self.check())
    }

    /// Waits until the stream is ready for what it has not taken, or has taken nothing for too long.
    fn wait_to_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let due = self.writing.refused(self.clock().now());
        ready!(self.tasks.poll_until(due, Side::Writer, cx));
        self.fail(io::ErrorKind::TimedOut);
        Poll::Ready(self.check())
    }

    /// The way to the stream, whose calls wake whoever writes to it.
    #[inline]
    fn outbox<'c>(&'c mut self, cx: &'c Context<'_>) -> Outbox<'c, Calls<'c, S>> {
        let Self { stream, writing, tasks, .. } = self;
        let stream = Pin::new(stream.as_mut().expect("the owner is there"));
        Outbox { writing, calls: Calls { stream, cx: tasks.context(cx) } }
    }
}

impl<S: AsyncRead + Unpin> Transport<S> {
    /// Reads from the stream, also if nothing can be written to it any more. Only the task that
    /// reads does.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = Pin::new(self.stream.as_mut().expect("the owner is there"));
        self.writing.call(|_| stream.poll_read(cx, buffer)).map(or_end_of_stream)
    }
}

struct Calls<'c, S> {
    stream: Pin<&'c mut S>,
    cx: Context<'c>,
}

impl<S: AsyncWrite> StreamCalls for Calls<'_, S> {
    fn storage() -> Vec<u8> {
        buffer_pool::write_storage()
    }

    #[inline]
    fn write(&mut self, first: &[u8], second: &[u8]) -> Poll<io::Result<usize>> {
        let Self { stream, cx } = self;
        match (first, second) {
            (bytes, []) | ([], bytes) => stream.as_mut().poll_write(cx, bytes),
            _ => {
                let slices = [IoSlice::new(first), IoSlice::new(second)];
                stream.as_mut().poll_write_vectored(cx, &slices)
            }
        }
    }

    #[inline]
    fn flush(&mut self) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(&mut self.cx)
    }

    fn is_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
