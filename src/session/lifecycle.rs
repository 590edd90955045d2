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

/// The order of all steps, from the opening of a connection to the end of its transport.
///
/// # Theory of operation
///
/// While the connection is open and there is no complete message, the session repeats this round:
///
/// ```text
///     +--> Write --> Read --> Watch --> (Write) --> Wait --+
///     |                |                                   |
///     |                +-- input: back to the receiver     |
///     +----------------------------------------------------+
/// ```
///
/// 1. **Write** before waiting for anything: queued messages and replies to received frames never
///    wait for the peer.
/// 2. **Read** even if the transport accepts nothing, or writing has failed: the input may be the
///    Close frame with the reason, and a peer may write everything it has before it reads.
/// 3. **Watch** the time only if there was no input, which may be the sign of life that the
///    watchdog waits for. If there is always input, watch after every 32 reads. Most waits change
///    nothing that the watchdog checks; then not even the clock is read. The frames that the
///    watchdog queues are written before the wait.
/// 4. **Wait** until either direction is ready or a timeout is due. Whatever ended the wait, the
///    round starts again.
///
/// A connection ends once, with the first of these:
///
/// | event | steps | verdict |
/// | --- | --- | --- |
/// | the peer's Close frame | flush, half-close, drain | closed |
/// | the peer broke a rule | a Close frame with the reason, then the same | that error |
/// | the end of the input without a Close frame | the same, without | the connection was lost |
/// | a timeout | one attempt to send a Close frame, and to half-close | that timeout |
/// | a read that failed | one attempt to half-close | the connection was lost |
///
/// By rule 2, a failed write alone does not end the connection. The verdict is reported when the
/// transport has ended, and again for every later step; only a timeout is reported once, and after
/// that a lost connection.
#[derive(Debug)]
pub struct Lifecycle {
    pub(super) receiver: Receiver,
    pub(super) watchdog: Watchdog,
    /// The end of the transport; `None` while the connection is open.
    ending: Option<Box<Shutdown>>,
    turn: Turn,
    /// Whether there was a wait since the last input.
    has_waited: bool,
    /// The number of reads since the time was last watched.
    reads: u8,
    /// The number of data frames that we had sent when the wait for input began.
    frames: u32,
    /// Whether a read cannot be woken by other threads, see
    /// [`set_looking_up`](Self::set_looking_up).
    is_looking_up: bool,
}

/// After this many reads in a row the time is watched even if there is more to read, since a peer
/// that accepts nothing or does not close may send forever.
const MAX_READS: u8 = 32;

/// The shortest interval at which blocking reads return, see
/// [`set_looking_up`](Lifecycle::set_looking_up).
const MIN_LOOK: Duration = Duration::from_secs(1);

/// The position in the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Write,
    Read,
    Watch,
    Wait,
    /// In a round in which nothing is received: writing was the last step.
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

    /// Returns whether the transport has ended, so that nothing more arrives.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.ending.as_ref().is_some_and(|ending| ending.is_done())
    }

    /// Records that our direction has ended, after [`Step::HalfClose`]. Call it even if that
    /// failed, which means that the peer was faster.
    pub fn half_closed(&mut self, out: &mut impl Outlet) {
        if let Some(ending) = &mut self.ending {
            ending.half_closed(out);
        }
    }

    /// Records that `count` bytes of input were discarded, after [`Step::Drain`]. Zero means that
    /// the peer has ended its direction, or that the transport has failed.
    pub fn drained(&mut self, count: usize, out: &mut impl Outlet) {
        if let Some(ending) = &mut self.ending {
            ending.drained(count, out);
        }
    }

    /// Returns why the connection failed, possibly before its transport has ended.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        self.ending.as_ref().and_then(|ending| ending.failure())
    }

    /// Records that a read has waited in vain.
    pub(super) const fn waited(&mut self) {
        self.has_waited = true;
    }

    /// Records discarded input without access to the writing half. Returns `false` if the
    /// connection is not ending.
    pub(super) fn note_drained(&mut self, count: usize) -> bool {
        let ending = self.ending.as_mut().map(|ending| ending.note_drained(count));
        ending.is_some()
    }

    pub(super) const fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    /// Starts a new round because of input.
    #[inline]
    pub(super) fn restart(&mut self) {
        self.turn = Turn::Write;
        self.has_waited = false;
        self.reads = self.reads.saturating_add(1);
    }

    /// Returns the time until which [`Step::Read`] and [`Step::Drain`] may block, for a driver
    /// whose reads block.
    pub fn deadline(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Timestamp {
        let due = self.due(&clock, out);
        if !self.is_looking_up {
            return due;
        }
        // If another thread sends a Close frame meanwhile, the timeout of the close passes no
        // earlier than this, unless it is below 1 s.
        due.min(clock.now() + self.watchdog.close_timeout().max(MIN_LOOK))
    }

    /// Sets whether blocking reads must return periodically: another thread may send a Close frame
    /// or be refused a write, which starts a timeout, and cannot wake the thread that reads. If
    /// set, [`deadline`](Self::deadline) is at most the timeout of a close from now, or 1 s if that
    /// is longer.
    pub const fn set_looking_up(&mut self, is_looking_up: bool) {
        self.is_looking_up = is_looking_up;
    }

    fn due(&mut self, clock: &impl Clock, out: &mut impl Outlet) -> Timestamp {
        match &mut self.ending {
            Some(ending) => ending.due(clock.now(), out),
            None => self.watchdog.wake_at().min(out.with(|writing| writing.due())),
        }
    }

    /// Decides the next step while the connection is open and there is no message.
    pub(super) fn next_while_open(
        &mut self,
        clock: &impl Clock,
        out: &mut impl Outlet,
        buffer: &mut ReadBuffer,
    ) -> Result<Step, Failure> {
        loop {
            match self.turn {
                Turn::Write | Turn::Full | Turn::Read => {
                    let is_after_write = self.turn == Turn::Read;
                    self.turn = Turn::Read;
                    let (is_idle, is_closed, frames) = out.with(|writing| {
                        writing.tally().note_received(self.receiver.received());
                        let sender = writing.sender();
                        (writing.is_idle(), sender.is_closed(), sender.frames())
                    });
                    if !is_after_write && !is_idle {
                        return Ok(Step::Write);
                    }
                    if self.reads >= MAX_READS {
                        self.reads = 0;
                        if !self.is_quiet(out)
                            && let Some(next) = self.watch_all(clock, out, buffer)
                        {
                            return next;
                        }
                    }
                    // A read that blocks needs an up-to-date deadline.
                    if (self.has_new_deadline(is_closed) || self.has_pong(clock))
                        && let Some(next) = self.watch(clock, clock.now(), out, buffer)
                    {
                        return next;
                    }
                    if !self.has_waited {
                        self.frames = frames;
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

    /// Decides the next step while the queue is so long that nothing is received. The peer is
    /// dropped if writing stalls. The Pong timeout does not apply, as its Pong may be among the
    /// unread input.
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

    /// Ends a round in which nothing was received, because there is room again.
    pub(super) fn note_room(&mut self) {
        if self.turn == Turn::Full {
            self.turn = Turn::Write;
        }
    }

    /// Returns whether a timeout has started that the watchdog has not seen yet, now that our
    /// direction `is_closed` or not.
    fn has_new_deadline(&self, is_closed: bool) -> bool {
        self.watchdog.is_new() || is_closed && !self.watchdog.is_closing()
    }

    /// Returns whether the awaited Pong has arrived, so that its latency must be measured now. If a
    /// timeout is due already, the available input is read first.
    fn has_pong(&self, clock: &impl Clock) -> bool {
        self.watchdog.is_answered(self.receiver.liveness()) && clock.now() < self.watchdog.wake_at()
    }

    /// Returns whether no timeout is running except for the next Ping.
    fn is_quiet(&self, out: &mut impl Outlet) -> bool {
        self.watchdog.is_resting()
            && out
                .with(|writing| !writing.sender().is_closed() && writing.due() == Timestamp::NEVER)
    }

    /// Drops the peer if writing has stalled for too long, otherwise [watches](Self::watch) the
    /// time.
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

    /// Drops the peer if writing has stalled for too long, whichever half noticed it.
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

    /// Polls the watchdog. Returns the next step if that queued a frame or ended the connection.
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
        // In a single critical section: a frame that another thread queues must not be mistaken for
        // one of the watchdog.
        let (watch, has_queued) = out.with(|writing| {
            writing.tally().note_opened(&now);
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

    /// Frees the memory that is kept for speed, if nothing was sent since the wait for input began.
    /// This must happen before a Ping is queued in it.
    fn release(&mut self, out: &mut impl Outlet, buffer: &mut ReadBuffer) {
        let frames = out.with(|writing| writing.sender().frames());
        if self.frames == frames {
            buffer.release();
            self.receiver.release();
            out.with(|writing| writing.release());
        }
    }

    /// Decides the next step towards the end of the transport.
    ///
    /// # Errors
    ///
    /// The transport has ended, and the connection has failed.
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

    /// Starts to end the transport.
    #[cold]
    pub(super) fn end(&mut self, verdict: Verdict, clock: &impl Clock, out: &mut impl Outlet) {
        if self.ending.is_none() {
            let receiver = &self.receiver;
            let (next, taken) = out.with(|writing| {
                writing.tally().note_received(receiver.received());
                (transport(receiver, writing.sender()), writing.taken())
            });
            let limit = self.watchdog.close_timeout();
            let ending = Shutdown::new(verdict, limit, next, clock.now(), taken);
            self.ending = Some(Box::new(ending));
        }
    }

    /// Fails the connection: queues a Close frame with the reason, and starts to end the transport.
    #[cold]
    pub(super) fn fail(&mut self, error: ProtocolError, clock: &impl Clock, out: &mut impl Outlet) {
        let error = self.receiver.fail(error);
        out.with(|writing| match error {
            ProtocolError::ConnectionLost => writing.lose_peer(),
            _ => writing.fail_connection(&error),
        });
        self.end(Verdict::Failed(error), clock, out);
    }

    /// Drops the transport without waiting.
    #[cold]
    pub(super) fn abandon(&mut self, verdict: Verdict, out: &mut impl Outlet) {
        // Only the verdict counts.
        let _ = self.receiver.receive_eof();
        out.with(|writing| {
            writing.tally().note_received(self.receiver.received());
            writing.failed();
        });
        match &mut self.ending {
            // The verdict is already known.
            Some(ending) if ending.is_done() => {}
            Some(ending) => ending.give_up(out),
            None => self.ending = Some(Box::new(Shutdown::abrupt(verdict))),
        }
    }
}
