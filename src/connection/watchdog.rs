use alloc::vec::Vec;
use core::{fmt, time::Duration};

use super::Sender;
use crate::{
    close::{CloseCode, CloseFrame},
    time::{Deadline, Span, Timestamp},
};

/// The limits in time of an open connection.
///
/// | limit | default |
/// | --- | --- |
/// | [`ping_interval`](Self::ping_interval) | 20 s |
/// | [`pong`](Self::pong) | 20 s |
/// | [`idle`](Self::idle) | none |
/// | [`close`](Self::close) | 10 s |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub(crate) ping_interval: Option<Duration>,
    pub(crate) pong: Duration,
    pub(crate) idle: Option<Duration>,
    pub(crate) close: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            ping_interval: Some(Duration::from_secs(20)),
            pong: Duration::from_secs(20),
            idle: None,
            close: Duration::from_secs(10),
        }
    }
}

impl Timeouts {
    /// How often a Ping is sent, so that a peer that has vanished is noticed (RFC 6455 5.5.2).
    /// `None`: never.
    #[must_use]
    pub fn ping_interval(self, ping_interval: Option<Duration>) -> Self {
        Self { ping_interval, ..self }
    }

    /// How long after such a Ping the peer may stay silent. Any byte from it gives it that long
    /// again, since a Pong waits behind a large frame.
    #[must_use]
    pub fn pong(self, pong: Duration) -> Self {
        Self { pong, ..self }
    }

    /// How long no data may go either way; Pings and Pongs do not count. `None`: for ever.
    #[must_use]
    pub fn idle(self, idle: Option<Duration>) -> Self {
        Self { idle, ..self }
    }

    /// How long the closing handshake may take, from our Close frame, and then again the end of the
    /// transport.
    #[must_use]
    pub fn close(self, close: Duration) -> Self {
        Self { close, ..self }
    }
}

/// Signs of life from the peer, counted by the [`Receiver`](super::Receiver).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Liveness {
    bytes: u64,
    data: u32,
    pongs: u32,
    /// The number in the last Pong that carried one.
    pong: u64,
}

impl Default for Liveness {
    fn default() -> Self {
        // No Ping has this number.
        Self { bytes: 0, data: 0, pongs: 0, pong: u64::MAX }
    }
}

impl Liveness {
    #[inline]
    pub(crate) fn count_bytes(&mut self, count: usize) {
        self.bytes = self.bytes.wrapping_add(u64::try_from(count).unwrap_or(u64::MAX));
    }

    #[inline]
    pub(crate) const fn count_data(&mut self) {
        self.data = self.data.wrapping_add(1);
    }

    pub(crate) fn note_pong(&mut self, number: Option<u64>) {
        self.pongs = self.pongs.wrapping_add(1);
        self.pong = number.unwrap_or(self.pong);
    }
}

impl fmt::Debug for Liveness {
    // Without the number: it is what a Pong holds, which may be the application's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Liveness")
            .field("bytes", &self.bytes)
            .field("data", &self.data)
            .field("pongs", &self.pongs)
            .finish_non_exhaustive()
    }
}

/// What the [`Watchdog`] asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever drives the watchdog must know every case")]
pub enum Watch {
    /// Nothing is being waited for.
    Idle,
    /// Poll again at this time, or later if input comes first.
    WakeAt(Timestamp),
    /// The time is up. A Close frame was sent if one still could be; write what is there without
    /// waiting for long, and drop the transport.
    Expired(Deadline),
}

/// All policy about time, without a clock: keepalive, idle and close deadlines.
///
/// Poll it before each wait for input, and when the time it named has come. Between polls it needs
/// nothing: that something came since the last poll counts as if it had come just now.
///
/// ```
/// use core::time::Duration;
/// use sansocket::Timestamp;
/// use sansocket::connection::{Config, Connection, Timeouts, Watch, Watchdog};
///
/// let Connection { receiver, mut sender } = Connection::server(&Config::default());
/// let mut watchdog = Watchdog::new(Timeouts::default());
/// let mut out = Vec::new();
/// let start = Timestamp::default();
/// let ping_at = start + Duration::from_secs(20);
/// let watch = watchdog.poll(start, receiver.liveness(), &mut sender, &mut out);
/// assert_eq!(watch, Watch::WakeAt(ping_at));
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
    stage: Stage,
    /// When the stage began.
    since: Timestamp,
    /// What had come and gone at the last poll.
    bytes: u64,
    data: u32,
    pongs: u32,
    frames_sent: u32,
    last_byte: Timestamp,
    last_data: Timestamp,
    /// The number of the next Ping, or of the one that is not answered.
    ping_number: u64,
    latency: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
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
            stage: Stage::New,
            since: Timestamp::default(),
            bytes: 0,
            data: 0,
            pongs: 0,
            frames_sent: 0,
            last_byte: Timestamp::default(),
            last_data: Timestamp::default(),
            ping_number: 0,
            latency: Span::NONE,
        }
    }

    /// How long the peer took to answer the last Ping, as far as the times of the polls tell.
    #[must_use]
    pub const fn latency(&self) -> Option<Duration> {
        self.latency.get()
    }

    /// How long the end of the transport may take.
    #[cfg(feature = "std")]
    pub(crate) const fn close_timeout(&self) -> Duration {
        self.close.at_most()
    }

    /// When to look again, as the last poll has said; [`Timestamp::NEVER`] before the first.
    #[cfg(feature = "tokio")]
    pub(crate) fn wake_at(&self) -> Timestamp {
        let at = match self.stage {
            Stage::New => return Timestamp::NEVER,
            Stage::Resting => self.since + self.ping_interval,
            Stage::AwaitsPong => self.since.max(self.last_byte) + self.pong,
            Stage::Closing => return self.since + self.close,
        };
        at.min(self.last_data + self.idle)
    }

    /// Whether until then a poll changes nothing, whatever comes, unless we send a Close frame.
    #[cfg(feature = "tokio")]
    pub(crate) fn is_resting(&self) -> bool {
        self.stage == Stage::Resting && self.idle == Span::NONE
    }

    /// Looks at the connection at the time `now`, appends to `out` what is due, and says when to
    /// look again.
    pub fn poll(
        &mut self,
        now: Timestamp,
        liveness: Liveness,
        sender: &mut Sender,
        out: &mut Vec<u8>,
    ) -> Watch {
        self.observe(now, liveness, sender);
        let watch = if sender.is_closed() {
            if self.stage != Stage::Closing {
                self.stage = Stage::Closing;
                self.since = now;
            }
            due(now, self.since + self.close, Deadline::Close)
        } else {
            let idle = if self.idle == Span::NONE {
                Watch::Idle
            } else {
                due(now, self.last_data + self.idle, Deadline::Idle)
            };
            sooner(idle, self.keep_alive(now, sender, out))
        };
        // RFC 6455 7.1.7 and 7.2.1: say why before the connection is given up. After a Close
        // frame there is nothing left to say, and the sender refuses.
        let farewell = match watch {
            Watch::Expired(Deadline::Idle) => Some((CloseCode::GOING_AWAY, "idle")),
            Watch::Expired(Deadline::Pong) => Some((CloseCode::INTERNAL_ERROR, "no Pong")),
            _ => None,
        };
        if let Some((code, reason)) = farewell {
            let _ = sender.send_close(Some(CloseFrame { code, reason }), out);
        }
        watch
    }

    fn observe(&mut self, now: Timestamp, liveness: Liveness, sender: &Sender) {
        let is_new = self.stage == Stage::New;
        if is_new {
            self.stage = Stage::Resting;
            self.since = now;
        }
        if is_new || liveness.bytes != self.bytes {
            self.last_byte = now;
        }
        let has_data = liveness.data != self.data || sender.frames() != self.frames_sent;
        if is_new || has_data {
            self.last_data = now;
        }
        // RFC 6455 5.5.3: of several Pings, some of which the application may have sent, the peer
        // may answer the latest alone. So any Pong is an answer; the latency needs our own.
        if self.stage == Stage::AwaitsPong && liveness.pongs != self.pongs {
            self.stage = Stage::Resting;
            if liveness.pong == self.ping_number {
                self.latency = now.since(self.since).into();
            }
            self.ping_number = self.ping_number.wrapping_add(1);
        }
        self.bytes = liveness.bytes;
        self.data = liveness.data;
        self.pongs = liveness.pongs;
        self.frames_sent = sender.frames();
    }

    fn keep_alive(&mut self, now: Timestamp, sender: &mut Sender, out: &mut Vec<u8>) -> Watch {
        if self.ping_interval == Span::NONE {
            return Watch::Idle;
        }
        if self.stage == Stage::Resting {
            let ping_at = self.since + self.ping_interval;
            if now < ping_at {
                return Watch::WakeAt(ping_at);
            }
            // Eight bytes always fit, and the connection is open.
            let _ = sender.send_ping(&self.ping_number.to_be_bytes(), out);
            self.stage = Stage::AwaitsPong;
            self.since = now;
        }
        due(now, self.since.max(self.last_byte) + self.pong, Deadline::Pong)
    }
}

fn due(now: Timestamp, at: Timestamp, deadline: Deadline) -> Watch {
    if now < at { Watch::WakeAt(at) } else { Watch::Expired(deadline) }
}

fn sooner(one: Watch, other: Watch) -> Watch {
    match (one, other) {
        (Watch::Expired(deadline), _) | (_, Watch::Expired(deadline)) => Watch::Expired(deadline),
        (Watch::WakeAt(one), Watch::WakeAt(other)) => Watch::WakeAt(one.min(other)),
        (Watch::WakeAt(at), Watch::Idle) | (Watch::Idle, Watch::WakeAt(at)) => Watch::WakeAt(at),
        (Watch::Idle, Watch::Idle) => Watch::Idle,
    }
}
