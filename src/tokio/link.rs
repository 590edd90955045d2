use alloc::boxed::Box;
use core::{
    pin::Pin,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};
use std::io::{self, IoSlice};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{spare, stall::Stall};
use crate::{
    buffered::WriteBuffer,
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
    /// From the first bytes on that the stream refused to take.
    stall: Option<Box<Stall>>,
    /// How many bytes the stream has taken in all, modulo 2^32.
    taken: u32,
    /// How many of them it may not have passed on.
    unflushed: u32,
    /// What a write failed with. The stream may have taken half a frame, and nothing can follow.
    failure: Option<io::ErrorKind>,
}

impl<W: AsyncWrite + Unpin> Link<W> {
    pub(super) fn new(stream: W, buffer: WriteBuffer, timeout: Option<Duration>) -> Self {
        Self {
            stream: Some(stream),
            buffer,
            timeout: timeout.into(),
            stall: None,
            taken: 0,
            unflushed: 0,
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
            stall: self.stall.take(),
            taken: self.taken,
            unflushed: self.unflushed,
            failure: self.failure,
        }
    }

    /// The queue.
    #[inline]
    pub(super) fn queue(&mut self) -> &mut WriteBuffer {
        if self.buffer.is_detached() && !self.is_broken() {
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
        self.buffer.is_detached() && self.unflushed == 0 && !self.is_broken()
    }

    /// Whether the stream has taken all there was, and passed it on.
    pub(super) fn is_written(&self) -> bool {
        self.waiting() == 0 && self.unflushed == 0
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
                if self.unflushed > 0 {
                    match ready!(self.call(|stream, _| stream.poll_flush(cx))?) {
                        Ok(()) => self.unflushed = 0,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                        Err(error) => return Poll::Ready(Err(error)),
                    }
                }
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
        self.stall.get_or_insert_default().refuse(now, self.taken, self.timeout)
    }

    /// Nobody waits for the stream to take what is queued.
    pub(super) fn pause(&mut self) {
        if let Some(stall) = &mut self.stall {
            stall.pause();
        }
    }

    /// How the stream has refused some of what is queued, if it has.
    pub(super) fn refusal(&mut self) -> Option<&mut Stall> {
        self.stall.as_deref_mut().filter(|stall| stall.is_refusing())
    }

    /// Until when the buffers of the system may need to pass on what they have taken.
    pub(super) fn backlog_until(&self) -> Timestamp {
        self.stall.as_ref().map_or(Timestamp::default(), |stall| stall.backlog_until())
    }

    /// How many bytes never left, as far as that is known.
    pub(super) fn unsent(&self) -> usize {
        self.waiting().saturating_add(usize::try_from(self.unflushed).unwrap_or(usize::MAX))
    }

    /// Gives up the queue, since nothing can be written any more. Returns how many bytes never left.
    pub(super) fn fail(&mut self, kind: io::ErrorKind) -> usize {
        if self.is_broken() {
            return 0;
        }
        let unsent = self.unsent();
        self.failure = Some(kind);
        self.buffer = self.buffer.emptied();
        unsent
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
        let of_all = u32::try_from(count).unwrap_or(u32::MAX);
        self.taken = self.taken.wrapping_add(of_all);
        self.unflushed = self.unflushed.saturating_add(of_all);
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
        if !self.is_written() && !std::thread::panicking() {
            let mut cx = Context::from_waker(Waker::noop());
            // Whoever needs to know has called `flush`.
            if self.waiting() > 0
                && let Ok(Poll::Ready(result)) =
                    self.call(|stream, queued| stream.poll_write(&mut cx, queued))
            {
                let _ = self.note(result);
            }
            if self.waiting() == 0 {
                let _ = self.poll_flush(&mut cx);
            }
        }
        self.detach();
    }
}

/// The stream was taken out.
fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}
