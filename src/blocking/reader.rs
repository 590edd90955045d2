use core::time::Duration;
use std::io::{self, Read, Write};

use super::{
    deadline::Stopwatch,
    link::{Link, SLICE, is_timeout, is_vain},
};
use crate::{
    adapter::Error,
    buffered::{Message, ReadBuffer},
    close::CloseInfo,
    connection::{Chunk, Receiver},
    session::{Clock as _, Failure, InvalidText, Lifecycle, Outlet, Reading, Step},
    time::Timestamp,
};

/// How long a read may wait that is to get only what has come already.
const AT_ONCE: Duration = Duration::from_millis(1);

/// What the reading side needs of the stream, beside a way to the half that writes.
pub(super) trait Wire: Outlet {
    type Stream: Read + Write;

    /// The stream to read from.
    fn link(&mut self) -> &mut Link<Self::Stream>;

    /// Writes for about as long as `turn`, or leaves it to another thread that is just writing.
    /// `false`: something is left.
    fn write(&mut self, turn: Duration) -> bool;

    /// Waits while another thread writes, for no longer than `limit`. `false`: there is none.
    fn wait_for_writer(&mut self, limit: Duration) -> bool;

    /// How long a read may wait at most, where it is not woken by what other threads begin.
    fn longest_wait(&self) -> Option<Duration>;
}

/// The reading side of a connection: carries out the steps of its session.
#[derive(Debug)]
pub(super) struct Reader {
    reading: Reading,
    /// How long the queue is written before the next read.
    turn: Duration,
    /// Whether something was left of the queue.
    is_unwritten: bool,
}

impl Reader {
    pub(super) const fn new(reading: Reading) -> Self {
        Self { reading, turn: SLICE, is_unwritten: false }
    }

    pub(super) fn into_parts(self) -> (Receiver, ReadBuffer) {
        self.reading.into_parts()
    }

    /// Waits for the next message. `false`: the connection has ended.
    #[inline]
    pub(super) fn next_message(&mut self, wire: &mut impl Wire) -> Result<bool, Error> {
        self.next(wire, |reading, clock, wire| reading.next(clock, wire))
    }

    /// Waits for some of a message. `false`: the connection has ended.
    pub(super) fn next_chunk(&mut self, wire: &mut impl Wire) -> Result<bool, Error> {
        self.next(wire, |reading, clock, wire| reading.next_chunk(clock, wire))
    }

    /// The message that is there. That a text is not UTF-8 may be noticed only now.
    #[inline]
    pub(super) fn message(&mut self, wire: &mut impl Wire) -> Result<Message<'_>, Error> {
        self.reading.message().map_err(|invalid| fail(invalid, wire))
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

    /// Reads to the end, and returns how the connection ended.
    pub(super) fn read_to_end(&mut self, wire: &mut impl Wire) -> Result<CloseInfo, Error> {
        while self.next_chunk(wire)? {}
        // Reading came to its end without an error, so there is a way that it ended.
        self.close_info(wire).ok_or_else(|| Error::Io(io::ErrorKind::NotConnected.into()))
    }

    pub(super) fn close_info(&self, wire: &mut impl Wire) -> Option<CloseInfo> {
        wire.with(|writing| self.reading.close_info(writing))
    }

    #[inline]
    fn next<W: Wire>(
        &mut self,
        wire: &mut W,
        next: impl Fn(&mut Reading, Stopwatch, &mut W) -> Result<Step, Failure>,
    ) -> Result<bool, Error> {
        let clock = wire.link().clock();
        let mut has_waited = false;
        let mut broken = None;
        loop {
            match next(&mut self.reading, clock, wire) {
                Ok(Step::Message) => return Ok(true),
                Ok(Step::Ended) => return Ok(false),
                Ok(Step::Write) => {
                    let turn = core::mem::replace(&mut self.turn, SLICE);
                    self.is_unwritten = !wire.write(turn);
                }
                Ok(Step::Read) => match self.read(clock, wire) {
                    Ok(has_come) => has_waited = !has_come,
                    Err(error) if is_timeout(&error) => return Err(error.into()),
                    Err(error) => {
                        self.reading.failed(wire);
                        broken = Some(error);
                    }
                },
                // If the stream waits at all, the read has waited.
                Ok(Step::Wait(_)) if core::mem::take(&mut has_waited) => {
                    if !wire.link().has_socket() {
                        return Err(would_block());
                    }
                }
                Ok(step) => carry_out(step, self.reading.lifecycle(), wire)?,
                // What the transport has failed with says more.
                Err(failure) => return Err(broken.map_or(failure.into(), Error::Io)),
            }
        }
    }

    /// Reads once; not for long, while something waits to be written. `false`: nothing has come.
    ///
    /// # Errors
    ///
    /// Of a stream that is to wait as long as it takes, `WouldBlock` or `TimedOut`. Any other: the
    /// transport is of no use any more.
    fn read(&mut self, clock: Stopwatch, wire: &mut impl Wire) -> io::Result<bool> {
        let is_unwritten = core::mem::take(&mut self.is_unwritten);
        let due = self.reading.deadline(clock, wire);
        let left = match () {
            () if !wire.link().has_socket() => None,
            () if is_unwritten => Some(AT_ONCE),
            () if due == Timestamp::NEVER => wire.longest_wait(),
            () => wire.longest_wait().into_iter().chain([due.since(clock.now())]).min(),
        };
        let link = wire.link();
        match link.read(self.reading.unfilled(), left) {
            Ok(0) => self.reading.end_of_stream(),
            Ok(count) => {
                if is_unwritten {
                    // A peer may write all that it has before it reads: so long, writing has to wait.
                    self.turn = AT_ONCE;
                }
                self.reading.filled(count);
            }
            Err(error) if is_timeout(&error) && left.is_some() => {
                self.reading.waited();
                return Ok(false);
            }
            Err(error) if is_timeout(&error) && link.has_socket() => return Err(error),
            Err(error) if is_vain(&error) => return Ok(false),
            Err(error) => return Err(error),
        }
        Ok(true)
    }
}

/// Fails the connection for a text that is no text, and ends its transport.
#[cold]
fn fail(mut invalid: InvalidText<'_>, wire: &mut impl Wire) -> Error {
    let clock = wire.link().clock();
    loop {
        let carried_out = match invalid.next(clock, wire) {
            Ok(step) => carry_out(step, invalid.lifecycle(), wire),
            Err(failure) => Err(failure.into()),
        };
        if let Err(error) = carried_out {
            return error;
        }
    }
}

/// Does what ends a transport.
///
/// # Errors
///
/// `WouldBlock`, of a stream that does not wait and whose time nothing limits.
#[cold]
fn carry_out(step: Step, life: &mut Lifecycle, wire: &mut impl Wire) -> Result<(), Error> {
    let clock = wire.link().clock();
    match step {
        Step::Write => {
            wire.write(SLICE);
        }
        Step::HalfClose => {
            wire.link().shutdown_write();
            life.half_closed(wire);
        }
        Step::Drain => {
            let due = life.deadline(clock, wire);
            if let Some(count) = wire.link().discard(due.since(clock.now())) {
                life.drained(count, wire);
            }
        }
        // Where no other thread writes, the call before this step has waited.
        Step::Wait(due) => {
            let has_waited = wire.wait_for_writer(due.since(clock.now()).min(SLICE));
            if !has_waited && !wire.link().has_socket() {
                // That the peer does not take the reason now does not change it.
                return Err(life.failure().map_or_else(would_block, Error::from));
            }
        }
        // These are no steps of the end.
        Step::Message | Step::Read | Step::Ended | Step::Request | Step::Opened => {}
    }
    Ok(())
}

pub(super) fn would_block() -> Error {
    Error::Io(io::ErrorKind::WouldBlock.into())
}
