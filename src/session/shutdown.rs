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
/// If the transport were dropped with unread input, a reset could destroy the bytes that we wrote
/// last. So input is drained first, up to 64 MiB and with a timeout. The timeout starts when the
/// transport last accepted bytes, and is longer by the time that those waited, since the buffers of
/// the system empty as slowly.
#[derive(Debug)]
pub(super) struct Shutdown {
    stage: ShutdownStage,
    verdict: Verdict,
    /// RFC 6455 7.1.1: the server closes first, the client waits for it.
    is_peer_first: bool,
    /// Whether calls that would block are waited for.
    is_patient: bool,
    /// Whether the call of this stage was requested since the last wait.
    is_tried: bool,
    limit: Duration,
    begun_at: Timestamp,
    /// When the transport last accepted bytes, as far as `due` has seen.
    taken_at: Timestamp,
    taken: u32,
    drained: usize,
    /// Whether the peer's direction has ended, or enough input was discarded.
    is_drained: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ShutdownStage {
    Flush,
    HalfClose,
    Drain,
    Done,
}

/// The way a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The peer's Close frame arrived, whatever happened to the transport after that.
    Closed,
    Failed(ProtocolError),
    TimedOut(TimeoutKind),
}

impl Shutdown {
    /// Starts the end of a transport at the time `now`. `next` decides which side closes first; the
    /// transport has taken `taken` bytes so far.
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

    /// Starts an end without waiting: the queued bytes get a single attempt.
    pub(super) fn abrupt(verdict: Verdict) -> Self {
        let start = Timestamp::default();
        let ending = Self::new(verdict, Duration::ZERO, TransportAction::CloseNow, start, 0);
        Self { is_patient: false, ..ending }
    }

    pub(super) fn is_done(&self) -> bool {
        self.stage == ShutdownStage::Done
    }

    /// Decides the next step. When all are done, returns the verdict.
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
            // The timeout applies even while there is always more to drain.
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

    /// Returns the verdict. A timeout is reported once; from then on the connection is lost.
    fn verdict(&mut self) -> Result<Step, Failure> {
        let failure = self.failure();
        if let Verdict::TimedOut(_) = self.verdict {
            self.verdict = Verdict::Failed(ProtocolError::ConnectionLost);
        }
        failure.map_or(Ok(Step::Ended), Err)
    }

    /// Returns why the connection failed, if it did.
    pub(super) const fn failure(&self) -> Option<Failure> {
        match self.verdict {
            Verdict::Closed => None,
            Verdict::Failed(error) => Some(Failure::Protocol(error)),
            Verdict::TimedOut(kind) => Some(Failure::Timeout(kind)),
        }
    }

    /// Ends a transport whose timeout has passed.
    pub(super) fn give_up(&mut self, out: &mut impl Outlet) {
        if self.stage == ShutdownStage::Drain && !self.is_peer_first {
            // Our direction has already ended.
            self.finish(out);
        } else {
            self.hurry();
        }
    }

    /// Returns the deadline of the current stage.
    pub(super) fn due(&mut self, now: Timestamp, out: &mut impl Outlet) -> Timestamp {
        let (taken, write_due, backlog_until) =
            out.with(|writing| (writing.taken(), writing.due(), writing.backlog_until()));
        if core::mem::replace(&mut self.taken, taken) != taken {
            self.taken_at = now;
        }
        // If a write is stopped before it asks for the next call, the backlog is unknown.
        let passed_on_at = self.taken_at + self.taken_at.since(self.begun_at);
        // The write timeout also applies, or a peer that accepts a byte now and then would never
        // time out.
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

    /// Records that `count` bytes were discarded. Zero means that the peer's direction has ended.
    pub(super) fn drained(&mut self, count: usize, out: &mut impl Outlet) {
        self.note_drained(count);
        if self.stage == ShutdownStage::Drain && self.is_drained {
            self.leave_drain(out);
        }
    }

    /// Records the same without entering the next stage, which [`next`](Self::next) does.
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

    /// Returns whether the timeout has passed.
    fn is_late(&mut self, clock: &impl Clock, out: &mut impl Outlet) -> bool {
        let now = clock.now();
        self.due(now, out) <= now
    }

    /// Stops waiting.
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
