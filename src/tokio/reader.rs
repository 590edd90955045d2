use alloc::boxed::Box;
use core::{
    task::{Context, Poll, ready},
    time::Duration,
};
use std::io;

use ::tokio::io::ReadBuf;

use super::{alarm::Alarm, ending::Ending, spare};
use crate::{
    buffered::{OwnedMessage, Progress, ReadBuffer, WriteBuffer},
    close::{CloseFrame, CloseInfo},
    connection::{
        Chunk, ProtocolError, Receiver, Reply, SendError, Sender, Watch, Watchdog, close_info,
        transport,
    },
    error::Error,
    time::Deadline,
};

/// After so many reads in a row the task lets others run, however much there is to read.
const MAX_READS: u8 = 16;

/// What the reading side needs of the stream: input, and a way out for what input obliges us to
/// send.
pub(super) trait Wire {
    /// Reads from the stream.
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>)
    -> Poll<io::Result<()>>;

    /// Lets `action` use the sending half and the queue.
    fn with_output<T>(&mut self, action: impl FnOnce(&mut Sender, &mut WriteBuffer) -> T) -> T;

    /// Writes the queue. Ready once all is written, by whichever task.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>>;

    /// Ends the direction to the peer.
    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Whether a Close frame was sent.
    fn is_closed(&self) -> bool;

    /// The clock of the task that reads.
    fn alarm(&mut self) -> &mut Alarm;

    /// Queues a Close frame, unless one was sent before. Reading writes it, with what is queued
    /// before it.
    fn queue_close(&mut self, frame: CloseFrame<'_>) -> Result<(), SendError> {
        match self.with_output(|sender, out| sender.send_close(Some(frame), out.out())) {
            Ok(()) | Err(SendError::Closed) => Ok(()),
            Err(error) => Err(error),
        }
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
    /// How many reads in a row have not had to wait.
    reads: u8,
    /// How many data frames we had sent when the watchdog was to be polled last.
    frames: u32,
}

impl Reader {
    pub(super) fn new(receiver: Receiver, buffer: ReadBuffer, watchdog: Watchdog) -> Self {
        let session = Session { receiver, watchdog, ending: None, reads: 0, frames: 0 };
        Self { buffer, session }
    }

    pub(super) fn into_parts(self) -> (Receiver, ReadBuffer) {
        (self.session.receiver, self.buffer)
    }

    /// The short way of [`poll_message`](Self::poll_message) for a message that was read in whole.
    /// `false`: nothing was done.
    #[inline]
    pub(super) fn advance_whole(&mut self) -> bool {
        self.buffer.advance_whole(&mut self.session.receiver)
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

    /// Ready with some of a message: [`part`](Self::part) has it. `false`: the connection has ended.
    pub(super) fn poll_part(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut impl Wire,
    ) -> Poll<Result<bool, Error>> {
        self.poll(cx, wire, |buffer, receiver, reply| buffer.advance_part(receiver, reply))
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
            Ok(message) => Poll::Ready(Ok(Some(message.to_owned()))),
            Err(error) => self.session.poll_fail(cx, wire, error).map(Err),
        }
    }

    /// The part of a message that is there.
    pub(super) fn part(&mut self) -> Chunk<'_> {
        self.buffer.part()
    }

    /// Whether the message after the one that is there has been received in full.
    #[inline]
    pub(super) fn has_message(&self) -> bool {
        self.buffer.has_message()
    }

    pub(super) const fn latency(&self) -> Option<Duration> {
        self.session.watchdog.latency()
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
        loop {
            let mut reply = |reply| {
                wire.with_output(|sender, out| sender.reply(reply, out.out()));
            };
            match advance(buffer, &mut session.receiver, &mut reply) {
                Ok(Progress::Message) => return Poll::Ready(Ok(true)),
                Ok(Progress::NeedInput) => ready!(session.poll_fill(cx, buffer, wire))?,
                Ok(Progress::Closed) => {
                    detach(buffer);
                    ready!(session.poll_end(cx, wire))?;
                    return Poll::Ready(Ok(false));
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
        wire.with_output(|sender, buffer| sender.fail(&error, buffer.out()));
        // That the peer did not take the reason does not change it.
        let _ = ready!(self.poll_end(cx, wire));
        Poll::Ready(Error::Protocol(error))
    }

    /// Waits for more input, or for a deadline.
    fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuffer,
        wire: &mut impl Wire,
    ) -> Poll<Result<(), Error>> {
        // Nothing stays queued while we wait for the peer; but while it takes nothing, we still
        // take what it sends.
        self.flush(cx, wire)?;
        if self.reads < MAX_READS {
            if buffer.is_detached() {
                buffer.attach(spare::read_storage());
            }
            let mut unfilled = ReadBuf::new(buffer.unfilled());
            if let Poll::Ready(result) = wire.poll_read(cx, &mut unfilled) {
                self.reads = self.reads.saturating_add(1);
                return Poll::Ready(match result {
                    Ok(()) => {
                        let count = unfilled.filled().len();
                        buffer.filled(count);
                        if count == 0 {
                            // What that means, the receiver says when it is asked next.
                            let _ = self.receiver.receive_eof();
                        }
                        Ok(())
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
                    Err(error) => Err(self.lose(error.into())),
                });
            }
            detach(buffer);
        } else {
            cx.waker().wake_by_ref();
        }
        self.reads = 0;
        self.poll_watch(cx, buffer, wire).map(Err)
    }

    /// Writes as much of the queue as the stream takes now.
    fn flush(&mut self, cx: &mut Context<'_>, wire: &mut impl Wire) -> Result<(), Error> {
        match wire.poll_flush(cx) {
            Poll::Pending | Poll::Ready(Ok(())) => Ok(()),
            // A stream that can take nothing any more may still have input, a Close frame say.
            Poll::Ready(Err(Error::Io(_))) => Ok(()),
            Poll::Ready(Err(error)) => Err(self.lose(error)),
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
        if self.watchdog.is_resting() && !wire.is_closed() {
            ready!(wire.alarm().poll(cx, self.watchdog.wake_at()));
        }
        loop {
            let (now, liveness) = (wire.alarm().now(), self.receiver.liveness());
            let watchdog = &mut self.watchdog;
            let has_come = watchdog.wake_at() <= now;
            let (watch, frames) = wire.with_output(|sender, buffer| {
                let watch = watchdog.poll(now, liveness, sender, buffer.out());
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
                wire.with_output(|sender, _| sender.release());
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
        // RFC 6455 7.1.7: the connection is closed now, not when the application drops it.
        let _ = wire.poll_shutdown(cx);
        self.lose(Error::Timeout(deadline))
    }

    /// Takes note that the transport is of no use any more.
    fn lose(&mut self, error: Error) -> Error {
        // What counts is the error at hand.
        let _ = self.receiver.receive_eof();
        self.ending = Some(Box::new(Ending::done()));
        error
    }

    /// Ends the transport once the last frame is queued.
    fn poll_end(&mut self, cx: &mut Context<'_>, wire: &mut impl Wire) -> Poll<Result<(), Error>> {
        let receiver = &self.receiver;
        let limit = self.watchdog.close_timeout();
        let ending = self.ending.get_or_insert_with(|| {
            let now = wire.alarm().now();
            let next = wire.with_output(|sender, _| transport(receiver, sender));
            Box::new(Ending::new(now + limit, next))
        });
        let result = ready!(ending.poll(cx, wire));
        if result.is_err() {
            // RFC 6455 7.1.4: without our Close frame the closing handshake is not completed.
            self.receiver.fail(ProtocolError::ConnectionLost);
        }
        Poll::Ready(result)
    }
}

/// Lends the storage of a buffer to other connections while this one waits.
fn detach(buffer: &mut ReadBuffer) {
    if let Some(storage) = buffer.detach() {
        spare::keep_read_storage(storage);
    }
}
