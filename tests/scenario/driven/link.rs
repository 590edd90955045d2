//! A link in simulated time, with buffers of a given size on the way to a peer that reads at a
//! given rate.

use core::time::Duration;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};

use sansocket::connection::TransportAction as Left;
use sansocket::{Role, Timestamp};

use super::driver::Transport;
use crate::endpoint::Endpoint;

/// How often the peer reads.
const TICKS_PER_SECOND: usize = 64;
const TICK: Duration = Duration::from_nanos(1_000_000_000 / TICKS_PER_SECOND as u64);
/// Longer than any test.
const END: Duration = Duration::from_secs(24 * 3600);

pub(crate) const KIB: usize = 1 << 10;
pub(crate) const MIB: usize = 1 << 20;

pub(crate) fn at(secs: u64) -> Timestamp {
    Timestamp::from(Duration::from_secs(secs))
}

/// The other end of a [`Link`].
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) end: Endpoint,
    /// How many bytes it reads per second.
    pub(crate) pace: usize,
    /// Whether what it sends never arrives.
    pub(crate) is_mute: bool,
    /// Whether it never ends its direction.
    pub(crate) stays: bool,
}

/// The bytes from the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    Bytes(Vec<u8>),
    End,
    Reset,
}

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) peer: Peer,
    pub(crate) now: Timestamp,
    next_tick: Timestamp,
    /// The capacity of the buffers on the way, and their contents.
    pub(crate) capacity: usize,
    pub(crate) held: VecDeque<u8>,
    /// The latency of what the peer sends.
    pub(crate) latency: Duration,
    arriving: Vec<(Timestamp, Arrival)>,
    input: VecDeque<u8>,
    /// What each read gets after the input, which takes a millisecond; if empty, the read waits.
    pub(crate) flood: Vec<u8>,
    /// After the input.
    end: Option<Arrival>,
    pub(crate) has_peer_ended: bool,
    /// Whether every write fails from now on.
    pub(crate) is_broken: bool,
    /// When our direction was ended.
    pub(crate) half_closed_at: Option<Timestamp>,
    /// How many bytes were written, and when the last was.
    pub(crate) written: usize,
    pub(crate) written_at: Timestamp,
    /// Which calls would have had to wait.
    is_read_awaited: bool,
    is_write_awaited: bool,
}

impl Link {
    /// Creates a link to a peer of this role that reads everything at once and answers as it
    /// should.
    pub(crate) fn to(peer: Role) -> Self {
        let end = Endpoint::new(peer);
        Self {
            peer: Peer { end, pace: usize::MAX, is_mute: false, stays: false },
            now: Timestamp::default(),
            next_tick: Timestamp::default() + TICK,
            capacity: 64 * KIB,
            held: VecDeque::new(),
            latency: Duration::ZERO,
            arriving: Vec::new(),
            input: VecDeque::new(),
            flood: Vec::new(),
            end: None,
            has_peer_ended: false,
            is_broken: false,
            half_closed_at: None,
            written: 0,
            written_at: Timestamp::default(),
            is_read_awaited: false,
            is_write_awaited: false,
        }
    }

    /// Makes the peer read this many bytes per second.
    pub(crate) fn pace(mut self, pace: usize) -> Self {
        self.peer.pace = pace;
        self
    }

    /// Loses everything that the peer sends.
    pub(crate) fn mute(mut self) -> Self {
        self.peer.is_mute = true;
        self
    }

    pub(crate) fn capacity(self, capacity: usize) -> Self {
        Self { capacity, ..self }
    }

    /// Delivers something at this time, whatever the peer does.
    pub(crate) fn arrives(&mut self, at: Timestamp, arrival: Arrival) {
        self.arriving.push((at, arrival));
        self.arrive();
    }

    /// Advances the time without calls.
    pub(crate) fn pass(&mut self, until: Timestamp) {
        while self.now < until {
            self.advance(until);
        }
    }

    /// Lets the peer read something.
    pub(crate) fn pass_a_tick(&mut self) {
        self.pass(self.next_tick);
    }

    fn advance(&mut self, until: Timestamp) {
        let next = self.arriving.iter().map(|(at, _)| *at).fold(self.next_tick, Timestamp::min);
        self.now = self.now.max(next.min(until));
        assert!(self.now < Timestamp::from(END), "it waits for ever");
        if self.now >= self.next_tick {
            self.next_tick = self.now + TICK;
            self.tick();
        }
        self.arrive();
    }

    /// Lets the peer answer.
    fn tick(&mut self) {
        let Peer { end, pace, .. } = &mut self.peer;
        let count = self.held.len().min(pace.div_ceil(TICKS_PER_SECOND));
        let taken: Vec<u8> = self.held.drain(..count).collect();
        end.receive(&taken).unwrap();
        let sent = end.take_out();
        if self.peer.is_mute {
            return;
        }
        if !sent.is_empty() {
            self.arriving.push((self.now + self.latency, Arrival::Bytes(sent)));
        }
        let has_all = self.half_closed_at.is_some() && self.held.is_empty();
        let is_done = has_all || self.peer.end.connection.transport() == Left::CloseNow;
        if is_done && !self.has_peer_ended && !self.peer.stays {
            self.has_peer_ended = true;
            self.arriving.push((self.now + self.latency, Arrival::End));
        }
    }

    fn arrive(&mut self) {
        let now = self.now;
        let (here, arriving) = self.arriving.drain(..).partition(|(at, _)| *at <= now);
        self.arriving = arriving;
        for (_, arrival) in here {
            match arrival {
                Arrival::Bytes(bytes) => self.input.extend(bytes),
                end => self.end = Some(end),
            }
        }
    }

    /// Returns how many bytes have arrived and were not read.
    pub(crate) fn unread(&self) -> usize {
        self.input.len()
    }

    fn is_ready(&self) -> bool {
        self.is_read_awaited && (!self.input.is_empty() || self.end.is_some())
            || self.is_write_awaited && (self.held.len() < self.capacity || self.is_broken)
    }
}

impl Transport for Link {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(!buffer.is_empty(), "no room would be taken for the end");
        if self.input.is_empty() && !self.flood.is_empty() {
            self.pass(self.now + Duration::from_millis(1));
            self.input.extend(&self.flood);
        }
        if self.input.is_empty() {
            return match self.end {
                Some(Arrival::Reset) => Err(ErrorKind::ConnectionReset.into()),
                Some(_) => Ok(0),
                None => {
                    self.is_read_awaited = true;
                    Err(ErrorKind::WouldBlock.into())
                }
            };
        }
        let count = buffer.len().min(self.input.len());
        for (to, from) in buffer.iter_mut().zip(self.input.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_broken || self.half_closed_at.is_some() {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let count = bytes.len().min(self.capacity.saturating_sub(self.held.len()));
        if count == 0 {
            self.is_write_awaited = true;
            return Err(ErrorKind::WouldBlock.into());
        }
        self.held.extend(&bytes[..count]);
        self.written += count;
        self.written_at = self.now;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn half_close(&mut self) -> io::Result<()> {
        assert_eq!(self.half_closed_at, None, "a direction ends once");
        self.half_closed_at = Some(self.now);
        Ok(())
    }

    fn wait(&mut self, until: Timestamp) {
        while self.now < until && !self.is_ready() {
            self.advance(until);
        }
        (self.is_read_awaited, self.is_write_awaited) = (false, false);
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}
