use alloc::vec::Vec;
use core::task::{Poll, ready};
use std::io;

use super::error::fail_writing;
use crate::{
    buffered::Outgoing,
    connection::{SendError, ShortFrame},
    session::{Clock, Delivery, Route, Want, Writing},
};

/// The calls of a stream that is polled.
pub(crate) trait StreamCalls {
    /// Returns storage to queue to.
    fn storage() -> Vec<u8>;

    /// Writes some of the first bytes and then of the second, of which one may be empty.
    fn write(&mut self, first: &[u8], second: &[u8]) -> Poll<io::Result<usize>>;

    fn flush(&mut self) -> Poll<io::Result<()>>;

    /// Whether a single call writes both.
    fn is_vectored(&self) -> bool;
}

/// How far writing has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// As far as was asked for, or writing has failed before.
    Done,
    /// The stream does not take all of it now. The rest is queued.
    Rest,
    /// A call has failed, so that nothing more can be written.
    Failed(io::ErrorKind),
}

/// The way of messages to a stream that is polled: what is queued, what is written from where it is,
/// and what the result of a call means.
///
/// 1. A message that is held is queued, and nothing more.
/// 2. A short one that is alone is encoded on the stack and offered to the stream, without the queue.
/// 3. A large one is written from where it is, if the stream writes two slices with one call.
/// 4. Any other is queued. Then the queue is written, if the message is to be written or if the queue
///    has reached the high-water mark.
///
/// What the stream does not take is queued. A call that was interrupted is made again. Any other
/// error, and a write that takes nothing, ends writing.
pub(crate) struct Outbox<'t, C> {
    pub(crate) writing: &'t mut Writing,
    pub(crate) calls: C,
}

impl<C: StreamCalls> Outbox<'_, C> {
    /// Sends something.
    ///
    /// # Errors
    ///
    /// Nothing was sent.
    #[inline(always)]
    pub(crate) fn send(
        &mut self,
        item: Outgoing<'_>,
        to: Delivery,
        clock: impl Clock,
    ) -> Result<Written, SendError> {
        match self.writing.route(item, to) {
            Route::Alone => {
                let mut frame = ShortFrame::EMPTY;
                if !self.writing.encode_short(item, &mut frame)? {
                    self.queue().send(item)?;
                }
                Ok(self.write_alone(&frame, clock))
            }
            Route::Direct(message)
                if self.calls.is_vectored() && self.queue().send_header(message)? =>
            {
                Ok(self.deliver(message.as_bytes(), to, clock))
            }
            _ => {
                self.queue().send(item)?;
                Ok(self.deliver(&[], to, clock))
            }
        }
    }

    /// Writes the queue and then `rest`, as much as the stream takes now.
    pub(crate) fn write(&mut self, mut rest: &[u8], clock: impl Clock) -> Written {
        while self.writing.wants(|| clock.now()) != Want::Nothing || !rest.is_empty() {
            match self.write_once(&mut rest) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(kind)) => return Written::Failed(kind),
                Poll::Pending => {
                    self.leave(rest);
                    return Written::Rest;
                }
            }
        }
        Written::Done
    }

    /// Offers the stream the queue and then `rest`, and flushes it if it takes everything.
    ///
    /// # Errors
    ///
    /// The call has failed.
    pub(crate) fn write_once(&mut self, rest: &mut &[u8]) -> Poll<Result<(), io::ErrorKind>> {
        let Self { writing, calls } = self;
        let of_queue = writing.unwritten().len();
        let len = of_queue.saturating_add(rest.len());
        let mut count = 0;
        let called = writing.call(|queued| {
            if len > 0 {
                count = ready!(calls.write(queued, rest))?;
            }
            if count == len { calls.flush() } else { Poll::Ready(short(count)) }
        });
        writing.written(count);
        *rest = rest.get(count.saturating_sub(of_queue)..).unwrap_or_default();
        called.map(|result| self.note(result))
    }

    /// The short way of [`write`](Self::write) for a message that is [alone](Route::Alone), queued or
    /// in a `frame`.
    #[inline(always)]
    fn write_alone(&mut self, frame: &[u8], clock: impl Clock) -> Written {
        let Self { writing, calls } = self;
        let mut count = 0;
        let called = writing.call(
            #[inline(always)]
            |queued| {
                let bytes = if frame.is_empty() { queued } else { frame };
                count = ready!(calls.write(bytes, &[]))?;
                if count == bytes.len() { calls.flush() } else { Poll::Ready(short(count)) }
            },
        );
        writing.written(count);
        if let Poll::Ready(Ok(())) = called {
            writing.flushed();
            return Written::Done;
        }
        self.write_rest(called, frame.get(count..).unwrap_or_default(), clock)
    }

    /// Continues after a call that has not written and flushed everything.
    #[cold]
    fn write_rest(
        &mut self,
        called: Poll<io::Result<()>>,
        rest: &[u8],
        clock: impl Clock,
    ) -> Written {
        self.leave(rest);
        match called.map(|result| self.note(result)) {
            Poll::Pending => Written::Rest,
            Poll::Ready(Err(kind)) => Written::Failed(kind),
            Poll::Ready(Ok(())) => self.write(&[], clock),
        }
    }

    /// Writes the queue and then the payload, as far as that is asked for. A message that is only
    /// queued does not wait for the stream.
    fn deliver(&mut self, payload: &[u8], to: Delivery, clock: impl Clock) -> Written {
        if to == Delivery::Written {
            return self.write(payload, clock);
        }
        if payload.is_empty() && !self.writing.would_reach_high_water(0) {
            return Written::Done;
        }
        let written = self.write(payload, || clock.now());
        if written == Written::Rest {
            self.writing.refused(clock.now());
            self.writing.pause(clock);
            return Written::Done;
        }
        written
    }

    /// Records the result of a write and a flush.
    fn note(&mut self, result: io::Result<()>) -> Result<(), io::ErrorKind> {
        match result.map_err(|error| error.kind()) {
            Ok(()) => self.writing.flushed(),
            Err(io::ErrorKind::Interrupted) => {}
            Err(kind) => {
                fail_writing(self.writing, kind);
                return Err(kind);
            }
        }
        Ok(())
    }

    /// The half of the session that writes, with storage to queue to.
    #[inline]
    fn queue(&mut self) -> &mut Writing {
        self.writing.attach(C::storage);
        self.writing
    }

    /// Queues what the stream has not taken.
    fn leave(&mut self, rest: &[u8]) {
        if !rest.is_empty() {
            self.queue().leave(rest);
        }
    }
}

/// The result of a write that took `count` bytes, and not all. If it took some, it can go on.
fn short(count: usize) -> io::Result<()> {
    let kind = if count == 0 { io::ErrorKind::WriteZero } else { io::ErrorKind::Interrupted };
    Err(kind.into())
}
