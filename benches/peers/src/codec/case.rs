use std::sync::Arc;

use sansocket::connection::Connection;
use sansocket::deflate::{Compression, Config as DeflateConfig, Offer};
use sansocket::frame::OpCode;
use sansocket::{Limits, Role, Seed};

use crate::memory::Memory;
use crate::wire;

/// The number of bytes before the same ones come again: as many as a cache holds.
const WIRE_LEN: usize = 256 << 10;
/// The level of compression, for all whose level can be set.
pub const DEFLATE_LEVEL: u8 = 6;

/// The work of an endpoint.
#[derive(Clone, Copy, PartialEq)]
pub enum Work {
    Read,
    Write,
    /// A server answers the opening handshake.
    Accept,
}

/// The settings of an endpoint.
#[derive(Clone, Copy)]
pub struct Setup {
    pub role: Role,
    /// Whether messages are compressed, each without regard to those before it.
    pub deflate: bool,
}

/// The content of a message.
#[derive(Clone)]
pub enum Payload {
    Text(String),
    Binary(Vec<u8>),
}

impl Payload {
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(data) => data,
        }
    }

    fn opcode(&self) -> OpCode {
        match self {
            Self::Text(_) => OpCode::Text,
            Self::Binary(_) => OpCode::Binary,
        }
    }
}

/// The message that has to come, again and again.
pub struct Expected {
    payload: Arc<[u8]>,
    /// Whether every byte is compared, or the length alone.
    closely: bool,
}

impl Expected {
    #[inline]
    pub fn check(&self, message: &[u8]) {
        assert_eq!(message.len(), self.payload.len());
        if self.closely {
            assert_eq!(message, &*self.payload);
        }
    }
}

/// The same message, again and again.
pub struct Case {
    pub name: &'static str,
    pub work: Work,
    pub setup: Setup,
    pub payload: Payload,
    pub fragments: usize,
    /// The most that a read gives.
    pub read_len: usize,
    /// The most that it may cost us, as a multiple of the cost of the best of the others: where
    /// messages are lent, and where they are owned.
    pub goals: [Option<f64>; 2],
}

impl Case {
    pub fn new(name: &'static str, work: Work, setup: Setup, payload: Payload) -> Self {
        Self { name, work, setup, payload, fragments: 1, read_len: usize::MAX, goals: [None; 2] }
    }

    pub fn fragments(self, fragments: usize) -> Self {
        Self { fragments, ..self }
    }

    pub fn read_len(self, read_len: usize) -> Self {
        Self { read_len, ..self }
    }

    pub fn goal(self, at_most: f64) -> Self {
        Self { goals: [Some(at_most), self.goals[1]], ..self }
    }

    pub fn owned_goal(self, at_most: f64) -> Self {
        Self { goals: [self.goals[0], Some(at_most)], ..self }
    }

    pub fn expected(&self, closely: bool) -> Expected {
        Expected { payload: self.payload.as_bytes().into(), closely }
    }

    /// Returns the transport of the endpoint.
    pub fn memory(&self) -> Memory {
        if self.work == Work::Accept {
            return Memory::once(wire::REQUEST.into());
        }
        let message = if self.setup.deflate { self.compressed() } else { self.message() };
        Memory::repeating(message.repeat(WIRE_LEN.div_ceil(message.len())), self.read_len)
    }

    /// Returns the number of reads that a message takes at least.
    pub fn reads(&self) -> usize {
        (self.payload.as_bytes().len() + 8).div_ceil(self.read_len)
    }

    fn message(&self) -> Vec<u8> {
        let payload = self.payload.as_bytes();
        let is_masked = self.setup.role == Role::Server;
        let len = payload.len() / self.fragments;
        let frame = |index| {
            let opcode = if index == 0 { self.payload.opcode() } else { OpCode::Continuation };
            let is_last = index + 1 == self.fragments;
            wire::frame(opcode, is_last, is_masked, &payload[index * len..][..len])
        };
        (0..self.fragments).flat_map(frame).collect()
    }

    fn compressed(&self) -> Vec<u8> {
        let mut peer = connection(Setup { role: self.setup.role.peer(), deflate: true });
        let mut message = Vec::new();
        match &self.payload {
            Payload::Text(text) => peer.sender.send_text(text, &mut message),
            Payload::Binary(data) => peer.sender.send_binary(data, &mut message),
        }
        .expect("an open connection sends");
        message
    }
}

/// Returns an open connection of ours.
pub fn connection(setup: Setup) -> Connection {
    let limits = Limits::default();
    let connection = match setup.role {
        Role::Client => Connection::client(&limits, Seed::from([7; 32])),
        Role::Server => Connection::server(&limits),
    };
    if !setup.deflate {
        return connection;
    }
    let config = DeflateConfig::default()
        .level(DEFLATE_LEVEL)
        .client_no_context_takeover(true)
        .server_no_context_takeover(true);
    let (_, params) = Offer::new(&config).answer(&config);
    let mut connection = connection.with_deflate(&params, &config);
    connection.sender.set_compression(Compression::Always);
    connection
}
