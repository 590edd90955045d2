//! The reading side of a connection: the loop that does what the session says, from the first byte
//! to the end of the transport.
//!
//! Its task shares a thread with others, and a peer that never stops sending must not keep them from
//! their turn. Nor the driver of the runtime, which is asked for events only now and then while
//! tasks are ready to run. So the task yields in two ways:
//!
//! - After [`READ_CREDIT`] that was read it lets the driver look for events before it goes
//!   on, whether or not there was a message in them.
//! - Each [`TURN`] messages spend a unit of the budget that the runtime gives a task for one poll.
//!   That bounds how many messages the application handles at a time, since it may work on each.

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

use super::{access::Access, buffer_pool, timer::TokioClock, transport::Transport, waiting::Side};
use crate::{
    adapter::Error,
    buffered::{OwnedMessage, ReadBuffer},
    close::{CloseFrame, CloseInfo},
    connection::ProtocolError,
    session::{Driven, Failure, Reading, Step},
};

/// How many KiB are read before the driver gets its turn. It is more than a single read returns, so
/// that messages that arrive together are answered together.
const READ_CREDIT: u16 = 512;
/// The least that a read counts as, in KiB.
const MIN_READ_COST: u16 = 8;
/// How many messages spend one unit of the task's budget.
const TURN: u8 = 16;

/// How much a task has done in its turn.
#[derive(Debug)]
pub(super) struct Pace {
    /// How many KiB were read since the driver had its turn, [`MIN_READ_COST`] at least by each read.
    read: u16,
    /// How many more messages there are in this turn.
    turn: u8,
}

/// The reading side of a connection.
#[derive(Debug)]
pub(super) struct Reader {
    reading: Reading,
    pace: Pace,
}

impl Reader {
    pub(super) const fn new(reading: Reading) -> Self {
        Self { reading, pace: Pace::NEW }
    }

    pub(super) fn into_reading(self) -> Reading {
        self.reading
    }

    /// The half of the session that reads, with what was received last.
    #[inline]
    pub(super) const fn reading(&mut self) -> &mut Reading {
        &mut self.reading
    }

    /// The same, to look at.
    pub(super) const fn reading_ref(&self) -> &Reading {
        &self.reading
    }

    /// The short way of [`poll_message`](Self::poll_message) for a message that was read in whole.
    /// `false`: nothing was done.
    #[inline]
    pub(super) fn advance_whole(&mut self) -> bool {
        let is_there = self.pace.turn > 0 && self.reading.next_whole();
        self.pace.turn = self.pace.turn.saturating_sub(u8::from(is_there));
        is_there
    }

    /// Ready with the next message: [`reading`](Self::reading) has it. `false`: the connection has
    /// ended.
    #[inline]
    pub(super) fn poll_message<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        transport: &mut Transport<S>,
    ) -> Poll<Result<bool, Error>> {
        self.poll(cx, transport, Reading::next)
    }

    /// Ready with some of a message: [`reading`](Self::reading) has the chunk. `false`: the
    /// connection has ended.
    pub(super) fn poll_chunk<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        transport: &mut Transport<S>,
    ) -> Poll<Result<bool, Error>> {
        self.poll(cx, transport, Reading::next_chunk)
    }

    /// Ready with a copy of the next message. `None`: the connection has ended.
    #[inline]
    pub(super) fn poll_recv<A: Access<Stream: AsyncRead + AsyncWrite + Unpin>>(
        &mut self,
        cx: &mut Context<'_>,
        access: &mut A,
    ) -> Poll<Result<Option<OwnedMessage>, Error>> {
        if !self.advance_whole() && !ready!(self.poll_message(cx, &mut access.transport()))? {
            return Poll::Ready(Ok(None));
        }
        match self.reading.owned_message() {
            Ok(message) => Poll::Ready(Ok(Some(message))),
            // The connection fails. If this future is dropped meanwhile, the next poll goes on.
            Err(mut invalid) => {
                let (pace, transport) = (&mut self.pace, &mut access.transport());
                poll_drive(&mut invalid, pace, cx, transport, Driven::next).map_ok(|_| None)
            }
        }
    }

    /// As [`poll_recv`](Self::poll_recv), for a stream: after an error there is only the end.
    pub(super) fn poll_next<A: Access<Stream: AsyncRead + AsyncWrite + Unpin>>(
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
    pub(super) async fn close<A: Access<Stream: AsyncRead + AsyncWrite + Unpin>>(
        &mut self,
        access: &mut A,
        frame: CloseFrame<'_>,
    ) -> Result<CloseInfo, Error> {
        access.transport().close_now(frame)?;
        while poll_fn(|cx| self.poll_chunk(cx, &mut access.transport())).await? {}
        // Reading ended without an error, so the connection has ended.
        let info = self.reading.close_info(access.transport().writing());
        info.ok_or_else(|| Error::Io(io::ErrorKind::NotConnected.into()))
    }

    /// Does what the session says, until there is a message.
    #[inline]
    fn poll<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        transport: &mut Transport<S>,
        next: impl Fn(&mut Reading, TokioClock, &mut Transport<S>) -> Result<Step, Failure>,
    ) -> Poll<Result<bool, Error>> {
        ready!(self.pace.poll_turn(cx));
        let step = ready!(poll_drive(&mut self.reading, &mut self.pace, cx, transport, next))?;
        let is_there = step == Step::Message;
        self.pace.turn = self.pace.turn.saturating_sub(u8::from(is_there));
        Poll::Ready(Ok(is_there))
    }
}

impl Pace {
    const NEW: Self = Self { read: 0, turn: TURN };

    /// Ready while there are messages in this turn, or once the runtime grants another.
    #[inline]
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.turn == 0 {
            ready!(coop::poll_proceed(cx)).made_progress();
            self.turn = TURN;
        }
        Poll::Ready(())
    }

    /// Reads what there is, if anything, or gives the driver of the runtime its turn.
    fn read<S: AsyncRead + Unpin>(
        &mut self,
        driven: &mut impl Driven,
        cx: &mut Context<'_>,
        transport: &mut Transport<S>,
    ) -> io::Result<()> {
        if let Some(buffer) = driven.buffer().filter(|buffer| buffer.is_detached()) {
            buffer.attach(buffer_pool::read_storage());
        }
        let needed = driven.needed();
        let mut unfilled = ReadBuf::new(driven.unfilled());
        let end = self.read_into(&mut unfilled, needed, cx, transport);
        match unfilled.filled().len() {
            // Without credit it did not have to wait, and goes on soon.
            0 if end.is_none() && self.read < READ_CREDIT => detach(driven),
            0 => {}
            count => driven.filled(count),
        }
        match end {
            Some(Ok(())) => driven.end_of_stream(),
            Some(Err(error)) => return Err(error),
            None => {}
        }
        Ok(())
    }

    /// Reads until there are `needed` bytes, or no more for now, or the driver of the runtime gets its
    /// turn. Returns the end of the stream, if that has come.
    #[inline]
    fn read_into<S: AsyncRead + Unpin>(
        &mut self,
        buffer: &mut ReadBuf<'_>,
        needed: usize,
        cx: &mut Context<'_>,
        transport: &mut Transport<S>,
    ) -> Option<io::Result<()>> {
        let (read_before, mut len) = (self.read, 0);
        let end = loop {
            if self.read >= READ_CREDIT {
                yield_to_the_driver(cx);
                break None;
            }
            let Poll::Ready(result) = transport.poll_read(cx, buffer) else {
                break None;
            };
            let before = core::mem::replace(&mut len, buffer.filled().len());
            self.read = self.read.saturating_add(MIN_READ_COST);
            match result {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(()) if len > before => {}
                end => break Some(end),
            }
            if len >= needed || buffer.remaining() == 0 {
                break None;
            }
        };
        let kib = u16::try_from(len / 1024).unwrap_or(u16::MAX);
        self.read = self.read.max(read_before.saturating_add(kib));
        end
    }
}

/// Goes on until there is something for the application: an opening is open, or asks for an answer.
pub(super) async fn drive<D: Driven, A: Access<Stream: AsyncRead + AsyncWrite + Unpin>>(
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
    let mut failure = None;
    loop {
        let step = next(driven, transport.clock(), transport);
        transport.log.clone().note(&step, driven, transport.clock(), transport);
        match step {
            Ok(Step::Write) => transport.write_out(cx),
            Ok(Step::Read) => {
                if let Err(error) = pace.read(driven, cx, transport) {
                    driven.failed(transport);
                    failure = Some(error);
                }
            }
            // If it fails, the peer was faster.
            Ok(Step::HalfClose) => {
                if transport.poll_shutdown(cx).is_ready() {
                    driven.half_closed(transport);
                }
            }
            Ok(Step::Drain) => ready!(poll_drain(driven, cx, transport)),
            Ok(Step::Wait(at)) => {
                pace.read = 0;
                ready!(transport.timer(Side::Reader).poll(cx, at));
            }
            Ok(Step::Message) => return Poll::Ready(Ok(Step::Message)),
            Ok(step @ (Step::Request | Step::Opened | Step::Ended)) => {
                detach(driven);
                return Poll::Ready(Ok(step));
            }
            Err(verdict) => {
                detach(driven);
                // The stream's own error says more than that the connection is lost.
                let lost = match verdict {
                    Failure::Protocol(ProtocolError::ConnectionLost) => failure,
                    Failure::Lost => failure.or_else(|| transport.check().err()),
                    _ => None,
                };
                return Poll::Ready(Err(lost.map_or_else(|| verdict.into(), Error::Io)));
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
