use alloc::boxed::Box;
use core::time::Duration;

use super::{
    Clock, Failure, Outlet, Step,
    shutdown::{Shutdown, Verdict},
};
use crate::{
    buffered::ReadBuffer,
    connection::{ProtocolError, Receiver, Watchdog, WatchdogAction, transport},
    time::{TimeoutKind, Timestamp},
};

/// What is done in which order, from the opening of a connection to the end of its transport.
///
/// # Theory of operation
///
/// While the connection is open and no complete message is there, the session goes round:
///
/// ```text
///     +--> Write --> Read --> Watch --> (Write) --> Wait --+
///     |                |                                   |
///     |                +-- input: back to the receiver     |
///     +----------------------------------------------------+
/// ```
///
/// 1. **Write** before anything is waited for: what was fed, and what a received frame obliges us to
///    send, never waits for the peer.
/// 2. **Read** even if the transport takes nothing, be it for good: its input may be the Close frame
///    that says why, and a peer may write all that it has before it reads.
/// 3. **Watch** the time only if there was no input: what came may be the sign of life that is missed.
///    Where there is always input, this waits for a few reads only. Most waits change nothing that the
///    watchdog looks at, so that the clock is not even read. What the watchdog queues is written
///    before the wait.
/// 4. **Wait** for either direction or the next time that something is due. What that may be is not
///    told apart: the round starts again.
///
/// A connection ends once, by the first of these:
///
/// | what happened | what follows | verdict |
/// | --- | --- | --- |
/// | the peer's Close frame | flush, half-close, drain | closed |
/// | the peer broke a rule | a Close frame with the reason, then the same | that error |
/// | the end of the input without a Close frame | the same, without | the connection was lost |
/// | a timeout | one attempt to say so, and to half-close | that timeout |
/// | a read that failed | one attempt to half-close | the connection was lost |
///
/// A write that failed ends nothing by itself, by rule 2. The verdict is reported once the transport
/// has been ended, and stays; only a timeout is reported once, and then that the connection is lost.
#[derive(Debug)]
pub struct Lifecycle {
    pub(super) receiver: Receiver,
    pub(super) watchdog: Watchdog,
    /// From the last frame on.
    ending: Option<Box<Shutdown>>,
    turn: Turn,
    /// Whether nothing has come since the last wait.
    has_waited: bool,
    /// How many reads there were since the time was to be watched last.
    reads: u8,
    /// How many data frames we had sent when the wait for input began.
    frames: u32,
    /// Whether a read is not woken by what others begin, see [`set_looking_up`](Self::set_looking_up).
    is_looking_up: bool,
}

/// After so many reads in a row the time is watched although there is more to read, since a peer
/// that takes nothing or does not close may send for ever.
const MAX_READS: u8 = 32;

/// How long a read waits at least before it looks up.
const MIN_LOOK: Duration = Duration::from_secs(1);

/// Where in the round the session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Write,
    Read,
    Watch,
    Wait,
    /// Of a round in which nothing is received: what is queued was to be written.
    Full,
}

impl Lifecycle {
    pub(super) fn new(receiver: Receiver, watchdog: Watchdog) -> Self {
        Self {
            receiver,
            watchdog,
            ending: None,
            turn: Turn::Write,
            has_waited: false,
            reads: 0,
            frames: 0,
            is_looking_up: false,
        }
    }

    /// Whether the end of the transport has been reached, so that nothing more comes.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.ending.as_ref().is_some_and(|ending| ending.is_done())
    }

    /// Records that our direction has ended, after [`Step::HalfClose`]. So it has if that failed,
    /// since the peer was faster.
    pub fn half_closed(&mut self, out: &mut impl Outlet) {
        if let Some(ending) = &mut self.ending {
            ending.half_closed(out);
        }
    }

    /// Records that `count` bytes of input were thrown away, after [`Step::Drain`]. None: the peer
    /// has ended its direction, or the transport has failed.
    pub fn drained(&mut self, count: usize, out: &mut impl Outlet) {
        if let Some(ending) = &mut self.ending {
            ending.drained(count, out);
        }
    }

    /// Returns how the connection has failed, though the end of its transport may not be reached yet.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        self.ending.as_ref().and_then(|ending| ending.failure())
    }

    /// Records that a read has waited.
    pub(super) const fn waited(&mut self) {
        self.has_waited = true;
    }

    /// Records what was thrown away, without the half that writes. `false`: the connection is not
    /// ending.
    pub(super) fn note_drained(&mut self, count: usize) -> bool {
        let ending = self.ending.as_mut().map(|ending| ending.note_drained(count));
        ending.is_some()
    }

    pub(super) const fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    /// Begins a new round: something came.
    #[inline]
    pub(super) fn restart(&mut self) {
        self.turn = Turn::Write;
        self.has_waited = false;
        self.reads = self.reads.saturating_add(1);
    }

    /// Returns until when [`Step::Read`] and [`Step::Drain`] may wait, where they do.
    pub fn deadline(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Timestamp {
        let due = self.due(&clock, out);
        if !self.is_looking_up {
            return due;
        }
        // Of what may have begun meanwhile, the close has that much time at least.
        due.min(clock.now() + self.watchdog.close_timeout().max(MIN_LOOK))
    }

    /// Sets whether reads that wait look up now and then: where another thread may send a Close frame,
    /// or be refused what it writes, and cannot wake the one that reads. A
    /// [`deadline`](Self::deadline) is no later then than the timeout of a close from now, or a second.
    pub const fn set_looking_up(&mut self, is_looking_up: bool) {
        self.is_looking_up = is_looking_up;
    }

    fn due(&mut self, clock: &impl Clock, out: &mut impl Outlet) -> Timestamp {
        match &mut self.ending {
            Some(ending) => ending.due(clock.now(), out),
            None => self.watchdog.wake_at().min(out.with(|writing| writing.due())),
        }
    }

    /// Decides what is next while the connection is open and there is no message.
    pub(super) fn next_while_open(
        &mut self,
        clock: &impl Clock,
        out: &mut impl Outlet,
        buffer: &mut ReadBuffer,
    ) -> Result<Step, Failure> {
        loop {
            match self.turn {
                Turn::Write | Turn::Full => {
                    self.turn = Turn::Read;
                    if !out.with(|writing| writing.is_idle()) {
                        return Ok(Step::Write);
                    }
                }
                Turn::Read => {
                    if self.reads >= MAX_READS {
                        self.reads = 0;
                        if !self.is_quiet(out)
                            && let Some(next) = self.watch_all(clock, out, buffer)
                        {
                            return next;
                        }
                    }
                    // A read that waits until something is due has to know when that is.
                    if (self.has_new_deadline(out) || self.has_pong(clock))
                        && let Some(next) = self.watch(clock, clock.now(), out, buffer)
                    {
                        return next;
                    }
                    if !self.has_waited {
                        self.frames = out.with(|writing| writing.sender().frames());
                    }
                    self.turn = Turn::Watch;
                    return Ok(Step::Read);
                }
                Turn::Watch => {
                    self.turn = Turn::Wait;
                    self.reads = 0;
                    if !core::mem::replace(&mut self.has_waited, true) && self.is_quiet(out) {
                        continue;
                    }
                    if let Some(next) = self.watch_all(clock, out, buffer) {
                        return next;
                    }
                }
                Turn::Wait => {
                    self.turn = Turn::Write;
                    return Ok(Step::Wait(self.due(clock, out)));
                }
            }
        }
    }

    /// Decides what is next while so much is queued that nothing is received. The peer is given up if
    /// it takes next to nothing; whether it is alive cannot be told, as its Pong may be there.
    pub(super) fn next_while_full(
        &mut self,
        clock: &impl Clock,
        out: &mut impl Outlet,
    ) -> Result<Step, Failure> {
        if self.turn != Turn::Full {
            self.turn = Turn::Full;
            return Ok(Step::Write);
        }
        self.turn = Turn::Write;
        if self.gives_up_writing(clock.now(), out) {
            return self.next_of_end(clock, out);
        }
        Ok(Step::Wait(out.with(|writing| writing.due())))
    }

    /// Ends a round in which nothing was received: there is room again.
    pub(super) fn note_room(&mut self) {
        if self.turn == Turn::Full {
            self.turn = Turn::Write;
        }
    }

    /// Whether the watchdog has not seen yet what limits the time.
    fn has_new_deadline(&self, out: &mut impl Outlet) -> bool {
        self.watchdog.is_new()
            || !self.watchdog.is_closing() && out.with(|writing| writing.sender().is_closed())
    }

    /// Whether a Pong has come that was awaited. Its time is taken now, though not if something is due
    /// already: then what has come is read first.
    fn has_pong(&self, clock: &impl Clock) -> bool {
        self.watchdog.is_answered(self.receiver.liveness()) && clock.now() < self.watchdog.wake_at()
    }

    /// Whether until the next Ping no time matters.
    fn is_quiet(&self, out: &mut impl Outlet) -> bool {
        self.watchdog.is_resting()
            && out
                .with(|writing| !writing.sender().is_closed() && writing.due() == Timestamp::NEVER)
    }

    /// Gives up a transport that has had its time to take something, else [watches](Self::watch).
    fn watch_all(
        &mut self,
        clock: &impl Clock,
        out: &mut impl Outlet,
        buffer: &mut ReadBuffer,
    ) -> Option<Result<Step, Failure>> {
        let now = clock.now();
        if self.gives_up_writing(now, out) {
            return Some(self.next_of_end(clock, out));
        }
        self.watch(clock, now, out, buffer)
    }

    /// Gives up a transport that has had its time to take something, whoever noticed that.
    fn gives_up_writing(&mut self, now: Timestamp, out: &mut impl Outlet) -> bool {
        let is_given_up = out.with(|writing| {
            if writing.is_overdue(now) {
                writing.timed_out();
            }
            writing.has_timed_out()
        });
        if is_given_up {
            self.abandon(Verdict::TimedOut(TimeoutKind::Write), out);
        }
        is_given_up
    }

    /// Does what the watchdog finds due. Decides what is next if something was queued or the
    /// connection ends by that.
    fn watch(
        &mut self,
        clock: &impl Clock,
        now: Timestamp,
        out: &mut impl Outlet,
        buffer: &mut ReadBuffer,
    ) -> Option<Result<Step, Failure>> {
        if self.watchdog.wake_at() <= now {
            self.release(out, buffer);
        }
        let Self { watchdog, receiver, .. } = self;
        // At one go: what was queued must not be mistaken for what another thread has just written.
        let (watch, has_queued) = out.with(|writing| {
            let liveness = writing.add_writes(receiver.liveness());
            let (sender, out) = writing.sender_and_out();
            let len = out.len();
            (watchdog.poll(now, liveness, sender, out), out.len() > len)
        });
        if let WatchdogAction::Expired(deadline) = watch {
            self.ending = Some(Box::new(Shutdown::abrupt(Verdict::TimedOut(deadline))));
            let _ = self.receiver.receive_eof();
            return Some(self.next_of_end(clock, out));
        }
        has_queued.then_some(Ok(Step::Write))
    }

    /// Gives back what is kept for speed if nothing was sent since the wait for input began: before
    /// a Ping waits in it.
    fn release(&mut self, out: &mut impl Outlet, buffer: &mut ReadBuffer) {
        let frames = out.with(|writing| writing.sender().frames());
        if self.frames == frames {
            buffer.release();
            self.receiver.release();
            out.with(|writing| writing.release());
        }
    }

    /// Decides what is next on the way to the end of the transport.
    ///
    /// # Errors
    ///
    /// The transport has ended, and the connection failed.
    pub(super) fn next_of_end(
        &mut self,
        clock: &impl Clock,
        out: &mut impl Outlet,
    ) -> Result<Step, Failure> {
        match &mut self.ending {
            Some(ending) => ending.next(clock, out),
            None => Ok(Step::Ended),
        }
    }

    /// Begins the end of the transport.
    #[cold]
    pub(super) fn end(&mut self, verdict: Verdict, clock: &impl Clock, out: &mut impl Outlet) {
        if self.ending.is_none() {
            let receiver = &self.receiver;
            let (next, taken) =
                out.with(|writing| (transport(receiver, writing.sender()), writing.taken()));
            let limit = self.watchdog.close_timeout();
            let ending = Shutdown::new(verdict, limit, next, clock.now(), taken);
            self.ending = Some(Box::new(ending));
        }
    }

    /// Fails the connection: tells the peer why, and ends it.
    #[cold]
    pub(super) fn fail(&mut self, error: ProtocolError, clock: &impl Clock, out: &mut impl Outlet) {
        let error = self.receiver.fail(error);
        out.with(|writing| match error {
            ProtocolError::ConnectionLost => writing.lose_peer(),
            _ => writing.fail_connection(&error),
        });
        self.end(Verdict::Failed(error), clock, out);
    }

    /// Gives the transport up.
    #[cold]
    pub(super) fn abandon(&mut self, verdict: Verdict, out: &mut impl Outlet) {
        // What counts is the verdict.
        let _ = self.receiver.receive_eof();
        out.with(|writing| writing.failed());
        match &mut self.ending {
            // How it has ended is known already.
            Some(ending) if ending.is_done() => {}
            Some(ending) => ending.give_up(out),
            None => self.ending = Some(Box::new(Shutdown::abrupt(verdict))),
        }
    }
}
