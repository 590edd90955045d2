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

use alloc::boxed::Box;
use core::{
    future::Future as _,
    pin::pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use std::io;

use ::tokio::{
    io::{AsyncWrite, ReadBuf},
    task::{coop, yield_now},
};

use super::{alarm::Alarm, ending::Ending, output::Output, spare};
use crate::{
    buffered::{OwnedMessage, Progress, ReadBuffer},
    close::{CloseFrame, CloseInfo},
    connection::{
        Chunk, ProtocolError, Receiver, Reply, SendError, Sender, Watch, Watchdog, close_info,
        transport,
    },
    error::Error,
    time::Deadline,
};

/// How many KiB are read before the driver gets its turn. More than one read brings, so that what
/// came together is answered together.
const READ_CREDIT: u16 = 512;
/// What a read counts at least, in KiB.
const MIN_READ_COST: u16 = 32;
/// How many messages spend one unit of the task's budget.
const TURN: u8 = 16;

/// What the reading side needs of the stream: input, and a way out for what input obliges us to
/// send.
pub(super) trait Wire {
    type Writer: AsyncWrite + Unpin;

    /// Reads from the stream.
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>)
    -> Poll<io::Result<()>>;

    /// Lets `action` use the direction to the peer. Wakes the task that writes, if it need not wait
    /// any more.
    fn with_output<T>(&mut self, action: impl FnOnce(&mut Output<Self::Writer>) -> T) -> T;

    /// Writes the queue. Ready once all is written, by whichever task.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>>;

    /// Ends the direction to the peer.
    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// The clock of the task that reads.
    fn alarm(&mut self) -> &mut Alarm;

    /// Queues a Close frame, unless one was sent before. Reading writes it, with what is queued
    /// before it.
    fn queue_close(&mut self, frame: CloseFrame<'_>) -> Result<(), SendError> {
        self.with_output(|output| output.close(frame))
    }
}

/// The reading side of a connection.
#[derive(Debug)]
pub(super) struct Reader {
    buffer: ReadBuffer,
    session: Session,
}

/// All of the reading side but the buffer, so that it can fail while a message is looked at.
#[derive(Debug)]
pub(super) struct Session {
    receiver: Receiver,
    watchdog: Watchdog,
    /// How far the end of the transport has come, from the last frame on.
    ending: Option<Box<Ending>>,
    /// How many KiB were read since the driver had its turn, [`MIN_READ_COST`] at least by each read.
    read: u16,
    /// How many more messages there are in this turn.
    turn: u8,
    /// How many data frames we had sent when the watchdog was to be polled last.
    frames: u32,
}

impl Reader {
    pub(super) fn new(receiver: Receiver, buffer: ReadBuffer, watchdog: Watchdog) -> Self {
        let session = Session { receiver, watchdog, ending: None, read: 0, turn: TURN, frames: 0 };
        Self { buffer, session }
    }

    pub(super) fn into_parts(self) -> (Receiver, ReadBuffer) {
        (self.session.receiver, self.buffer)
    }

    /// The short way of [`poll_message`](Self::poll_message) for a message that was read in whole.
    /// `false`: nothing was done.
    #[inline]
    pub(super) fn advance_whole(&mut self) -> bool {
        let Self { buffer, session } = self;
        let is_there = session.turn > 0 && buffer.advance_whole(&mut session.receiver);
        session.turn = session.turn.saturating_sub(u8::from(is_there));
        is_there
    }

    /// Ready with the next message: [`message`](Self::message) has it. `false`: the connection has
    /// ended.
    #[inline]
    pub(super) fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut impl Wire,
    ) -> Poll<Result<bool, Error>> {
        self.poll(cx, wire, |buffer, receiver, reply| buffer.advance(receiver, reply))
    }

    /// Ready with some of a message: [`chunk`](Self::chunk) has it. `false`: the connection has ended.
    pub(super) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut impl Wire,
    ) -> Poll<Result<bool, Error>> {
        self.poll(cx, wire, |buffer, receiver, reply| buffer.advance_chunk(receiver, reply))
    }

    /// The buffer with the message that is there, and what fails if a text in it is not UTF-8.
    #[inline]
    pub(super) fn message(&mut self) -> (&ReadBuffer, &mut Session) {
        (&self.buffer, &mut self.session)
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
        match self.buffer.message() {
            Ok(message) => Poll::Ready(Ok(Some(message.into_owned()))),
            Err(error) => self.session.poll_fail(cx, wire, error).map(Err),
        }
    }

    /// The chunk of a message that is there.
    pub(super) fn chunk(&self) -> Chunk<'_> {
        self.buffer.chunk()
    }

    /// Whether the message after the one that is there has been received in full.
    #[inline]
    pub(super) fn has_message(&self) -> bool {
        self.buffer.has_message()
    }

    pub(super) fn ping_latency(&self) -> Option<Duration> {
        self.session.watchdog.ping_latency()
    }

    /// Whether nothing more comes, not even an error.
    pub(super) fn is_ended(&self) -> bool {
        self.session.ending.as_ref().is_some_and(|ending| ending.is_done())
    }

    pub(super) fn close_info(&self, sender: &Sender) -> Option<CloseInfo> {
        close_info(&self.session.receiver, sender)
    }

    #[inline]
    fn poll<W: Wire>(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut W,
        advance: impl Fn(
            &mut ReadBuffer,
            &mut Receiver,
            &mut dyn FnMut(Reply),
        ) -> Result<Progress, ProtocolError>,
    ) -> Poll<Result<bool, Error>> {
        let Self { buffer, session } = self;
        ready!(session.poll_turn(cx));
        loop {
            let mut reply = |reply| wire.with_output(|output| output.reply(reply));
            match advance(buffer, &mut session.receiver, &mut reply) {
                Ok(Progress::Message) => {
                    session.turn = session.turn.saturating_sub(1);
                    return Poll::Ready(Ok(true));
                }
                Ok(Progress::NeedInput) => ready!(session.poll_fill(cx, buffer, wire))?,
                // The Close frame that came is how the connection has ended, whatever becomes of
                // the transport now.
                Ok(Progress::Closed) => {
                    detach(buffer);
                    return session.poll_end(cx, wire).map(|()| Ok(false));
                }
                Err(error) => {
                    detach(buffer);
                    return session.poll_fail(cx, wire, error).map(Err);
                }
            }
        }
    }
}

impl Session {
    /// Ready while there are messages in this turn, or once the runtime grants another.
    #[inline]
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.turn == 0 {
            ready!(coop::poll_proceed(cx)).made_progress();
            self.turn = TURN;
        }
        Poll::Ready(())
    }

    /// Fails the connection: tells the peer why, and ends it. A future that is dropped meanwhile is
    /// taken up by the next poll for a message.
    #[cold]
    pub(super) fn poll_fail(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut impl Wire,
        error: ProtocolError,
    ) -> Poll<Error> {
        let error = self.receiver.fail(error);
        wire.with_output(|output| match error {
            ProtocolError::ConnectionLost => output.lose_peer(),
            _ => output.fail_connection(&error),
        });
        ready!(self.poll_end(cx, wire));
        Poll::Ready(Error::Protocol(error))
    }

    /// Waits for more input, or for a deadline.
    fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuffer,
        wire: &mut impl Wire,
    ) -> Poll<Result<(), Error>> {
        // Nothing stays queued while we wait for the peer. A stream that takes nothing, be it for good,
        // may still have input, a Close frame say.
        let flushed = wire.poll_flush(cx);
        if self.read < READ_CREDIT {
            if buffer.is_detached() {
                buffer.attach(spare::read_storage());
            }
            let mut unfilled = ReadBuf::new(buffer.unfilled());
            if let Poll::Ready(result) = wire.poll_read(cx, &mut unfilled) {
                let count = unfilled.filled().len();
                let cost = u16::try_from(count / 1024).unwrap_or(u16::MAX);
                self.read = self.read.saturating_add(cost.max(MIN_READ_COST));
                return Poll::Ready(match result {
                    Ok(()) => {
                        buffer.filled(count);
                        if count == 0 {
                            // What that means, the receiver says when it is asked next.
                            let _ = self.receiver.receive_eof();
                        }
                        Ok(())
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
                    Err(error) => Err(self.lose(cx, wire, error.into())),
                });
            }
            detach(buffer);
            if let Poll::Ready(Err(error @ Error::Timeout(_))) = flushed {
                return Poll::Ready(Err(self.lose(cx, wire, error)));
            }
        } else {
            yield_to_the_driver(cx);
        }
        self.read = 0;
        self.poll_watch(cx, buffer, wire).map(Err)
    }

    /// Writes as much of the queue as the stream takes now.
    fn flush(&mut self, cx: &mut Context<'_>, wire: &mut impl Wire) -> Result<(), Error> {
        match wire.poll_flush(cx) {
            Poll::Pending | Poll::Ready(Ok(())) => Ok(()),
            // A stream that can take nothing any more may still have input, a Close frame say.
            Poll::Ready(Err(Error::Io(_))) => Ok(()),
            Poll::Ready(Err(error)) => Err(self.lose(cx, wire, error)),
        }
    }

    /// Does what is due. Ready if a limit in time has passed.
    fn poll_watch(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuffer,
        wire: &mut impl Wire,
    ) -> Poll<Error> {
        // Most waits change nothing that the watchdog looks at.
        let is_closed = wire.with_output(|output| output.sender.is_closed());
        if self.watchdog.is_resting() && !is_closed {
            ready!(wire.alarm().poll(cx, self.watchdog.wake_at()));
        }
        loop {
            let (now, liveness) = (wire.alarm().now(), self.receiver.liveness());
            let watchdog = &mut self.watchdog;
            let has_come = watchdog.wake_at() <= now;
            let (watch, frames) = wire.with_output(|output| {
                output.note_if_broken();
                let liveness = output.add_writes(liveness);
                let Output { link, sender } = output;
                let watch = watchdog.poll(now, liveness, sender, link.queue().out());
                (watch, sender.frames())
            });
            let at = match watch {
                Watch::Idle => None,
                Watch::WakeAt(at) => Some(at),
                Watch::Expired(deadline) => return Poll::Ready(self.expire(cx, wire, deadline)),
            };
            // Nothing was sent since the last time: what is kept for speed is given back.
            if has_come && core::mem::replace(&mut self.frames, frames) == frames {
                buffer.release();
                self.receiver.release();
                wire.with_output(|output| output.sender.release());
            }
            if let Err(error) = self.flush(cx, wire) {
                return Poll::Ready(error);
            }
            let Some(at) = at else {
                return Poll::Pending;
            };
            ready!(wire.alarm().poll(cx, at));
        }
    }

    /// Gives the connection up because a limit in time has passed.
    #[cold]
    fn expire(&mut self, cx: &mut Context<'_>, wire: &mut impl Wire, deadline: Deadline) -> Error {
        // The peer is most likely gone: it is told why, but not waited for.
        let _ = wire.poll_flush(cx);
        self.lose(cx, wire, Error::Timeout(deadline))
    }

    /// Takes note that the transport is of no use any more.
    fn lose(&mut self, cx: &mut Context<'_>, wire: &mut impl Wire, error: Error) -> Error {
        // RFC 6455 7.1.7: the connection is closed now, not when the application drops it.
        let _ = wire.poll_shutdown(cx);
        let kind = match &error {
            Error::Io(error) => error.kind(),
            _ => io::ErrorKind::NotConnected,
        };
        wire.with_output(|output| output.lose(kind));
        // What counts is the error at hand.
        let _ = self.receiver.receive_eof();
        self.ending = Some(Box::new(Ending::done()));
        error
    }

    /// Ends the transport once the last frame is queued.
    fn poll_end(&mut self, cx: &mut Context<'_>, wire: &mut impl Wire) -> Poll<()> {
        let receiver = &self.receiver;
        let limit = self.watchdog.close_timeout();
        let ending = self.ending.get_or_insert_with(|| {
            let now = wire.alarm().now();
            let (next, taken) = wire
                .with_output(|output| (transport(receiver, &output.sender), output.link.taken()));
            Box::new(Ending::new(limit, next, now, taken))
        });
        ready!(ending.poll(cx, wire));
        wire.with_output(Output::end);
        Poll::Ready(())
    }
}

/// Has the task woken after the driver of the runtime has looked for events. Woken at once, it could
/// run again before that, and many times.
pub(super) fn yield_to_the_driver(cx: &mut Context<'_>) {
    // The waker is deferred by the first poll, which is always pending.
    let _ = pin!(yield_now()).poll(cx);
}

/// Lends the storage of a buffer to other connections while this one waits.
fn detach(buffer: &mut ReadBuffer) {
    if let Some(storage) = buffer.detach() {
        spare::keep_read_storage(storage);
    }
}
