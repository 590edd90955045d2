use core::time::Duration;
use std::io::{self, Read, Write};

use super::{
    countdown::{Countdown, Instant},
    link::{Link, is_timeout},
    stall::SLICE,
};
use crate::{
    buffered::{Message, Progress, ReadBuffer, WriteBuffer},
    close::CloseInfo,
    connection::{
        Chunk, ProtocolError, Receiver, Reply, Sender, TransportAction, Watchdog, WatchdogAction,
        close_info, transport,
    },
    error::Error,
    options::Options,
    time::Timestamp,
};

/// How long the farewell to a peer that let a deadline pass may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long a read may wait that is to get only what has come already.
const AT_ONCE: Duration = Duration::from_millis(1);
/// How often a thread that waits for input looks after what other threads began, at most.
const MIN_LOOK: Duration = Duration::from_secs(1);

/// What the reading side needs of the stream: input, and a way out for what input obliges us to
/// send.
pub(super) trait Wire {
    type Stream: Read + Write;

    /// Whether other threads send too, while this one waits for input.
    const IS_SHARED: bool;

    /// The stream to read from.
    fn link(&mut self) -> &mut Link<Self::Stream>;

    /// Lets `action` use the sending half and the queue.
    fn with_output<T>(&mut self, action: impl FnOnce(&mut Sender, &mut WriteBuffer) -> T) -> T;

    /// How writing goes.
    fn writes(&mut self) -> Writes;

    /// Writes the queue for about as long as `turn`, or leaves it to another thread that is just
    /// writing. `false`: something is left.
    fn flush(&mut self, turn: Duration) -> Result<bool, Error>;

    /// Writes the queue, and returns when all is written, by whatever thread. A peer that takes next
    /// to nothing for as long as `limit` is given up.
    fn flush_within(&mut self, limit: Duration) -> Result<(), Error>;

    /// Writes the queue, or leaves it to another thread, to a peer that is given only so long.
    fn say_farewell(&mut self, limit: Duration);

    /// Signals that the transport is lost: nothing can be sent any more.
    fn lose(&mut self);

    /// Gives memory back that is not in use.
    fn release(&mut self);
}

/// How writing goes, for the watchdog.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writes {
    /// How many bytes the stream has taken, modulo 2^32.
    pub(super) taken: u32,
    /// How many wait because it has refused them.
    pub(super) waiting: usize,
    /// How long the buffers of the system may need to pass on what it has taken.
    pub(super) backlog: Duration,
}

/// The reading side of a connection.
#[derive(Debug)]
pub(super) struct Reader {
    buffer: ReadBuffer,
    session: Session,
}

/// All of the reading side but the buffer, so that it can fail while a message is looked at.
#[derive(Debug)]
struct Session {
    receiver: Receiver,
    clock: Instant,
    watchdog: Watchdog,
    /// When to look again, as the last look has found out.
    wake_at: Option<Timestamp>,
    /// How long the queue is written before the next read.
    turn: Duration,
    /// How long what has come already is still read, of a peer that takes nothing any more.
    late: Option<Countdown>,
    /// Whether the transport is done with.
    is_finished: bool,
}

impl Reader {
    pub(super) fn new(receiver: Receiver, buffer: ReadBuffer, options: &Options) -> Self {
        let session = Session {
            receiver,
            clock: Instant::now(),
            watchdog: Watchdog::new(options.timeouts),
            wake_at: None,
            turn: SLICE,
            late: None,
            is_finished: false,
        };
        Self { buffer, session }
    }

    pub(super) fn into_parts(self) -> (Receiver, ReadBuffer) {
        (self.session.receiver, self.buffer)
    }

    /// Waits for the next message. `false`: the connection has ended.
    #[inline]
    pub(super) fn next_message(&mut self, wire: &mut impl Wire) -> Result<bool, Error> {
        self.next(wire, |buffer, receiver, reply| buffer.advance(receiver, reply))
    }

    /// Waits for some of a message. `false`: the connection has ended.
    pub(super) fn next_chunk(&mut self, wire: &mut impl Wire) -> Result<bool, Error> {
        self.next(wire, |buffer, receiver, reply| buffer.advance_chunk(receiver, reply))
    }

    /// The message that is there. That a text is not UTF-8 may be noticed only now.
    #[inline]
    pub(super) fn message(&mut self, wire: &mut impl Wire) -> Result<Message<'_>, Error> {
        let Self { buffer, session } = self;
        buffer.message().map_err(|error| session.fail(wire, error))
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

    pub(super) fn close_info(&self, wire: &mut impl Wire) -> Option<CloseInfo> {
        wire.with_output(|sender, _| close_info(&self.session.receiver, sender))
    }

    #[inline]
    fn next<W: Wire>(
        &mut self,
        wire: &mut W,
        advance: impl Fn(
            &mut ReadBuffer,
            &mut Receiver,
            &mut dyn FnMut(Reply),
        ) -> Result<Progress, ProtocolError>,
    ) -> Result<bool, Error> {
        let Self { buffer, session } = self;
        loop {
            let mut reply = |reply| {
                wire.with_output(|sender, out| sender.reply(reply, out.out()));
            };
            match advance(buffer, &mut session.receiver, &mut reply) {
                Ok(Progress::Message) => return Ok(true),
                Ok(Progress::NeedInput) => session.fill(buffer, wire)?,
                Ok(Progress::Closed) => {
                    session.finish(wire)?;
                    return Ok(false);
                }
                Err(error) => return Err(session.fail(wire, error)),
            }
        }
    }
}

impl Session {
    /// Fails the connection: tells the peer why, and ends it.
    #[cold]
    fn fail(&mut self, wire: &mut impl Wire, error: ProtocolError) -> Error {
        let error = self.receiver.fail(error);
        wire.with_output(|sender, buffer| sender.fail(&error, buffer.out()));
        // That the peer did not take the reason does not change it.
        let _ = self.finish(wire);
        Error::Protocol(error)
    }

    /// Waits for more input, or for a deadline.
    fn fill(&mut self, buffer: &mut ReadBuffer, wire: &mut impl Wire) -> Result<(), Error> {
        let (wake_at, flushed) = self.flush_and_watch(wire)?;
        let is_written = match flushed {
            Ok(is_written) => is_written,
            // A stream that cannot take it now, or nothing any more, may still have input.
            Err(Error::Io(_)) => true,
            Err(error) => return self.fill_at_once(buffer, wire, error),
        };
        let left = if is_written { wake_at.map(|at| at.since(self.now())) } else { Some(AT_ONCE) };
        if let Err(error) = wire.link().arm_read(left) {
            return Err(self.lose(wire, error.into()));
        }
        let frames = wire.with_output(|sender, _| sender.frames());
        let result = wire.link().read(buffer.unfilled());
        // A peer may write all it has before it reads: while it does, writing has to wait.
        let is_peer_writing = !is_written && matches!(result, Ok(count) if count > 0);
        self.turn = if is_peer_writing { AT_ONCE } else { SLICE };
        match result {
            Ok(0) => self.receiver.receive_eof().map_err(|error| self.fail(wire, error)),
            Ok(count) => {
                buffer.filled(count);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) if is_timeout(&error) && (wake_at.is_some() || !is_written) => {
                wire.link().disarm_read();
                // Silence both ways: what is kept for speed is given back.
                if is_written && wire.with_output(|sender, _| sender.frames()) == frames {
                    buffer.release();
                    self.receiver.release();
                    wire.release();
                }
                Ok(())
            }
            Err(error) if is_timeout(&error) => Err(error.into()),
            Err(error) => Err(self.lose(wire, error.into())),
        }
    }

    /// Reads what has come already from a peer that takes nothing any more: it may have closed. If
    /// there is nothing, `error` is how it ends.
    #[cold]
    fn fill_at_once(
        &mut self,
        buffer: &mut ReadBuffer,
        wire: &mut impl Wire,
        error: Error,
    ) -> Result<(), Error> {
        let late = self.late.get_or_insert_with(|| Countdown::start(FAREWELL));
        let is_over = late.left().is_none();
        let armed = wire.link().arm_read(Some(AT_ONCE));
        match armed.and_then(|()| wire.link().read(buffer.unfilled())) {
            Ok(count) if count > 0 && !is_over => {
                buffer.filled(count);
                Ok(())
            }
            _ => Err(self.lose(wire, error)),
        }
    }

    /// Writes the queue, for nothing stays there while we wait for the peer, does what is due, and
    /// says when to look again.
    ///
    /// It writes for a short while only, whatever is left: the peer may take no more before we have
    /// read what it writes.
    fn flush_and_watch<W: Wire>(
        &mut self,
        wire: &mut W,
    ) -> Result<(Option<Timestamp>, Result<bool, Error>), Error> {
        let flushed = wire.flush(self.turn);
        if !wire.link().has_socket() || matches!(flushed, Err(Error::Timeout(_))) {
            return Ok((None, flushed));
        }
        let writes = wire.writes();
        let queued = wire.with_output(|_, buffer| buffer.unwritten().len());
        self.watch(wire, writes)?;
        let new = wire.with_output(|_, buffer| buffer.unwritten().len()).saturating_sub(queued);
        if new == 0 {
            return Ok((self.wake_at, flushed));
        }
        // A Pong is due from when its Ping has left, and writing it may take a while.
        let waiting = writes.waiting.saturating_add(new);
        self.watch(wire, Writes { waiting, ..writes })?;
        let flushed = wire.flush(self.turn);
        let writes = wire.writes();
        self.watch(wire, writes)?;
        Ok((self.wake_at, flushed))
    }

    /// Does what is due, and finds out when to look again.
    fn watch<W: Wire>(&mut self, wire: &mut W, writes: Writes) -> Result<(), Error> {
        let now = self.now();
        let Writes { taken, waiting, backlog } = writes;
        let liveness = self.receiver.liveness().with_writes(taken, waiting);
        let liveness = liveness.with_backlog(now + backlog);
        // Another thread can begin to close at any time, and does not wake us.
        let look_at = W::IS_SHARED.then(|| now + self.watchdog.close_timeout().max(MIN_LOOK));
        let watchdog = &mut self.watchdog;
        let watch = wire.with_output(|sender, out| watchdog.poll(now, liveness, sender, out.out()));
        self.wake_at = match watch {
            WatchdogAction::Idle => look_at,
            WatchdogAction::WakeAt(at) => Some(look_at.map_or(at, |look_at| at.min(look_at))),
            WatchdogAction::Expired(deadline) => {
                wire.say_farewell(FAREWELL);
                // RFC 6455 7.1.7: the connection is closed now, not when the application drops it.
                wire.link().shutdown_write();
                return Err(self.lose(wire, Error::Timeout(deadline)));
            }
        };
        Ok(())
    }

    /// Records that the transport is of no use any more.
    fn lose(&mut self, wire: &mut impl Wire, error: Error) -> Error {
        // The error at hand is the one that counts.
        let _ = self.receiver.receive_eof();
        wire.lose();
        self.is_finished = true;
        error
    }

    /// Ends the transport: flush, half-close, drain (RFC 6455 7.1.1).
    fn finish(&mut self, wire: &mut impl Wire) -> Result<(), Error> {
        if self.is_finished {
            return Ok(());
        }
        let is_written = match wire.flush_within(self.watchdog.close_timeout()) {
            Ok(()) => true,
            // What the stream cannot take now is written by the next call.
            Err(Error::Io(error)) if is_timeout(&error) => return Err(error.into()),
            // If the peer's Close frame has come, it is how the connection ended, though without
            // ours the closing handshake is not completed (RFC 6455 7.1.4).
            Err(_) => false,
        };
        self.is_finished = true;
        let next = wire.with_output(|sender, _| transport(&self.receiver, sender));
        // What we wrote last may still be on its way.
        let limit = self.watchdog.close_timeout().saturating_add(wire.writes().backlog);
        // Nothing can be sent behind the end.
        wire.lose();
        let link = wire.link();
        if !is_written {
            // Nothing is under way that a reset could destroy.
            link.shutdown_write();
        } else if next == TransportAction::AwaitPeerClose {
            // RFC 6455 7.1.1: the server closes first, the client waits for it.
            link.drain(limit);
            link.shutdown_write();
        } else {
            link.shutdown_write();
            link.drain(limit);
        }
        Ok(())
    }

    fn now(&self) -> Timestamp {
        Timestamp::from(self.clock.elapsed())
    }
}
