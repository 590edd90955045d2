//! The engine in memory, as an echo server and as an echo client.

use std::time::Duration;

use sansocket::buffered::ReadBuffer;
use sansocket::deflate::Config;
use sansocket::handshake::{HeadLimits, OriginPolicy, client::Request};
use sansocket::session::{self, Accepting, Connecting, Phase, Step, Want, Writing};
use sansocket::{Limits, Timeouts, Timestamp};

use super::simulation::Peer;

const LIMIT: Duration = Duration::from_secs(10);

fn timeouts() -> Timeouts {
    Timeouts::default().ping_interval(None)
}

pub(crate) struct Server {
    phase: Phase<session::Server>,
    end: End,
}

pub(crate) struct Client {
    phase: Phase<session::Client>,
    end: End,
}

/// What both have.
struct End {
    writing: Writing,
    input: Vec<u8>,
    /// How much of the input is read.
    read: usize,
    input_ended: bool,
    has_ended: bool,
}

impl End {
    fn new() -> Self {
        Self {
            writing: Writing::new(None),
            input: Vec::new(),
            read: 0,
            input_ended: false,
            has_ended: false,
        }
    }
}

impl Server {
    pub(crate) fn new() -> Self {
        let accepting = Accepting::new(&HeadLimits::default(), LIMIT, timeouts());
        Self { phase: accepting.into(), end: End::new() }
    }

    fn run(&mut self, now: Duration) -> Vec<u8> {
        let now = Timestamp::from(now);
        let mut out = Vec::new();
        let Self { phase, end } = self;
        loop {
            let Ok(step) = phase.next_with_room(now, &mut end.writing) else {
                end.has_ended = true;
                return out;
            };
            match (step, &mut *phase) {
                (Step::Request, Phase::Opening(accepting)) => accepting.answer(
                    |response| {
                        response.origin_policy(&OriginPolicy::Any).deflate(&Config::default())
                    },
                    &Limits::default(),
                    now,
                    &mut end.writing,
                ),
                (step, phase) => {
                    if !end.step(step, phase, now, &mut out) {
                        return out;
                    }
                }
            }
        }
    }
}

impl Client {
    pub(crate) fn new() -> Self {
        let mut end = End::new();
        let request = Request::new("localhost", "/").deflate(&Config::default());
        let awaiting = request.send(*b"the sample nonce", end.writing.out()).unwrap();
        let buffer = ReadBuffer::default();
        let connecting = Connecting::new(
            awaiting,
            buffer,
            &Limits::default(),
            [7; 32].into(),
            LIMIT,
            timeouts(),
        );
        Self { phase: connecting.into(), end }
    }

    fn run(&mut self, now: Duration) -> Vec<u8> {
        let now = Timestamp::from(now);
        let mut out = Vec::new();
        loop {
            let Ok(step) = self.phase.next_with_room(now, &mut self.end.writing) else {
                self.end.has_ended = true;
                return out;
            };
            if !self.end.step(step, &mut self.phase, now, &mut out) {
                return out;
            }
        }
    }
}

impl End {
    /// Does what a session asks for. Returns `false` if it has to wait.
    fn step<E: session::Exchange>(
        &mut self,
        step: Step,
        phase: &mut Phase<E>,
        now: Timestamp,
        out: &mut Vec<u8>,
    ) -> bool {
        match (step, phase) {
            (Step::Message, Phase::Open(reading)) => match reading.message() {
                Ok(message) => drop(self.writing.send(message)),
                Err(invalid) => invalid.fail(now, &mut self.writing),
            },
            (Step::Read, phase) if self.read < self.input.len() => {
                let room = phase.unfilled();
                let rest = &self.input[self.read..];
                let count = room.len().min(rest.len());
                room[..count].copy_from_slice(&rest[..count]);
                self.read += count;
                phase.filled(count);
            }
            (Step::Read, phase) if self.input_ended => phase.end_of_stream(),
            // Nothing has come.
            (Step::Read, _) => {}
            (Step::Write, _) => {
                while self.writing.wants(now) != Want::Nothing {
                    let bytes = self.writing.unwritten().to_vec();
                    out.extend(&bytes);
                    self.writing.written(bytes.len());
                    self.writing.flushed();
                }
            }
            (Step::HalfClose, phase) => {
                self.has_ended = true;
                phase.half_closed(&mut self.writing);
            }
            (Step::Wait(_), _) => return false,
            (Step::Ended, _) => {
                self.has_ended = true;
                return false;
            }
            _ => {}
        }
        true
    }
}

macro_rules! peer {
    ($name:ident) => {
        impl Peer for $name {
            fn receive(&mut self, bytes: &[u8], now: Duration) -> Vec<u8> {
                self.end.input.drain(..self.end.read);
                self.end.read = 0;
                self.end.input.extend(bytes);
                self.run(now)
            }

            fn end_of_stream(&mut self, now: Duration) -> Vec<u8> {
                self.end.input_ended = true;
                self.run(now)
            }

            fn tick(&mut self, now: Duration) -> Vec<u8> {
                self.run(now)
            }

            fn has_ended(&self) -> bool {
                self.end.has_ended
            }
        }
    };
}

peer!(Server);
peer!(Client);
