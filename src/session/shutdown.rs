use core::time::Duration;

use super::{Clock, Failure, Outlet, Step};
use crate::{
    connection::{MAX_DRAIN, ProtocolError, TransportAction},
    time::{TimeoutKind, Timestamp},
};

/// The end of the transport: flush, half-close, drain (RFC 6455 7.1.1).
///
/// ```text
/// our Close frame last      Flush --> HalfClose --> Drain --> Done
/// the server closes first   Flush --> Drain --> HalfClose --> Done
/// the time is up            HalfClose, not waited for     --> Done
/// ```
///
/// What we wrote last would be lost to a reset if the transport were dropped with input unread. But
/// neither for ever nor more than is reasonable: the time runs from when the transport last took
/// bytes, and is longer by as long as they waited, since the buffers of the system empty as slowly.
#[derive(Debug)]
pub(super) struct Shutdown {
    stage: ShutdownStage,
    verdict: Verdict,
    /// RFC 6455 7.1.1: the server closes first, the client waits for it.
    is_peer_first: bool,
    /// Whether what cannot be done at once is waited for.
    is_patient: bool,
    /// Whether the call of this stage was asked for since the last wait.
    is_tried: bool,
    limit: Duration,
    begun_at: Timestamp,
    /// When the transport last took bytes, and how many it had taken then.
    taken_at: Timestamp,
    taken: u32,
    drained: usize,
    /// Whether the peer's direction has ended, or enough was thrown away.
    is_drained: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ShutdownStage {
    Flush,
    HalfClose,
    Drain,
    Done,
}

/// How the connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The peer's Close frame has come, whatever became of the transport after that.
    Closed,
    Failed(ProtocolError),
    TimedOut(TimeoutKind),
}

impl Shutdown {
    /// The end of a transport with which `next` is to be done, from the time `now` on. It has taken
    /// `taken` bytes so far.
    pub(super) const fn new(
        verdict: Verdict,
        limit: Duration,
        next: TransportAction,
        now: Timestamp,
        taken: u32,
    ) -> Self {
        Self {
            stage: ShutdownStage::Flush,
            verdict,
            is_peer_first: matches!(next, TransportAction::AwaitPeerClose),
            is_patient: true,
            is_tried: false,
            limit,
            begun_at: now,
            taken_at: now,
            taken,
            drained: 0,
            is_drained: false,
        }
    }

    /// The end of a transport that is given up: what is queued gets one attempt, and nothing is
    /// waited for.
    pub(super) fn abrupt(verdict: Verdict) -> Self {
        let start = Timestamp::default();
        let ending = Self::new(verdict, Duration::ZERO, TransportAction::CloseNow, start, 0);
        Self { is_patient: false, ..ending }
    }

    pub(super) fn is_done(&self) -> bool {
        self.stage == ShutdownStage::Done
    }

    /// Decides what is next. Once it is done, that is the verdict.
    pub(super) fn next(
        &mut self,
        clock: &impl Clock,
        out: &mut impl Outlet,
    ) -> Result<Step, Failure> {
        loop {
            match self.stage {
                ShutdownStage::Flush if out.with(|writing| writing.has_failed()) => {
                    self.hurry();
                    continue;
                }
                ShutdownStage::Flush if out.with(|writing| writing.is_settled()) => {
                    self.enter(if self.is_peer_first {
                        ShutdownStage::Drain
                    } else {
                        ShutdownStage::HalfClose
                    });
                    continue;
                }
                ShutdownStage::Drain if self.is_drained => {
                    self.leave_drain(out);
                    continue;
                }
                ShutdownStage::Done => return self.verdict(),
                _ => {}
            }
            // It has its time, however much comes to be drained.
            let is_waiting = self.is_tried || self.drained > 0;
            if self.is_patient && is_waiting && self.is_late(clock, out) {
                self.give_up(out);
                continue;
            }
            if !self.is_tried {
                self.is_tried = true;
                return Ok(match self.stage {
                    ShutdownStage::Flush => Step::Write,
                    ShutdownStage::Drain => Step::Drain,
                    ShutdownStage::HalfClose | ShutdownStage::Done => Step::HalfClose,
                });
            }
            if self.is_patient {
                self.is_tried = false;
                return Ok(Step::Wait(self.due(clock.now(), out)));
            }
            match self.stage {
                ShutdownStage::HalfClose => self.finish(out),
                _ => self.enter(ShutdownStage::HalfClose),
            }
        }
    }

    /// A timeout is reported once: what it did to the connection is to lose it.
    fn verdict(&mut self) -> Result<Step, Failure> {
        let failure = self.failure();
        if let Verdict::TimedOut(_) = self.verdict {
            self.verdict = Verdict::Failed(ProtocolError::ConnectionLost);
        }
        failure.map_or(Ok(Step::Ended), Err)
    }

    /// How the connection has failed, if it has.
    pub(super) const fn failure(&self) -> Option<Failure> {
        match self.verdict {
            Verdict::Closed => None,
            Verdict::Failed(error) => Some(Failure::Protocol(error)),
            Verdict::TimedOut(kind) => Some(Failure::Timeout(kind)),
        }
    }

    /// Ends a transport whose time is up.
    pub(super) fn give_up(&mut self, out: &mut impl Outlet) {
        if self.stage == ShutdownStage::Drain && !self.is_peer_first {
            // Our direction has ended already.
            self.finish(out);
        } else {
            self.hurry();
        }
    }

    /// Until when its calls may take.
    pub(super) fn due(&mut self, now: Timestamp, out: &mut impl Outlet) -> Timestamp {
        let (taken, write_due, backlog_until) =
            out.with(|writing| (writing.taken(), writing.due(), writing.backlog_until()));
        if core::mem::replace(&mut self.taken, taken) != taken {
            self.taken_at = now;
        }
        // A write that is stopped before it asks what is next leaves the backlog unknown.
        let passed_on_at = self.taken_at + self.taken_at.since(self.begun_at);
        // A peer that takes a byte now and then would be waited for without an end.
        write_due.min(passed_on_at.max(backlog_until) + self.limit)
    }

    /// Records that our direction has ended, or cannot be ended because the peer was faster.
    pub(super) fn half_closed(&mut self, out: &mut impl Outlet) {
        if self.stage == ShutdownStage::HalfClose {
            if self.is_patient && !self.is_peer_first {
                self.enter(ShutdownStage::Drain);
            } else {
                self.finish(out);
            }
        }
    }

    /// Records that `count` bytes were thrown away; none: the peer's direction has ended.
    pub(super) fn drained(&mut self, count: usize, out: &mut impl Outlet) {
        self.note_drained(count);
        if self.stage == ShutdownStage::Drain && self.is_drained {
            self.leave_drain(out);
        }
    }

    /// The same, where what follows waits until [`next`](Self::next) is called.
    pub(super) fn note_drained(&mut self, count: usize) {
        if self.stage == ShutdownStage::Drain {
            self.is_tried = false;
            self.drained = self.drained.saturating_add(count);
            self.is_drained = count == 0 || self.drained >= MAX_DRAIN;
        }
    }

    fn leave_drain(&mut self, out: &mut impl Outlet) {
        if self.is_peer_first {
            self.enter(ShutdownStage::HalfClose);
        } else {
            self.finish(out);
        }
    }

    /// Whether all of the time has passed.
    fn is_late(&mut self, clock: &impl Clock, out: &mut impl Outlet) -> bool {
        let now = clock.now();
        self.due(now, out) <= now
    }

    /// Waits for nothing any more.
    fn hurry(&mut self) {
        // RFC 6455 7.1.7: the connection is closed now, not when the application drops it.
        self.is_patient = false;
        self.enter(ShutdownStage::HalfClose);
    }

    fn enter(&mut self, stage: ShutdownStage) {
        self.stage = stage;
        self.is_tried = false;
    }

    fn finish(&mut self, out: &mut impl Outlet) {
        self.stage = ShutdownStage::Done;
        out.with(|writing| writing.end());
    }
}
