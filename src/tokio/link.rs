use core::{
    pin::Pin,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};
use std::io::{self, IoSlice};

use ::tokio::io::AsyncWrite;

use super::spare;
use crate::{
    buffered::{Batching, WriteBuffer},
    options::MIN_PROGRESS,
    time::{Span, Timestamp},
};

/// A stream to write to, and what waits to be written.
///
/// Every result of a write is recorded before a poll returns, so that nothing is lost and nothing
/// is written twice, whatever future is dropped.
#[derive(Debug)]
pub(super) struct Link<W: AsyncWrite + Unpin> {
    /// `None` once it was taken out.
    stream: Option<W>,
    buffer: WriteBuffer,
    pub(super) batching: Batching,
    timeout: Span,
    /// Since when the stream has taken next to nothing, or never, and how much.
    stalled_since: Timestamp,
    progress: usize,
    /// Whether the stream has passed on what it took.
    is_flushed: bool,
    /// What a write failed with. The stream may have taken half a frame, and nothing can follow.
    failure: Option<io::ErrorKind>,
}

impl<W: AsyncWrite + Unpin> Link<W> {
    pub(super) fn new(
        stream: W,
        buffer: WriteBuffer,
        batching: Batching,
        timeout: Option<Duration>,
    ) -> Self {
        Self {
            stream: Some(stream),
            buffer,
            batching,
            timeout: timeout.into(),
            stalled_since: Timestamp::NEVER,
            progress: 0,
            is_flushed: true,
            failure: None,
        }
    }

    pub(super) const fn stream(&self) -> Option<&W> {
        self.stream.as_ref()
    }

    /// The stream, for whoever can use it both ways.
    pub(super) fn stream_mut(&mut self) -> io::Result<Pin<&mut W>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(gone)
    }

    /// Takes the stream out, and the queue.
    pub(super) fn take(mut self) -> io::Result<(W, WriteBuffer)> {
        let stream = self.stream.take().ok_or_else(gone)?;
        Ok((stream, core::mem::take(&mut self.buffer)))
    }

    /// The same over what `change` makes of the stream, such as a half of it.
    pub(super) fn map<V: AsyncWrite + Unpin>(
        mut self,
        change: impl FnOnce(W) -> Option<V>,
    ) -> Link<V> {
        Link {
            stream: self.stream.take().and_then(change),
            buffer: core::mem::take(&mut self.buffer),
            batching: self.batching,
            timeout: self.timeout,
            stalled_since: self.stalled_since,
            progress: self.progress,
            is_flushed: self.is_flushed,
            failure: self.failure,
        }
    }

    /// The queue.
    #[inline]
    pub(super) fn queue(&mut self) -> &mut WriteBuffer {
        if self.buffer.is_detached() {
            self.attach();
        }
        &mut self.buffer
    }

    #[cold]
    fn attach(&mut self) {
        self.buffer.attach(spare::write_storage());
    }

    /// Whether `more` bytes would bring the queue to the high-water mark.
    #[inline]
    pub(super) fn is_full_with(&self, more: usize) -> bool {
        self.buffer.is_full_with(more)
    }

    /// # Errors
    ///
    /// What a write failed with, so that nothing more can be written.
    #[inline]
    pub(super) fn check(&self) -> io::Result<()> {
        self.failure.map_or(Ok(()), |kind| Err(kind.into()))
    }

    /// Whether nothing more can be written.
    #[inline]
    pub(super) const fn is_broken(&self) -> bool {
        self.failure.is_some()
    }

    /// Whether a payload is better written from where it is than copied to the queue.
    pub(super) fn takes_vectors(&self) -> bool {
        !self.is_broken() && self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    /// Whether nothing is to be written or passed on.
    #[inline]
    pub(super) const fn is_idle(&self) -> bool {
        self.buffer.is_detached() && self.is_flushed && !self.is_broken()
    }

    /// Whether nobody needs to wait for something to be written.
    pub(super) const fn is_settled(&self) -> bool {
        self.is_idle() || self.is_broken()
    }

    /// Writes the queue. Ready once all is written and passed on.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            self.check()?;
            let stream = self.stream.as_mut().map(Pin::new).ok_or_else(gone)?;
            let unwritten = self.buffer.unwritten();
            if unwritten.is_empty() {
                if !self.is_flushed {
                    match ready!(stream.poll_flush(cx)) {
                        Ok(()) => self.is_flushed = true,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                        Err(error) => return Poll::Ready(Err(self.fail(&error))),
                    }
                }
                self.stalled_since = Timestamp::NEVER;
                self.detach();
                return Poll::Ready(Ok(()));
            }
            let result = ready!(stream.poll_write(cx, unwritten));
            self.note(result)?;
        }
    }

    /// Writes the queue and then `rest`, as much as the stream takes now. What it leaves is queued.
    pub(super) fn write_with(&mut self, cx: &mut Context<'_>, mut rest: &[u8]) -> io::Result<()> {
        while !rest.is_empty() {
            self.check()?;
            let stream = self.stream.as_mut().map(Pin::new).ok_or_else(gone)?;
            let queued = self.buffer.unwritten();
            let slices = [IoSlice::new(queued), IoSlice::new(rest)];
            let Poll::Ready(result) = stream.poll_write_vectored(cx, &slices) else {
                break;
            };
            let of_queue = queued.len();
            let count = self.note(result)?;
            rest = rest.get(count.saturating_sub(of_queue)..).unwrap_or_default();
        }
        self.queue().out().extend_from_slice(rest);
        Ok(())
    }

    /// Ends the stream's direction to the peer.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream_mut()?.poll_shutdown(cx)
    }

    /// When the stream, which has just refused to take anything, has had its time.
    pub(super) fn due(&mut self, now: Timestamp) -> Timestamp {
        if self.stalled_since == Timestamp::NEVER {
            self.stalled_since = now;
            self.progress = 0;
        }
        self.stalled_since + self.timeout
    }

    /// Takes note that nothing can be written any more, and gives up the queue.
    pub(super) fn fail(&mut self, error: &io::Error) -> io::Error {
        self.failure = Some(error.kind());
        self.buffer = self.buffer.emptied();
        error.kind().into()
    }

    /// Takes note of what a write came to, and returns how many bytes the stream took.
    fn note(&mut self, result: io::Result<usize>) -> io::Result<usize> {
        let count = match result {
            Ok(0) => return Err(self.fail(&io::ErrorKind::WriteZero.into())),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => {
                self.fail(&error);
                return Err(error);
            }
        };
        self.buffer.written(count.min(self.buffer.unwritten().len()));
        self.is_flushed = false;
        self.progress = self.progress.saturating_add(count);
        if self.progress >= MIN_PROGRESS {
            self.stalled_since = Timestamp::NEVER;
        }
        Ok(count)
    }

    /// Gives the memory of an empty queue back to the thread.
    fn detach(&mut self) {
        if let Some(storage) = self.buffer.detach() {
            spare::keep_write_storage(storage);
        }
    }
}

impl<W: AsyncWrite + Unpin> Drop for Link<W> {
    /// One attempt, which does not wait, to write what is queued.
    fn drop(&mut self) {
        if self.failure.is_none()
            && let Some(stream) = &mut self.stream
            && !self.buffer.unwritten().is_empty()
        {
            let mut cx = Context::from_waker(Waker::noop());
            // Whoever needs to know has called `flush`.
            if let Poll::Ready(Ok(count)) =
                Pin::new(stream).poll_write(&mut cx, self.buffer.unwritten())
            {
                self.buffer.written(count);
            }
        }
        self.detach();
    }
}

/// The stream was taken out.
fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}
