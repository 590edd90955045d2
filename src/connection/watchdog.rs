//! The timeouts of an open connection, as a state machine without a clock.
//!
//! ```text
//!      first poll          Ping due
//! New -----------> Resting --------> AwaitsPong ----> pong_due: expired (1011)
//!                   |   ^               |  |
//!                   |   +-- any Pong ---+  |
//!                   +--- our Close frame --+-> Closing ----> close_due: expired
//! ```
//!
//! 1. A poll compares the counters of the receiver, the sender and the transport with those of the
//!    last poll. A change counts as happening at this poll.
//! 2. `since` is the time of the last Ping or Close frame. A Pong does not change it, so the next
//!    Ping is due at `since + ping_interval`, or when the Pong arrives if that is later.
//! 3. A sign of life is a byte that was received, or a byte that the transport accepted while
//!    others were waiting. Bytes that it accepts at once prove nothing: the system buffers them.
//! 4. `waited` is the time from `since` to the poll at which the Ping or Close frame was last held
//!    up in our queue. Its minimum is the estimated time that the buffers of the system need.
//! 5. The Pong is due `pong + waited` after the Ping or the last sign of life, the later of both.
//! 6. The end of the closing handshake is due at `since + 2 * waited + close`: the frame leaves
//!    `waited` after `since`, and the buffers of the system take as long again to empty.
//! 7. Without data in either direction for `idle`, the connection expires (1001) in both `Resting`
//!    and `AwaitsPong`. If more than 131 bytes wait, some are data, and each byte that the
//!    transport accepts counts.
//!
//! Consequences: a peer that sends anything or reads slowly does not run into the Pong timeout,
//! even if the Ping is queued after megabytes of data. `Closing` is final, and what the peer sends
//! does not extend it. While `Resting` without `idle`, polls before the next Ping can be skipped.

use alloc::vec::Vec;
use core::time::Duration;

use super::{Liveness, Sender, Timeouts};
use crate::{
    close::{CloseCode, CloseFrame},
    time::{Span, TimeoutKind, Timestamp},
};

/// The next action of the caller of a [`Watchdog`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the caller must handle every case")]
pub enum WatchdogAction {
    /// No timeout is running.
    Idle,
    /// Poll again at this time, or earlier if there is input.
    WakeAt(Timestamp),
    /// A timeout has passed. A Close frame was queued if one could still be sent. Write the output
    /// without waiting for long, and drop the transport.
    Expired(TimeoutKind),
}

/// A watchdog over one connection: keepalive, idle timeout and close timeout, without a clock.
///
/// Poll it before each wait for input, and at the time that it returned. Between polls it does
/// nothing. Whatever arrived since the last poll counts as arriving at this one.
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
    /// When the last Ping or Close frame was queued; before the first, when the connection opened.
    since: Timestamp,
    /// The counters at the last poll. They wrap around.
    bytes: u32,
    data: u32,
    pongs: u16,
    frames_sent: u32,
    taken: u32,
    waits: Waits,
    /// The value of `taken` at which the Ping or Close frame has left our queue.
    left_at: u32,
    /// How many milliseconds the Ping or Close frame waited before it left.
    waited: u32,
    /// When the peer last showed a sign of life.
    last_byte: Timestamp,
    last_data: Timestamp,
    /// The number of the next Ping, or of the unanswered one.
    ping_number: u32,
    /// A duration, as a time after zero; [`Timestamp::NEVER`] if no Ping was answered.
    latency: Timestamp,
}

/// The amount that waits because the transport refused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    Nothing,
    /// At most a control frame, such as a Ping of ours.
    Little,
    /// More than that, so some of it is data.
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

/// The stage of a watchdog: a node of the graph above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WatchdogStage {
    /// Before the first poll.
    New,
    /// The next Ping is not due yet, and none is unanswered.
    Resting,
    /// A Ping is unanswered.
    AwaitsPong,
    /// Our Close frame is queued or sent.
    Closing,
}

impl Watchdog {
    /// Creates a watchdog for a connection that opens at its first poll.
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

    /// Returns the latency of the last Ping that was answered. Its accuracy depends on the times of
    /// the polls.
    #[must_use]
    pub fn ping_latency(&self) -> Option<Duration> {
        (self.latency != Timestamp::NEVER).then(|| self.latency.since(Timestamp::default()))
    }

    /// Returns the timeout for the end of the transport.
    pub(crate) fn close_timeout(&self) -> Duration {
        self.close.at_most()
    }

    /// Returns when to poll again, as the last poll returned it; [`Timestamp::NEVER`] before the
    /// first.
    pub(crate) fn wake_at(&self) -> Timestamp {
        let at = match self.stage {
            WatchdogStage::New => return Timestamp::NEVER,
            WatchdogStage::Resting => self.since + self.ping_interval,
            WatchdogStage::AwaitsPong => self.pong_due(),
            WatchdogStage::Closing => return self.close_due(),
        };
        at.min(self.last_data + self.idle)
    }

    /// Returns whether polling before [`wake_at`](Self::wake_at) is unnecessary: until then only
    /// our own Close frame makes a difference.
    pub(crate) fn is_resting(&self) -> bool {
        self.stage == WatchdogStage::Resting && self.idle == Span::NONE
    }

    /// Returns whether it has never been polled.
    pub(crate) fn is_new(&self) -> bool {
        self.stage == WatchdogStage::New
    }

    /// Returns whether the awaited Pong has arrived.
    pub(crate) fn is_answered(&self, liveness: Liveness) -> bool {
        self.stage == WatchdogStage::AwaitsPong && liveness.received.pongs != self.pongs
    }

    /// Returns whether it has seen our Close frame.
    pub(crate) fn is_closing(&self) -> bool {
        self.stage == WatchdogStage::Closing
    }

    /// Checks the connection at the time `now`, appends a Ping or Close frame to `out` if one is
    /// due, and returns when to poll again.
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
        // RFC 6455 7.1.7 and 7.2.1: send the reason before the connection is dropped. After an
        // earlier Close frame the sender refuses, and nothing needs to be sent.
        if let WatchdogAction::Expired(kind) = watch
            && let Some(close) = farewell(kind)
        {
            let _ = sender.send_close(Some(close), out);
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
            // The frame has left. Following `taken` keeps this true when the counter wraps around.
            self.left_at = taken;
        } else if has_taken {
            self.waited = self.waited.max(millis(now.since(self.since)));
        }
        let has_data = received.data != self.data || sender.frames() != self.frames_sent;
        if is_new || has_data || has_taken && self.waits == Waits::Data {
            self.last_data = now;
        }
        // RFC 6455 5.5.3: of several Pings the peer may answer only the latest, which may be one of
        // the application. So any Pong is an answer; the latency needs our own.
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

    /// Enters a stage in which a frame awaits an answer. The frame has left once the transport has
    /// taken everything that waits, and `more` bytes.
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
        // It left `waited` after `since`, and then needs as long again in the buffers of the
        // system.
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
            // Cannot fail: eight bytes always fit, and the connection is open.
            let _ = sender.send_ping(&u64::from(self.ping_number).to_be_bytes(), out);
            let more = out.len().saturating_sub(len);
            self.begin(WatchdogStage::AwaitsPong, now, liveness, more);
        }
        due(now, self.pong_due(), TimeoutKind::Pong)
    }
}

/// Returns the Close frame that announces the end of the connection to the peer after a timeout, if
/// one is sent: not in the closing handshake, and not to a peer that accepts no bytes.
pub(crate) const fn farewell(kind: TimeoutKind) -> Option<CloseFrame<'static>> {
    match kind {
        TimeoutKind::Idle => Some(CloseFrame { code: CloseCode::GOING_AWAY, reason: "idle" }),
        TimeoutKind::Pong => {
            Some(CloseFrame { code: CloseCode::INTERNAL_ERROR, reason: "no Pong" })
        }
        _ => None,
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
