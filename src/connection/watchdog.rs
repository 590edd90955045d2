use alloc::vec::Vec;
use core::time::Duration;

use super::{Liveness, Sender, Timeouts};
use crate::{
    close::{CloseCode, CloseFrame},
    time::{Span, TimeoutKind, Timestamp},
};

/// What the [`Watchdog`] asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever drives the watchdog must know every case")]
pub enum WatchdogAction {
    /// Nothing is being waited for.
    Idle,
    /// Poll again at this time, or later if input comes first.
    WakeAt(Timestamp),
    /// The time is up. A Close frame was sent if one still could be; write what is there without
    /// waiting for long, and drop the transport.
    Expired(TimeoutKind),
}

/// All policy about time, without a clock: keepalive, idle and close deadlines.
///
/// Poll it before each wait for input, and when the time it named has come. Between polls it needs
/// nothing: that something came since the last poll counts as if it had come just now.
///
/// ```
/// use core::time::Duration;
/// use sansocket::connection::{Connection, WatchdogAction, Watchdog};
/// use sansocket::{Limits, Timeouts, Timestamp};
///
/// let Connection { receiver, mut sender } = Connection::server(&Limits::default());
/// let mut watchdog = Watchdog::new(Timeouts::default());
/// let mut out = Vec::new();
/// let start = Timestamp::default();
/// let ping_at = start + Duration::from_secs(20);
/// let watch = watchdog.poll(start, receiver.liveness(), &mut sender, &mut out);
/// assert_eq!(watch, WatchdogAction::WakeAt(ping_at));
///
/// watchdog.poll(ping_at, receiver.liveness(), &mut sender, &mut out);
/// assert_eq!(out, [0x89, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
/// ```
#[derive(Clone, Debug)]
pub struct Watchdog {
    ping_interval: Span,
    pong: Span,
    idle: Span,
    close: Span,
    stage: WatchdogStage,
    /// When the stage began.
    since: Timestamp,
    /// What had come and gone at the last poll, modulo what the type holds.
    bytes: u32,
    data: u32,
    pongs: u16,
    frames_sent: u32,
    taken: u32,
    waits: Waits,
    /// The count of taken bytes at which the frame that awaits an answer has left.
    left_at: u32,
    /// How many milliseconds it has waited before it left.
    waited: u32,
    /// When the peer last showed a sign of life.
    last_byte: Timestamp,
    last_data: Timestamp,
    /// The number of the next Ping, or of the one that is not answered.
    ping_number: u32,
    /// From zero on; [`Timestamp::NEVER`] if no Ping was answered.
    latency: Timestamp,
}

/// What the transport has refused so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    Nothing,
    /// No more than a control frame, such as a Ping of ours.
    Little,
    /// More, so that some of it is data.
    Data,
}

impl Waits {
    const fn of(waiting: u32) -> Self {
        // RFC 6455 5.5: a control frame has a header of up to 6 bytes, and 125 more.
        match waiting {
            0 => Self::Nothing,
            1..=131 => Self::Little,
            _ => Self::Data,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WatchdogStage {
    /// Before the first poll.
    New,
    /// From one Ping on, or from the opening, until the next is due.
    Resting,
    /// A Ping was sent and is not answered.
    AwaitsPong,
    /// Our Close frame was sent.
    Closing,
}

impl Watchdog {
    /// A watchdog for a connection that opens at its first poll.
    #[must_use]
    pub fn new(timeouts: Timeouts) -> Self {
        let Timeouts { ping_interval, pong, idle, close } = timeouts;
        Self {
            ping_interval: ping_interval.into(),
            pong: pong.into(),
            idle: idle.into(),
            close: close.into(),
            stage: WatchdogStage::New,
            since: Timestamp::default(),
            bytes: 0,
            data: 0,
            pongs: 0,
            frames_sent: 0,
            taken: 0,
            waits: Waits::Nothing,
            left_at: 0,
            waited: 0,
            last_byte: Timestamp::default(),
            last_data: Timestamp::default(),
            ping_number: 0,
            latency: Timestamp::NEVER,
        }
    }

    /// How long the peer took to answer the last Ping, as far as the times of the polls tell.
    #[must_use]
    pub fn ping_latency(&self) -> Option<Duration> {
        (self.latency != Timestamp::NEVER).then(|| self.latency.since(Timestamp::default()))
    }

    /// How long the end of the transport may take.
    pub(crate) fn close_timeout(&self) -> Duration {
        self.close.at_most()
    }

    /// When to look again, as the last poll has said; [`Timestamp::NEVER`] before the first.
    pub(crate) fn wake_at(&self) -> Timestamp {
        let at = match self.stage {
            WatchdogStage::New => return Timestamp::NEVER,
            WatchdogStage::Resting => self.since + self.ping_interval,
            WatchdogStage::AwaitsPong => self.pong_due(),
            WatchdogStage::Closing => return self.close_due(),
        };
        at.min(self.last_data + self.idle)
    }

    /// Whether until then a poll changes nothing, whatever comes, unless we send a Close frame.
    pub(crate) fn is_resting(&self) -> bool {
        self.stage == WatchdogStage::Resting && self.idle == Span::NONE
    }

    /// Whether it was never polled.
    pub(crate) fn is_new(&self) -> bool {
        self.stage == WatchdogStage::New
    }

    /// Whether a Pong has come that it awaits.
    pub(crate) fn is_answered(&self, liveness: Liveness) -> bool {
        self.stage == WatchdogStage::AwaitsPong && liveness.received.pongs != self.pongs
    }

    /// Whether it has seen our Close frame.
    pub(crate) fn is_closing(&self) -> bool {
        self.stage == WatchdogStage::Closing
    }

    /// Looks at the connection at the time `now`, appends to `out` what is due, and says when to
    /// look again.
    pub fn poll(
        &mut self,
        now: Timestamp,
        liveness: Liveness,
        sender: &mut Sender,
        out: &mut Vec<u8>,
    ) -> WatchdogAction {
        self.observe(now, liveness, sender);
        let watch = if sender.is_closed() {
            if self.stage != WatchdogStage::Closing {
                self.begin(WatchdogStage::Closing, now, liveness, 0);
            }
            due(now, self.close_due(), TimeoutKind::Close)
        } else {
            let idle = if self.idle == Span::NONE {
                WatchdogAction::Idle
            } else {
                due(now, self.last_data + self.idle, TimeoutKind::Idle)
            };
            sooner(idle, self.keep_alive(now, liveness, sender, out))
        };
        // RFC 6455 7.1.7 and 7.2.1: say why before the connection is given up. After a Close
        // frame there is nothing left to say, and the sender refuses.
        let farewell = match watch {
            WatchdogAction::Expired(TimeoutKind::Idle) => Some((CloseCode::GOING_AWAY, "idle")),
            WatchdogAction::Expired(TimeoutKind::Pong) => {
                Some((CloseCode::INTERNAL_ERROR, "no Pong"))
            }
            _ => None,
        };
        if let Some((code, reason)) = farewell {
            let _ = sender.send_close(Some(CloseFrame { code, reason }), out);
        }
        watch
    }

    fn observe(&mut self, now: Timestamp, liveness: Liveness, sender: &Sender) {
        let Liveness { received, taken, waiting, .. } = liveness;
        let is_new = self.stage == WatchdogStage::New;
        if is_new {
            self.stage = WatchdogStage::Resting;
            self.since = now;
        }
        let has_taken = self.waits != Waits::Nothing && taken != self.taken;
        if is_new || has_taken || received.bytes != self.bytes {
            self.last_byte = now;
        }
        let to_take = self.left_at.wrapping_sub(self.taken);
        if to_take == 0 || to_take > u32::MAX / 2 {
            // It has left, and stays so however much follows it.
            self.left_at = taken;
        } else if has_taken {
            self.waited = self.waited.max(millis(now.since(self.since)));
        }
        let has_data = received.data != self.data || sender.frames() != self.frames_sent;
        if is_new || has_data || has_taken && self.waits == Waits::Data {
            self.last_data = now;
        }
        // RFC 6455 5.5.3: of several Pings, some of which the application may have sent, the peer
        // may answer the latest alone. So any Pong is an answer; the latency needs our own.
        if self.stage == WatchdogStage::AwaitsPong && received.pongs != self.pongs {
            self.stage = WatchdogStage::Resting;
            if received.pong == self.ping_number {
                self.latency = now.since(self.since).into();
            }
            self.ping_number = self.ping_number.wrapping_add(1);
        }
        self.bytes = received.bytes;
        self.data = received.data;
        self.pongs = received.pongs;
        self.frames_sent = sender.frames();
        self.taken = taken;
        self.waits = Waits::of(waiting);
    }

    /// Begins a stage in which a frame awaits an answer. It has left once all is taken that waits,
    /// and `more`.
    fn begin(&mut self, stage: WatchdogStage, now: Timestamp, liveness: Liveness, more: usize) {
        self.stage = stage;
        self.since = now;
        self.left_at = liveness.end(more);
        self.waited = millis(liveness.backlog_until.since(now));
    }

    fn waited(&self) -> Duration {
        Duration::from_millis(self.waited.into())
    }

    fn pong_due(&self) -> Timestamp {
        self.since.max(self.last_byte) + self.waited() + self.pong
    }

    fn close_due(&self) -> Timestamp {
        // From when it left, and as long again as it waited.
        self.since + self.waited() + self.waited() + self.close
    }

    fn keep_alive(
        &mut self,
        now: Timestamp,
        liveness: Liveness,
        sender: &mut Sender,
        out: &mut Vec<u8>,
    ) -> WatchdogAction {
        if self.ping_interval == Span::NONE {
            return WatchdogAction::Idle;
        }
        if self.stage == WatchdogStage::Resting {
            let ping_at = self.since + self.ping_interval;
            if now < ping_at {
                return WatchdogAction::WakeAt(ping_at);
            }
            let len = out.len();
            // Eight bytes always fit, and the connection is open.
            let _ = sender.send_ping(&u64::from(self.ping_number).to_be_bytes(), out);
            let more = out.len().saturating_sub(len);
            self.begin(WatchdogStage::AwaitsPong, now, liveness, more);
        }
        due(now, self.pong_due(), TimeoutKind::Pong)
    }
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

fn due(now: Timestamp, at: Timestamp, kind: TimeoutKind) -> WatchdogAction {
    if now < at { WatchdogAction::WakeAt(at) } else { WatchdogAction::Expired(kind) }
}

fn sooner(one: WatchdogAction, other: WatchdogAction) -> WatchdogAction {
    match (one, other) {
        (WatchdogAction::Expired(kind), _) | (_, WatchdogAction::Expired(kind)) => {
            WatchdogAction::Expired(kind)
        }
        (WatchdogAction::WakeAt(one), WatchdogAction::WakeAt(other)) => {
            WatchdogAction::WakeAt(one.min(other))
        }
        (WatchdogAction::WakeAt(at), WatchdogAction::Idle)
        | (WatchdogAction::Idle, WatchdogAction::WakeAt(at)) => WatchdogAction::WakeAt(at),
        (WatchdogAction::Idle, WatchdogAction::Idle) => WatchdogAction::Idle,
    }
}
