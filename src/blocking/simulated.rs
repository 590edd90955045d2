//! Connections to slow peers in simulated time.

mod closing;
mod opening;
mod slow_peers;
mod turns;

use alloc::{collections::VecDeque, rc::Rc, vec, vec::Vec};
use core::{
    cell::{Cell, RefCell},
    time::Duration,
};
use std::{
    io::{self, Read, Write},
    thread_local,
};

use super::{Socket, WebSocket};
use crate::{
    adapter::Options,
    close::{CloseCode, CloseFrame},
    connection::{Chunk, Connection, Event, MessageKind, Timeouts},
    random::Seed,
    role::Role,
};

thread_local! {
    static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// A time of a clock that advances only while a stream waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instant(Duration);

impl Instant {
    pub(super) fn now() -> Self {
        Self(NOW.get())
    }

    pub(super) fn elapsed(self) -> Duration {
        NOW.get().saturating_sub(self.0)
    }
}

const TICK: Duration = Duration::from_millis(1);

/// Our end of a connection, whose other end reads at a given pace.
#[derive(Clone)]
struct Stream(Rc<RefCell<State>>);

struct State {
    peer: Connection,
    /// How many bytes the peer reads in the given millisecond.
    pace: fn(u128) -> usize,
    /// How many bytes the systems in between buffer.
    capacity: usize,
    held: VecDeque<u8>,
    input: Vec<u8>,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
    /// The timeouts that were set, and when.
    write_timeouts: Vec<(Duration, Option<Duration>)>,
    /// The total time of reads without input.
    vain_reads: Vec<Duration>,
    /// Bytes of messages that the peer has received.
    received: usize,
    is_shut_down: bool,
    has_ended: bool,
    /// Whether the peer reads only while everything that it has written was read.
    writes_first: bool,
    /// Whether the peer sends something every millisecond, and never ends.
    is_talkative: bool,
}

impl State {
    /// Lets the peer act for one tick.
    fn tick(&mut self) {
        NOW.set(NOW.get() + TICK);
        assert!(NOW.get() < Duration::from_secs(3600), "it waits for ever");
        let is_writing = self.writes_first && !self.input.is_empty();
        let pace = if is_writing { 0 } else { (self.pace)(NOW.get().as_millis()) };
        let count = pace.min(self.held.len());
        let mut taken: Vec<u8> = self.held.drain(..count).collect();
        let mut input = &mut taken[..];
        if self.is_talkative && self.peer.sender.send_ping(b"?", &mut self.input).is_err() {
            self.input.push(0);
        }
        loop {
            match self.peer.receive(&mut input, &mut self.input) {
                Ok(Some(Event::Chunk(chunk))) => {
                    self.received += chunk.payload.len();
                    if chunk.is_last {
                        let answer = b"it is there";
                        let kind = MessageKind::Text;
                        let _ =
                            self.peer.sender.send_chunk(Chunk::last(kind, answer), &mut self.input);
                    }
                }
                Ok(Some(Event::Close(_))) => self.has_ended = !self.is_talkative,
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
    }

    fn ping(&mut self) {
        self.peer.sender.send_ping(b"?", &mut self.input).unwrap();
    }

    fn close(&mut self) {
        let frame = CloseFrame { code: CloseCode::NORMAL, reason: "" };
        self.peer.sender.send_close(Some(frame), &mut self.input).unwrap();
    }

    fn send(&mut self, message: &[u8]) {
        let kind = MessageKind::Binary;
        self.peer.sender.send_chunk(Chunk::last(kind, message), &mut self.input).unwrap();
    }

    /// Waits until something is ready.
    fn wait(
        &mut self,
        timeout: Option<Duration>,
        is_ready: impl Fn(&Self) -> bool,
    ) -> io::Result<()> {
        assert_ne!(timeout, Some(Duration::ZERO), "the system does not know what that means");
        let start = NOW.get();
        while !is_ready(self) {
            if timeout.is_some_and(|timeout| NOW.get() - start >= timeout) {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.tick();
        }
        Ok(())
    }
}

/// Formally, two threads can share it, but there is only one.
macro_rules! impl_stream {
    ($($of:ty),*) => {$(
impl Read for $of {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let state = &mut *self.0.borrow_mut();
        let start = NOW.get();
        let is_ready = |state: &State| !state.input.is_empty() || state.has_ended;
        if let Err(error) = state.wait(state.read_timeout, is_ready) {
            state.vain_reads.push(NOW.get() - start);
            return Err(error);
        }
        let count = buffer.len().min(state.input.len());
        for (to, from) in buffer.iter_mut().zip(state.input.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }
}

impl Write for $of {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let state = &mut *self.0.borrow_mut();
        if state.is_shut_down {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        state.wait(state.write_timeout, |state| state.held.len() < state.capacity)?;
        let count = bytes.len().min(state.capacity - state.held.len());
        state.held.extend(bytes.iter().take(count));
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Socket for $of {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        assert_ne!(timeout, Some(Duration::ZERO));
        self.0.borrow_mut().read_timeout = timeout;
        Ok(())
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        assert_ne!(timeout, Some(Duration::ZERO));
        let state = &mut *self.0.borrow_mut();
        state.write_timeout = timeout;
        state.write_timeouts.push((NOW.get(), timeout));
        Ok(())
    }

    fn set_nonblocking(&mut self, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.0.borrow_mut().is_shut_down = true;
        Ok(())
    }
}
)*};
}

impl_stream!(Stream, &Stream);

/// Creates a connection with this role, over systems that buffer `capacity` bytes.
fn open(
    role: Role,
    capacity: usize,
    pace: fn(u128) -> usize,
    options: &Options,
) -> (WebSocket<Stream>, Stream) {
    let limits = options.limits.clone();
    let seed = Seed::from([7; 32]);
    let (ours, peer) = match role {
        Role::Server => (Connection::server(&limits), Connection::client(&limits, seed)),
        Role::Client => (Connection::client(&limits, seed), Connection::server(&limits)),
    };
    let stream = stream(peer, capacity, pace);
    (WebSocket::from_upgraded(stream.clone(), ours, vec![], options), stream)
}

/// Creates our end of a stream whose other end is `peer`.
fn stream(peer: Connection, capacity: usize, pace: fn(u128) -> usize) -> Stream {
    Stream(Rc::new(RefCell::new(State {
        peer,
        pace,
        capacity,
        held: VecDeque::new(),
        input: Vec::new(),
        read_timeout: None,
        write_timeout: None,
        write_timeouts: Vec::new(),
        vain_reads: Vec::new(),
        received: 0,
        is_shut_down: false,
        has_ended: false,
        writes_first: false,
        is_talkative: false,
    })))
}

const ROLES: [Role; 2] = [Role::Client, Role::Server];
const SECOND: Duration = Duration::from_secs(1);

fn quiet() -> Options {
    Options::default().timeouts(Timeouts::default().ping_interval(None))
}
