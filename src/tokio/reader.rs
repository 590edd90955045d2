//! The reading side of a connection.
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
    future::Future as _,
    pin::pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use std::io;

use ::tokio::{
    io::ReadBuf,
    task::{coop, yield_now},
};

use super::{buffer_pool, timer::Timer};
use crate::{
    adapter::Error,
    buffered::OwnedMessage,
    close::CloseInfo,
    connection::Chunk,
    session::{Exchange, Failure, InvalidText, Lifecycle, Opening, Outlet, Reading, Step, Writing},
};

/// How many KiB are read before the driver gets its turn. More than one read brings, so that what
/// came together is answered together.
const READ_CREDIT: u16 = 512;
/// What a read counts at least, in KiB.
const MIN_READ_COST: u16 = 32;
/// How many messages spend one unit of the task's budget.
const TURN: u8 = 16;

/// The stream, as the task that reads uses it.
pub(super) trait Wire: Outlet {
    /// Has the task that reads woken from now on when another gives it something to do.
    fn listen(&mut self, cx: &mut Context<'_>);

    /// Reads from the stream.
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>)
    -> Poll<io::Result<()>>;

    /// Writes as much of the queue as the stream takes now.
    fn write_out(&mut self, cx: &mut Context<'_>);

    /// Ends the direction to the peer.
    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// The clock of the task that reads.
    fn timer(&mut self) -> &mut Timer;
}

/// What is told how the end of the transport goes.
pub(super) trait Ends {
    fn half_closed(&mut self, wire: &mut impl Wire);

    fn drained(&mut self, count: usize, wire: &mut impl Wire);
}

impl Ends for Lifecycle {
    fn half_closed(&mut self, wire: &mut impl Wire) {
        Self::half_closed(self, wire);
    }

    fn drained(&mut self, count: usize, wire: &mut impl Wire) {
        Self::drained(self, count, wire);
    }
}

impl<E: Exchange> Ends for Opening<E> {
    fn half_closed(&mut self, wire: &mut impl Wire) {
        Self::half_closed(self, wire);
    }

    fn drained(&mut self, count: usize, wire: &mut impl Wire) {
        Self::drained(self, count, wire);
    }
}

/// The reading side of a connection.
#[derive(Debug)]
pub(super) struct Reader {
    reading: Reading,
    /// How many KiB were read since the driver had its turn, [`MIN_READ_COST`] at least by each read.
    read: u16,
    /// How many more messages there are in this turn.
    turn: u8,
}

impl Reader {
    pub(super) const fn new(reading: Reading) -> Self {
        Self { reading, read: 0, turn: TURN }
    }

    pub(super) fn into_reading(self) -> Reading {
        self.reading
    }

    /// The short way of [`poll_message`](Self::poll_message) for a message that was read in whole.
    /// `false`: nothing was done.
    #[inline]
    pub(super) fn advance_whole(&mut self) -> bool {
        let is_there = self.turn > 0 && self.reading.next_whole();
        self.turn = self.turn.saturating_sub(u8::from(is_there));
        is_there
    }

    /// Ready with the next message: [`reading`](Self::reading) has it. `false`: the connection has
    /// ended.
    #[inline]
    pub(super) fn poll_message<W: Wire>(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut W,
    ) -> Poll<Result<bool, Error>> {
        self.poll(cx, wire, |reading, wire| reading.next(wire.timer().clock(), wire))
    }

    /// Ready with some of a message: [`chunk`](Self::chunk) has it. `false`: the connection has
    /// ended.
    pub(super) fn poll_chunk<W: Wire>(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut W,
    ) -> Poll<Result<bool, Error>> {
        self.poll(cx, wire, |reading, wire| reading.next_chunk(wire.timer().clock(), wire))
    }

    /// Ready with a copy of the next message. `None`: the connection has ended.
    #[inline]
    pub(super) fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut impl Wire,
    ) -> Poll<Result<Option<OwnedMessage>, Error>> {
        if !self.advance_whole() && !ready!(self.poll_message(cx, wire))? {
            return Poll::Ready(Ok(None));
        }
        match self.reading.message() {
            Ok(message) => Poll::Ready(Ok(Some(message.into_owned()))),
            Err(mut invalid) => poll_failure(&mut invalid, cx, wire).map(Err),
        }
    }

    /// The session, with what was received last.
    #[inline]
    pub(super) const fn reading(&mut self) -> &mut Reading {
        &mut self.reading
    }

    /// The chunk of a message that is there.
    pub(super) fn chunk(&mut self) -> Chunk<'_> {
        self.reading.chunk()
    }

    /// Whether the message after the one that is there has been received in full.
    #[inline]
    pub(super) fn has_message(&self) -> bool {
        self.reading.has_message()
    }

    pub(super) fn ping_latency(&self) -> Option<Duration> {
        self.reading.ping_latency()
    }

    /// Whether nothing more comes, not even an error.
    pub(super) fn is_ended(&self) -> bool {
        self.reading.is_ended()
    }

    pub(super) fn close_info(&self, writing: &Writing) -> Option<CloseInfo> {
        self.reading.close_info(writing)
    }

    /// Does what the session says, until there is a message.
    #[inline]
    fn poll<W: Wire>(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut W,
        next: impl Fn(&mut Reading, &mut W) -> Result<Step, Failure>,
    ) -> Poll<Result<bool, Error>> {
        ready!(self.poll_turn(cx));
        // Before it looks at what there is to do, so that nothing falls between that and the wait.
        wire.listen(cx);
        let mut failure = None;
        loop {
            match next(&mut self.reading, wire) {
                Ok(Step::Message) => {
                    self.turn = self.turn.saturating_sub(1);
                    return Poll::Ready(Ok(true));
                }
                Ok(Step::Read) => {
                    if let Err(error) = self.read(cx, wire) {
                        self.reading.failed(wire);
                        failure = Some(Error::Io(error));
                    }
                }
                Ok(Step::Wait(at)) => {
                    self.read = 0;
                    ready!(wire.timer().poll(cx, at));
                }
                Ok(Step::Ended) => {
                    self.detach();
                    return Poll::Ready(Ok(false));
                }
                Ok(step) => ready!(poll_step(self.reading.lifecycle(), step, cx, wire)),
                Err(verdict) => {
                    self.detach();
                    return Poll::Ready(Err(failure.unwrap_or_else(|| verdict.into())));
                }
            }
        }
    }

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
    fn read(&mut self, cx: &mut Context<'_>, wire: &mut impl Wire) -> io::Result<()> {
        loop {
            if self.read >= READ_CREDIT {
                yield_to_the_driver(cx);
                return Ok(());
            }
            let buffer = self.reading.buffer();
            if buffer.is_detached() {
                buffer.attach(buffer_pool::read_storage());
            }
            let mut unfilled = ReadBuf::new(buffer.unfilled());
            let Poll::Ready(result) = wire.poll_read(cx, &mut unfilled) else {
                self.detach();
                return Ok(());
            };
            let count = unfilled.filled().len();
            let cost = u16::try_from(count / 1024).unwrap_or(u16::MAX);
            self.read = self.read.saturating_add(cost.max(MIN_READ_COST));
            match result {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
                Ok(()) if count > 0 => self.reading.filled(count),
                Ok(()) => self.reading.end_of_stream(),
            }
            return Ok(());
        }
    }

    /// Lends the storage of the buffer to other connections while this one waits.
    fn detach(&mut self) {
        if let Some(storage) = self.reading.buffer().detach() {
            buffer_pool::keep_read_storage(storage);
        }
    }
}

/// Ready once the transport is ended after a text that is not UTF-8, with how the connection failed.
/// A future that is dropped meanwhile is taken up by the next poll for a message.
#[cold]
pub(super) fn poll_failure(
    invalid: &mut InvalidText<'_>,
    cx: &mut Context<'_>,
    wire: &mut impl Wire,
) -> Poll<Error> {
    loop {
        match invalid.next(wire.timer().clock(), wire) {
            Ok(Step::Wait(at)) => ready!(wire.timer().poll(cx, at)),
            Ok(step) => ready!(poll_step(invalid.lifecycle(), step, cx, wire)),
            Err(verdict) => return Poll::Ready(verdict.into()),
        }
    }
}

/// Does a step that needs no buffer of the session. Pending if the driver of the runtime gets its
/// turn first.
pub(super) fn poll_step(
    life: &mut impl Ends,
    step: Step,
    cx: &mut Context<'_>,
    wire: &mut impl Wire,
) -> Poll<()> {
    match step {
        Step::Write => wire.write_out(cx),
        // If it fails, the peer was faster.
        Step::HalfClose if wire.poll_shutdown(cx).is_ready() => life.half_closed(wire),
        Step::Drain => return poll_drain(life, cx, wire),
        _ => {}
    }
    Poll::Ready(())
}

/// Reads once, and throws away what comes.
fn poll_drain(life: &mut impl Ends, cx: &mut Context<'_>, wire: &mut impl Wire) -> Poll<()> {
    let mut storage = buffer_pool::read_storage();
    let mut buffer = ReadBuf::new(&mut storage);
    let result = wire.poll_read(cx, &mut buffer);
    let count = buffer.filled().len();
    // The storage goes to another connection, which must not see what came.
    buffer.filled_mut().fill(0);
    buffer_pool::keep_read_storage(storage);
    match result {
        Poll::Ready(Ok(())) if count > 0 => {
            life.drained(count, wire);
            // Once at a time: however much comes, others get their turn.
            yield_to_the_driver(cx);
            return Poll::Pending;
        }
        Poll::Ready(_) => life.drained(0, wire),
        Poll::Pending => {}
    }
    Poll::Ready(())
}

/// Has the task woken after the driver of the runtime has looked for events. Woken at once, it could
/// run again before that, and many times.
fn yield_to_the_driver(cx: &mut Context<'_>) {
    // The waker is deferred by the first poll, which is always pending.
    let _ = pin!(yield_now()).poll(cx);
}
