use alloc::vec::Vec;
use core::time::Duration;

use super::Sender;
use crate::{
    close::{CloseCode, CloseFrame},
    time::{Deadline, Timestamp},
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Liveness {
    bytes: u64,
    data: u32,
    pongs: u32,
    /// The number in the last Pong that carried one.
    pong: Option<u64>,
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

    pub(crate) const fn note_pong(&mut self, number: Option<u64>) {
        self.pongs = self.pongs.wrapping_add(1);
        if number.is_some() {
            self.pong = number;
        }
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
    timeouts: Timeouts,
    seen: Option<Seen>,
    /// The number of the next Ping, or of the one that is not answered.
    ping_number: u64,
    latency: Option<Duration>,
}

/// The connection as it was at the last poll.
#[derive(Clone, Copy, Debug)]
struct Seen {
    liveness: Liveness,
    frames_sent: u64,
    last_byte: Timestamp,
    last_data: Timestamp,
    /// When the last Ping was sent, and whether it is not answered yet.
    last_ping: Timestamp,
    awaits_pong: bool,
    closing_since: Option<Timestamp>,
}

impl Watchdog {
    /// A watchdog for a connection that opens at its first poll.
    #[must_use]
    pub const fn new(timeouts: Timeouts) -> Self {
        Self { timeouts, seen: None, ping_number: 0, latency: None }
    }

    /// How long the peer took to answer the last Ping, as far as the times of the polls tell.
    #[must_use]
    pub const fn latency(&self) -> Option<Duration> {
        self.latency
    }

    /// How long the end of the transport may take.
    #[cfg(feature = "std")]
    pub(crate) const fn close_timeout(&self) -> Duration {
        self.timeouts.close
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
        let mut seen = self.observe(now, liveness, sender);
        let watch = if sender.is_closed() {
            let closing_since = *seen.closing_since.get_or_insert(now);
            due(now, closing_since + self.timeouts.close, Deadline::Close)
        } else {
            let idle = self
                .timeouts
                .idle
                .map_or(Watch::Idle, |idle| due(now, seen.last_data + idle, Deadline::Idle));
            sooner(idle, self.keep_alive(now, &mut seen, sender, out))
        };
        self.seen = Some(seen);
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

    fn observe(&mut self, now: Timestamp, liveness: Liveness, sender: &Sender) -> Seen {
        let frames_sent = sender.frames();
        let mut seen = self.seen.unwrap_or(Seen {
            liveness,
            frames_sent,
            last_byte: now,
            last_data: now,
            last_ping: now,
            awaits_pong: false,
            closing_since: None,
        });
        if liveness.bytes != seen.liveness.bytes {
            seen.last_byte = now;
        }
        if liveness.data != seen.liveness.data || frames_sent != seen.frames_sent {
            seen.last_data = now;
        }
        // RFC 6455 5.5.3: of several Pings, some of which the application may have sent, the peer
        // may answer the latest alone. So any Pong is an answer; the latency needs our own.
        if seen.awaits_pong && liveness.pongs != seen.liveness.pongs {
            seen.awaits_pong = false;
            if liveness.pong == Some(self.ping_number) {
                self.latency = Some(now.since(seen.last_ping));
            }
            self.ping_number = self.ping_number.wrapping_add(1);
        }
        seen.liveness = liveness;
        seen.frames_sent = frames_sent;
        seen
    }

    fn keep_alive(
        &self,
        now: Timestamp,
        seen: &mut Seen,
        sender: &mut Sender,
        out: &mut Vec<u8>,
    ) -> Watch {
        let Some(interval) = self.timeouts.ping_interval else {
            return Watch::Idle;
        };
        if !seen.awaits_pong {
            let ping_at = seen.last_ping + interval;
            if now < ping_at {
                return Watch::WakeAt(ping_at);
            }
            // Eight bytes always fit, and the connection is open.
            let _ = sender.send_ping(&self.ping_number.to_be_bytes(), out);
            seen.last_ping = now;
            seen.awaits_pong = true;
        }
        due(now, seen.last_ping.max(seen.last_byte) + self.timeouts.pong, Deadline::Pong)
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
