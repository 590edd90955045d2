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

#[cfg(test)]
mod tests {
    use alloc::{collections::VecDeque, vec, vec::Vec};
    use core::task::Poll;
    use std::io;

    use super::{Outbox, StreamCalls, Written};
    use crate::{
        buffered::{Message, Sendable as _},
        connection::{Connection, Limits},
        session::{Delivery, Session, Writing},
        time::Timestamp,
    };

    /// The result of a write. A stream takes everything once its script is over.
    #[derive(Clone, Copy)]
    enum Taken {
        Some(usize),
        Pending,
        Failed(io::ErrorKind),
    }

    #[derive(Default)]
    struct Stream {
        script: VecDeque<Taken>,
        written: Vec<u8>,
        writes: usize,
        flushes: usize,
    }

    impl StreamCalls for &mut Stream {
        fn storage() -> Vec<u8> {
            Vec::with_capacity(1)
        }

        fn write(&mut self, first: &[u8], second: &[u8]) -> Poll<io::Result<usize>> {
            self.writes += 1;
            let bytes = [first, second].concat();
            let count = match self.script.pop_front() {
                None => bytes.len(),
                Some(Taken::Some(count)) => count.min(bytes.len()),
                Some(Taken::Pending) => return Poll::Pending,
                Some(Taken::Failed(kind)) => return Poll::Ready(Err(kind.into())),
            };
            self.written.extend_from_slice(&bytes[..count]);
            Poll::Ready(Ok(count))
        }

        fn flush(&mut self) -> Poll<io::Result<()>> {
            self.flushes += 1;
            Poll::Ready(Ok(()))
        }

        fn is_vectored(&self) -> bool {
            true
        }
    }

    fn writing() -> Writing {
        Session::new(Connection::server(&Limits::default())).writing
    }

    /// Sends a binary message of `len` bytes over a stream with this script.
    fn send(len: usize, to: Delivery, script: &[Taken]) -> (Written, Writing, Stream) {
        let (mut writing, payload) = (writing(), vec![7; len]);
        let mut stream = Stream { script: script.iter().copied().collect(), ..Stream::default() };
        let mut out = Outbox { writing: &mut writing, calls: &mut stream };
        let message = Message::Binary(&payload);
        let written = out.send(message.as_outgoing(), to, Timestamp::default()).unwrap();
        (written, writing, stream)
    }

    /// The frame of that message.
    fn frame(len: usize) -> Vec<u8> {
        let mut writing = writing();
        writing.send(Message::Binary(&vec![7; len])).unwrap();
        writing.unwritten().into()
    }

    /// Short, with a longer header, and written from where it is.
    const LENS: [usize; 5] = [0, 125, 126, 10_000, 100_000];

    #[test]
    fn a_message_is_written_with_one_call_and_flushed() {
        for len in LENS {
            let (written, writing, stream) = send(len, Delivery::Written, &[]);
            assert_eq!((written, stream.writes, stream.flushes), (Written::Done, 1, 1), "{len}");
            assert!(stream.written == frame(len) && writing.is_settled(), "{len}");
        }
    }

    #[test]
    fn a_short_message_that_is_alone_needs_no_storage() {
        for (len, is_short) in [(125, true), (126, false)] {
            let (_, writing, _) = send(len, Delivery::Written, &[]);
            assert_eq!(writing.is_detached(), is_short, "{len}");
        }
    }

    #[test]
    fn what_the_stream_does_not_take_is_queued() {
        for len in LENS {
            let whole = frame(len);
            for count in [1, whole.len() / 2, whole.len() - 1].map(|count| count.max(1)) {
                let script = [Taken::Some(count), Taken::Pending];
                let (written, writing, stream) = send(len, Delivery::Written, &script);
                assert_eq!((written, stream.flushes), (Written::Rest, 0), "{len}");
                assert!([&stream.written, writing.unwritten()].concat() == whole, "{len}");
            }
        }
    }

    #[test]
    fn an_interrupted_write_is_repeated() {
        for len in LENS {
            let script = [Taken::Failed(io::ErrorKind::Interrupted)];
            let (written, _, stream) = send(len, Delivery::Written, &script);
            assert!(written == Written::Done && stream.written == frame(len), "{len}");
        }
    }

    #[test]
    fn a_write_that_takes_nothing_or_fails_ends_writing() {
        let reset = io::ErrorKind::ConnectionReset;
        for (taken, kind) in
            [(Taken::Some(0), io::ErrorKind::WriteZero), (Taken::Failed(reset), reset)]
        {
            for len in LENS {
                let (written, writing, stream) = send(len, Delivery::Written, &[taken]);
                assert_eq!((written, stream.writes), (Written::Failed(kind), 1), "{len}");
                assert!(writing.has_failed() && writing.waiting() == 0, "{len}");
            }
        }
    }

    #[test]
    fn a_message_that_is_only_queued_does_not_wait_for_the_stream() {
        for (len, writes) in [(125, 0), (10_000, 0), (200_000, 1)] {
            let (written, writing, stream) = send(len, Delivery::Queued, &[Taken::Pending]);
            assert_eq!((written, stream.writes), (Written::Done, writes), "{len}");
            assert!(writing.unwritten() == frame(len), "{len}");
        }
    }
}
