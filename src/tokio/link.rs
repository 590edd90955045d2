use core::{
    pin::Pin,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};
use std::io::{self, IoSlice};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::spare;
use crate::{
    buffered::WriteBuffer,
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
    timeout: Span,
    /// Since when the stream has taken next to nothing, or never, and how much it had taken then.
    stalled_since: Timestamp,
    stalled_at: u32,
    /// How many bytes the stream has taken in all, modulo 2^32.
    taken: u32,
    /// Whether the stream has passed on what it took.
    is_flushed: bool,
    /// What a write failed with. The stream may have taken half a frame, and nothing can follow.
    failure: Option<io::ErrorKind>,
}

impl<W: AsyncWrite + Unpin> Link<W> {
    pub(super) fn new(stream: W, buffer: WriteBuffer, timeout: Option<Duration>) -> Self {
        Self {
            stream: Some(stream),
            buffer,
            timeout: timeout.into(),
            stalled_since: Timestamp::NEVER,
            stalled_at: 0,
            taken: 0,
            is_flushed: true,
            failure: None,
        }
    }

    pub(super) const fn stream(&self) -> Option<&W> {
        self.stream.as_ref()
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
            timeout: self.timeout,
            stalled_since: self.stalled_since,
            stalled_at: self.stalled_at,
            taken: self.taken,
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

    /// Whether the stream has taken all there was, and passed it on.
    pub(super) fn is_written(&self) -> bool {
        self.waiting() == 0 && self.is_flushed
    }

    /// Whether nobody needs to wait for something to be written.
    pub(super) const fn is_settled(&self) -> bool {
        self.is_idle() || self.is_broken()
    }

    /// How many bytes the stream has taken in all, modulo 2^32.
    pub(super) const fn taken(&self) -> u32 {
        self.taken
    }

    /// How many bytes wait to be written.
    pub(super) fn waiting(&self) -> usize {
        self.buffer.unwritten().len()
    }

    /// Writes the queue. Ready once all is written and passed on.
    ///
    /// # Errors
    ///
    /// Nothing can be written any more: call [`fail`](Self::fail).
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.buffer.unwritten().is_empty() {
                self.check()?;
                if !self.is_flushed {
                    match ready!(self.call(|stream, _| stream.poll_flush(cx))?) {
                        Ok(()) => self.is_flushed = true,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                        Err(error) => return Poll::Ready(Err(error)),
                    }
                }
                self.stalled_since = Timestamp::NEVER;
                self.detach();
                return Poll::Ready(Ok(()));
            }
            let result = ready!(self.call(|stream, queued| stream.poll_write(cx, queued))?);
            self.note(result)?;
        }
    }

    /// Writes the queue and then `rest`, as much as the stream takes now. What it leaves is queued.
    ///
    /// # Errors
    ///
    /// As for [`poll_flush`](Self::poll_flush).
    pub(super) fn write_with(&mut self, cx: &mut Context<'_>, mut rest: &[u8]) -> io::Result<()> {
        while !rest.is_empty() {
            let of_queue = self.waiting();
            let result = self.call(|stream, queued| {
                stream.poll_write_vectored(cx, &[IoSlice::new(queued), IoSlice::new(rest)])
            })?;
            let Poll::Ready(result) = result else {
                break;
            };
            let count = self.note(result)?;
            rest = rest.get(count.saturating_sub(of_queue)..).unwrap_or_default();
        }
        self.queue().out().extend_from_slice(rest);
        Ok(())
    }

    /// Ends the stream's direction to the peer.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.guard(|stream, _| stream.poll_shutdown(cx))?
    }

    /// Makes a call that writes.
    #[inline]
    fn call<T>(&mut self, action: impl FnOnce(Pin<&mut W>, &[u8]) -> T) -> io::Result<T> {
        self.check()?;
        self.guard(action)
    }

    /// Makes a call of the stream. If it panics, the link has failed: a header may be out without
    /// its payload, and what is written after that, be it in `Drop`, would be taken for payload.
    #[inline]
    fn guard<T>(&mut self, action: impl FnOnce(Pin<&mut W>, &[u8]) -> T) -> io::Result<T> {
        let stream = self.stream.as_mut().map(Pin::new).ok_or_else(gone)?;
        let failure = self.failure.replace(io::ErrorKind::Other);
        let result = action(stream, self.buffer.unwritten());
        self.failure = failure;
        Ok(result)
    }

    /// When the stream, which has just refused to take anything, has had its time.
    pub(super) fn due(&mut self, now: Timestamp) -> Timestamp {
        if self.stalled_since == Timestamp::NEVER {
            self.stalled_since = now;
            self.stalled_at = self.taken;
        }
        self.stalled_since + self.timeout
    }

    /// Gives up the queue, since nothing can be written any more. Returns how many bytes of it never
    /// left; `usize::MAX` if the stream has taken them and not passed them on.
    pub(super) fn fail(&mut self, kind: io::ErrorKind) -> usize {
        if self.is_broken() {
            return 0;
        }
        let waiting = self.waiting();
        self.failure = Some(kind);
        self.buffer = self.buffer.emptied();
        if waiting == 0 && !self.is_flushed { usize::MAX } else { waiting }
    }

    /// Takes note of what a write came to, and returns how many bytes the stream took.
    fn note(&mut self, result: io::Result<usize>) -> io::Result<usize> {
        let count = match result {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => return Err(error),
        };
        self.buffer.written(count.min(self.waiting()));
        self.taken = self.taken.wrapping_add(u32::try_from(count).unwrap_or(u32::MAX));
        self.is_flushed = false;
        let progress = self.taken.wrapping_sub(self.stalled_at);
        if usize::try_from(progress).is_ok_and(|progress| progress >= MIN_PROGRESS) {
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

impl<S: AsyncRead + AsyncWrite + Unpin> Link<S> {
    /// Reads from the stream, also if nothing can be written to it any more.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.guard(|stream, _| stream.poll_read(cx, buffer))?
    }
}

impl<W: AsyncWrite + Unpin> Drop for Link<W> {
    /// One attempt, which does not wait, to write what is queued.
    fn drop(&mut self) {
        // A second panic would abort the process.
        if !self.buffer.unwritten().is_empty() && !std::thread::panicking() {
            let mut cx = Context::from_waker(Waker::noop());
            // Whoever needs to know has called `flush`.
            if let Ok(Poll::Ready(Ok(count))) =
                self.call(|stream, queued| stream.poll_write(&mut cx, queued))
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
