//! The reading side of a connection: the loop that does what the session says, from the first byte
//! to the end of the transport.

use core::{
    future::{Future as _, poll_fn},
    pin::pin,
    task::{Context, Poll, ready},
};
use std::io;

use ::tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::{coop, yield_now},
};

use super::{access::Access, buffer_pool, tasks::Side, timer::TokioClock, transport::Transport};
use crate::{
    adapter::{Error, Pace, ending_error},
    buffered::{OwnedMessage, ReadBuffer},
    close::{CloseFrame, CloseInfo},
    connection::Chunk,
    session::{Driven, Failure, Reading, Step},
};

/// The reading side of a connection.
#[derive(Debug)]
pub(super) struct Reader {
    /// The half of the session that reads, with what was received last.
    pub(super) reading: Reading,
    pace: Pace,
}

impl Reader {
    pub(super) const fn new(reading: Reading) -> Self {
        Self { reading, pace: Pace::NEW }
    }

    /// Waits for some of a message, and borrows it. `None`: the connection has ended.
    pub(super) async fn read_chunk<A: Access<Stream: AsyncRead>>(
        &mut self,
        access: &mut A,
    ) -> Result<Option<Chunk<'_>>, Error> {
        let is_there = poll_fn(|cx| self.poll(cx, access, Reading::next_chunk)).await?;
        Ok(is_there.then(|| self.reading.chunk()))
    }

    /// Ready with a copy of the next message. `None`: the connection has ended.
    #[inline]
    pub(super) fn poll_recv<A: Access<Stream: AsyncRead>>(
        &mut self,
        cx: &mut Context<'_>,
        access: &mut A,
    ) -> Poll<Result<Option<OwnedMessage>, Error>> {
        if !self.advance_whole() && !ready!(self.poll(cx, access, Reading::next))? {
            return Poll::Ready(Ok(None));
        }
        match self.reading.owned_message() {
            Ok(message) => return Poll::Ready(Ok(Some(message))),
            Err(invalid) => {
                let transport = &mut *access.transport();
                invalid.fail(transport.clock(), transport);
            }
        }
        // If this future is dropped meanwhile, the next poll goes on.
        self.poll(cx, access, Reading::next).map_ok(|_| None)
    }

    /// As [`poll_recv`](Self::poll_recv), for a stream: after an error there is only the end.
    pub(super) fn poll_next<A: Access<Stream: AsyncRead>>(
        &mut self,
        cx: &mut Context<'_>,
        access: &mut A,
    ) -> Poll<Option<Result<OwnedMessage, Error>>> {
        if self.reading.is_ended() {
            return Poll::Ready(None);
        }
        self.poll_recv(cx, access).map(Result::transpose)
    }

    /// Closes the connection, and throws away what still comes.
    pub(super) async fn close<A: Access<Stream: AsyncRead>>(
        &mut self,
        access: &mut A,
        frame: CloseFrame<'_>,
    ) -> Result<CloseInfo, Error> {
        access.transport().close_now(frame)?;
        while self.read_chunk(access).await?.is_some() {}
        // Reading ended without an error, so the connection has ended.
        let info = self.reading.close_info(&access.transport().writing);
        info.ok_or_else(|| Failure::Lost.into())
    }

    /// The short way for a message that was read in whole. `false`: nothing was done.
    #[inline]
    pub(super) fn advance_whole(&mut self) -> bool {
        let is_there = self.pace.has_turn() && self.reading.next_whole();
        self.pace.spend(is_there)
    }

    /// Ready with something for the application. `false`: the connection has ended.
    #[inline]
    pub(super) fn poll<A: Access<Stream: AsyncRead>>(
        &mut self,
        cx: &mut Context<'_>,
        access: &mut A,
        next: impl Fn(&mut Reading, TokioClock, &mut Transport<A::Stream>) -> Result<Step, Failure>,
    ) -> Poll<Result<bool, Error>> {
        if !self.pace.has_turn() {
            ready!(coop::poll_proceed(cx)).made_progress();
            self.pace.begin_turn();
        }
        let Self { reading, pace } = self;
        let step = ready!(poll_drive(reading, pace, cx, &mut access.transport(), next))?;
        Poll::Ready(Ok(self.pace.spend(step == Step::Message)))
    }
}

/// Reads until there is what is needed, or no more for now, or the driver of the runtime gets its turn.
/// Returns the end of the stream, if that has come.
fn read<S: AsyncRead + Unpin>(
    driven: &mut impl Driven,
    pace: &mut Pace,
    cx: &mut Context<'_>,
    transport: &mut Transport<S>,
) -> Option<io::Result<()>> {
    if let Some(buffer) = driven.buffer().filter(|buffer| buffer.is_detached()) {
        buffer.attach(buffer_pool::read_storage());
    }
    let needed = driven.needed();
    let mut buffer = ReadBuf::new(driven.unfilled());
    let (spent, mut len) = (pace.spent(), 0);
    let end = loop {
        if !pace.has_credit() {
            yield_to_the_driver(cx);
            break None;
        }
        let Poll::Ready(result) = transport.poll_read(cx, &mut buffer) else {
            break None;
        };
        let before = core::mem::replace(&mut len, buffer.filled().len());
        pace.count_read();
        match result {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(()) if len > before => {}
            end => break Some(end),
        }
        if len >= needed || buffer.remaining() == 0 {
            break None;
        }
    };
    pace.count_bytes(spent, len);
    match len {
        // Without credit it did not have to wait, and goes on soon.
        0 if end.is_none() && pace.has_credit() => detach(driven),
        0 => {}
        count => driven.filled(count),
    }
    end
}

/// Goes on until there is something for the application: an opening is open, or asks for an answer.
pub(super) async fn drive<D: Driven, A: Access<Stream: AsyncRead>>(
    driven: &mut D,
    access: &mut A,
) -> Result<Step, Error> {
    let mut pace = Pace::NEW;
    poll_fn(|cx| poll_drive(driven, &mut pace, cx, &mut access.transport(), D::next)).await
}

/// Does what the session says, until there is something for the application.
#[inline]
fn poll_drive<D: Driven, S: AsyncRead + AsyncWrite + Unpin>(
    driven: &mut D,
    pace: &mut Pace,
    cx: &mut Context<'_>,
    transport: &mut Transport<S>,
    next: impl Fn(&mut D, TokioClock, &mut Transport<S>) -> Result<Step, Failure>,
) -> Poll<Result<Step, Error>> {
    // Register before looking for work, so that no wake-up is lost between the look and the wait.
    transport.listen(cx);
    if transport.is_aborted() {
        driven.failed(transport);
    }
    let mut read_error = None;
    loop {
        let step = next(driven, transport.clock(), transport);
        transport.log.clone().note(&step, driven, transport.clock(), transport);
        match step {
            Ok(Step::Write) => transport.write_out(cx),
            Ok(Step::Read) => match read(driven, pace, cx, transport) {
                None => {}
                Some(Ok(())) => driven.end_of_stream(),
                Some(Err(error)) => {
                    driven.failed(transport);
                    read_error = Some(error.into());
                }
            },
            // If it fails, the peer was faster.
            Ok(Step::HalfClose) => {
                if transport.poll_shutdown(cx).is_ready() {
                    driven.half_closed(transport);
                }
            }
            Ok(Step::Drain) => ready!(poll_drain(driven, cx, transport)),
            Ok(Step::Wait(at)) => {
                pace.renew_credit();
                ready!(transport.tasks.poll_until(at, Side::Reader, cx));
            }
            Ok(Step::Message) => return Poll::Ready(Ok(Step::Message)),
            Ok(step @ (Step::Request | Step::Opened | Step::Ended)) => {
                detach(driven);
                return Poll::Ready(Ok(step));
            }
            Err(verdict) => {
                detach(driven);
                let write_error = transport.check().err();
                return Poll::Ready(Err(ending_error(verdict, read_error, write_error)));
            }
        }
    }
}

/// Reads once, and throws away what comes. Pending if the driver of the runtime gets its turn first.
fn poll_drain<S: AsyncRead + Unpin>(
    driven: &mut impl Driven,
    cx: &mut Context<'_>,
    transport: &mut Transport<S>,
) -> Poll<()> {
    let mut storage = buffer_pool::read_storage();
    let mut buffer = ReadBuf::new(&mut storage);
    let result = transport.poll_read(cx, &mut buffer);
    let count = buffer.filled().len();
    // The storage goes to another connection, which must not see what came.
    buffer.filled_mut().fill(0);
    buffer_pool::keep_read_storage(storage);
    match result {
        Poll::Ready(Ok(())) if count > 0 => {
            driven.drained(count, transport);
            // Once at a time: however much comes, others get their turn.
            yield_to_the_driver(cx);
            return Poll::Pending;
        }
        Poll::Ready(_) => driven.drained(0, transport),
        Poll::Pending => {}
    }
    Poll::Ready(())
}

/// Lends the storage of the buffer to other connections while this one does not read.
fn detach(driven: &mut impl Driven) {
    if let Some(storage) = driven.buffer().and_then(ReadBuffer::detach) {
        buffer_pool::keep_read_storage(storage);
    }
}

/// Wakes the task after the driver of the runtime has looked for events. If woken at once, it could
/// run many times before that.
fn yield_to_the_driver(cx: &mut Context<'_>) {
    // The waker is deferred by the first poll, which is always pending.
    let _ = pin!(yield_now()).poll(cx);
}
