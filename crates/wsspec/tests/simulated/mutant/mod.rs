//! A second WebSocket peer, small and independent of the engine: an echo endpoint in either role. It keeps
//! the rules, each in one place, or breaks one of them on request.

mod agreement;
mod client;
mod closing;
mod compression;
mod connection;
#[path = "../../../src/run/distances.rs"]
mod distances;
mod frame;
mod head;
mod messages;
mod mutation;
mod server;
mod utf8;

use std::{collections::HashSet, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use client::Read;
use connection::{Connection, State};
use head::Parsed;
pub(crate) use mutation::{Conduct, Mutation};
use sansocket::Role;
use sha1::{Digest as _, Sha1};

use super::simulation::Peer;

/// How long the opening handshake and the closing handshake may take.
const LIMIT: Duration = Duration::from_secs(10);

pub(crate) struct Mutant {
    role: Role,
    conduct: Conduct,
    phase: Phase,
    /// What was not read yet.
    input: Vec<u8>,
    input_ended: bool,
    pieces_of_head: usize,
    /// How long the interim responses are that have come.
    interim: usize,
    /// When the connection began to close.
    closed_at: Option<Duration>,
}

enum Phase {
    /// Before the first tick.
    Idle,
    /// The head is to come. A client remembers its key.
    Opening(String),
    Open(Box<Connection>),
    /// Nothing is sent any more.
    Ended,
    /// As a mutant that does not end the stream.
    Stuck,
}

impl Mutant {
    /// A peer that keeps all rules, or all but one.
    pub(crate) fn new(role: Role, mutation: Option<Mutation>) -> Self {
        Self {
            role,
            conduct: Conduct::new(mutation),
            phase: Phase::Idle,
            input: Vec::new(),
            input_ended: false,
            pieces_of_head: 0,
            interim: 0,
            closed_at: None,
        }
    }

    /// The mutations that could have made a difference so far.
    pub(crate) fn asked(&self) -> HashSet<Mutation> {
        self.conduct.asked()
    }

    fn does(&self, mutation: Mutation) -> bool {
        self.conduct.does(mutation)
    }

    fn run(&mut self, now: Duration) -> Vec<u8> {
        let mut output = Vec::new();
        if matches!(self.phase, Phase::Idle) {
            output.extend(self.begin());
        }
        if matches!(self.phase, Phase::Opening(_)) {
            output.extend(self.opening(now));
        }
        if let Phase::Open(connection) = &mut self.phase {
            let read = connection.receive(&self.input);
            self.input.drain(..read);
            output.extend(connection.take_output());
            self.ending(now);
        }
        output
    }

    fn begin(&mut self) -> Vec<u8> {
        if self.role == Role::Server {
            self.phase = Phase::Opening(String::new());
            return Vec::new();
        }
        let key = client::key(&self.conduct);
        let mut request = client::request(&key, &self.conduct);
        if self.does(Mutation::SendsEarly) {
            request.extend(frame::write(0x89, b"", Some([1, 2, 3, 4]), &self.conduct));
        }
        self.phase = Phase::Opening(key);
        request
    }

    /// Reads the head. A server answers it.
    fn opening(&mut self, now: Duration) -> Vec<u8> {
        let Phase::Opening(key) = &self.phase else { return Vec::new() };
        let key = key.clone();
        if self.input.first().is_some_and(|first| !first.is_ascii_alphabetic())
            && self.does(Mutation::IgnoresGarbage)
        {
            self.phase = Phase::Stuck;
            return Vec::new();
        }
        loop {
            let refusal = match head::parse(&self.input, &self.conduct) {
                Parsed::Complete(head, length) => {
                    self.input.drain(..length);
                    match self.role {
                        Role::Server => return self.answer(&head),
                        Role::Client => match client::read(&head, &key, &self.conduct) {
                            Read::Opened(agreement) => {
                                self.open(agreement);
                                return Vec::new();
                            }
                            Read::Interim => {
                                self.interim += length;
                                let is_over = self.interim > head::MAX_HEAD;
                                if is_over && !self.does(Mutation::HasNoLimitOfHeads) {
                                    431
                                } else {
                                    continue;
                                }
                            }
                            Read::Failed => {
                                if client::wants_body(&head, self.input.len(), &self.conduct) {
                                    self.phase = Phase::Stuck;
                                    return Vec::new();
                                }
                                400
                            }
                        },
                    }
                }
                Parsed::Malformed
                    if self.role == Role::Client
                        && !self.input.starts_with(b"HTTP/")
                        && self.does(Mutation::AcceptsGarbage) =>
                {
                    self.input.clear();
                    self.open(None);
                    return Vec::new();
                }
                Parsed::Malformed => 400,
                Parsed::TooLong => 431,
                Parsed::Incomplete if self.input_ended => {
                    let waits =
                        self.role == Role::Client && self.does(Mutation::WaitsAfterCutResponse);
                    self.phase = if waits { Phase::Stuck } else { Phase::Ended };
                    return Vec::new();
                }
                Parsed::Incomplete if now >= LIMIT && !self.does(Mutation::WaitsForEver) => 408,
                Parsed::Incomplete => {
                    let is_piece = !self.input.is_empty() && self.pieces_of_head > 0;
                    if is_piece && self.does(Mutation::WantsHeadAtOnce) {
                        400
                    } else {
                        return Vec::new();
                    }
                }
            };
            return self.refuse(refusal);
        }
    }

    fn answer(&mut self, head: &head::Head) -> Vec<u8> {
        let answer = server::answer(head, &self.conduct);
        match answer.agreed {
            Some(agreement) => self.open(agreement),
            None => self.phase = Phase::Ended,
        }
        answer.response
    }

    /// A server refuses with a status; a client just goes (RFC 6455 7.1.7).
    fn refuse(&mut self, status: u16) -> Vec<u8> {
        match self.role {
            Role::Server => {
                self.phase = Phase::Ended;
                server::refusal(status, &self.conduct)
            }
            Role::Client => {
                self.phase = match self.does(Mutation::StaysAfterBadResponse) {
                    true => Phase::Stuck,
                    false => Phase::Ended,
                };
                Vec::new()
            }
        }
    }

    fn open(&mut self, agreement: Option<agreement::Agreement>) {
        if !self.input.is_empty() && self.does(Mutation::LosesFramesAfterHead) {
            self.input.clear();
        }
        self.phase = Phase::Open(Box::new(Connection::new(self.role, agreement, &self.conduct)));
    }

    /// Ends the stream when the peer has, or when it takes too long to close.
    fn ending(&mut self, now: Duration) {
        let Phase::Open(connection) = &mut self.phase else { return };
        let closes = connection.state() == State::Closed;
        if closes {
            self.closed_at.get_or_insert(now);
        }
        let is_late = self.closed_at.is_some_and(|at| now >= at + LIMIT);
        if is_late || self.input_ended {
            connection.finish();
        }
    }
}

impl Peer for Mutant {
    fn receive(&mut self, bytes: &[u8], now: Duration) -> Vec<u8> {
        self.input.extend(bytes);
        let output = self.run(now);
        self.pieces_of_head += 1;
        output
    }

    fn end_of_stream(&mut self, now: Duration) -> Vec<u8> {
        self.input_ended = true;
        self.run(now)
    }

    fn tick(&mut self, now: Duration) -> Vec<u8> {
        self.run(now)
    }

    fn has_ended(&self) -> bool {
        match &self.phase {
            Phase::Ended => true,
            Phase::Open(connection) => connection.has_ended(),
            _ => false,
        }
    }
}

/// RFC 6455 4.2.2: the value that shows that the server has read the key.
fn accept_value(key: &str) -> String {
    const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    BASE64_STANDARD.encode(Sha1::digest(format!("{key}{GUID}")))
}
