//! In steady state, neither receiving nor sending a message allocates.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[path = "allocations/mod.rs"]
mod allocations;
#[path = "wire/mod.rs"]
mod wire;

use std::io::{self, Read, Write};

use sansocket::blocking::{Untimed, WebSocket};
use sansocket::connection::Connection;
use sansocket::{Limits, MessageKind, Options, Role, Seed};

use wire::{BINARY, CONTINUATION, FIN, PING, TEXT};

/// How many messages pass before the buffers fit, and how many are counted.
const MESSAGES: usize = 6;
const ROLES: [Role; 2] = [Role::Client, Role::Server];
const KINDS: [MessageKind; 2] = [MessageKind::Text, MessageKind::Binary];

/// A stream that repeats the same frames, in reads of any length.
struct Replay {
    frames: Vec<u8>,
    at: usize,
    written: usize,
}

impl Read for Replay {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (&self.frames[self.at..]).read(buffer)?;
        self.at = (self.at + count) % self.frames.len();
        Ok(count)
    }
}

impl Write for Replay {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn socket(role: Role, frames: Vec<u8>) -> WebSocket<Untimed<Replay>> {
    let limits = Limits::default();
    let connection = match role {
        Role::Client => Connection::client(&limits, Seed::from([7; 32])),
        Role::Server => Connection::server(&limits),
    };
    let stream = Untimed(Replay { frames, at: 0, written: 0 });
    WebSocket::from_upgraded(stream, connection, Vec::new(), &Options::default())
}

fn written(socket: &WebSocket<Untimed<Replay>>) -> usize {
    socket.get_ref().0.written
}

fn echo(socket: &mut WebSocket<Untimed<Replay>>) {
    for _ in 0..MESSAGES {
        let (message, mut writer) = socket.read().unwrap().unwrap();
        writer.send(message).unwrap();
    }
    socket.flush().unwrap();
}

/// Checks that frames with one message, which is answered with `answer_len` bytes, are answered
/// without an allocation.
#[track_caller]
fn assert_no_allocation(
    role: Role,
    frames: Vec<u8>,
    answer_len: usize,
    mut echo: impl FnMut(&mut WebSocket<Untimed<Replay>>),
) {
    let mut socket = socket(role, frames);
    echo(&mut socket);
    let before = written(&socket);
    let calls = allocations::calls_during(|| echo(&mut socket));
    assert_eq!(calls, 0, "allocations of the {role:?}");
    assert_eq!(written(&socket) - before, MESSAGES * answer_len);
}

fn opcode(kind: MessageKind) -> u8 {
    match kind {
        MessageKind::Text => TEXT,
        MessageKind::Binary => BINARY,
    }
}

fn other(role: Role) -> Role {
    match role {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    }
}

/// Valid as text, with characters of every length.
fn payload(len: usize) -> Vec<u8> {
    "a\u{e9}\u{20ac}\u{1f600}".repeat(len / 10 + 1).as_bytes()[..len - len % 10].to_vec()
}

/// The length of `payload` in one frame from the peer of `receiver`.
fn frame_len(receiver: Role, payload: &[u8]) -> usize {
    wire::to(receiver, FIN | BINARY, payload).len()
}

#[test]
fn echo_of_messages_in_one_frame() {
    for role in ROLES {
        for kind in KINDS {
            for len in [16, 125, 1 << 10, 64 << 10, 120 << 10] {
                let payload = payload(len);
                let frames = wire::to(role, FIN | opcode(kind), &payload);
                let answer_len = frame_len(other(role), &payload);
                assert_no_allocation(role, frames, answer_len, echo);
            }
        }
    }
}

#[test]
fn echo_of_messages_in_fragments_with_pings_between() {
    for role in ROLES {
        for kind in KINDS {
            for (len, fragments) in [(60, 6), (64 << 10, 64), (120 << 10, 3)] {
                let payload = payload(len);
                let pieces = payload.chunks(payload.len().div_ceil(fragments));
                let mut frames = Vec::new();
                for (index, piece) in pieces.enumerate() {
                    let fin = if index + 1 == fragments { FIN } else { 0 };
                    let opcode = if index == 0 { opcode(kind) } else { CONTINUATION };
                    frames.extend(wire::to(role, FIN | PING, b"ping"));
                    frames.extend(wire::to(role, fin | opcode, piece));
                }
                let pong_len = frame_len(other(role), b"ping");
                let answer_len = frame_len(other(role), &payload) + fragments * pong_len;
                assert_no_allocation(role, frames, answer_len, echo);
            }
        }
    }
}

/// Their memory is not kept, but it grows by doubling.
#[test]
fn echo_of_messages_that_are_larger_than_a_read_buffer_allocates_a_few_times_each() {
    for role in ROLES {
        let payload = payload(1 << 20);
        let mut socket = socket(role, wire::to(role, FIN | BINARY, &payload));
        for _ in 0..3 {
            let calls = allocations::calls_during(|| echo(&mut socket));
            assert!(calls <= 10 * u64::try_from(MESSAGES).unwrap(), "{calls}, {role:?}");
        }
    }
}

#[test]
fn messages_passed_on_in_chunks() {
    for role in ROLES {
        let payload = payload(1 << 20);
        let mut socket = socket(role, wire::to(role, FIN | BINARY, &payload));
        let mut pass_on = || {
            let mut messages = 0;
            while messages < MESSAGES {
                let (chunk, mut writer) = socket.read_chunk().unwrap().unwrap();
                messages += usize::from(chunk.is_last);
                writer.send(chunk).unwrap();
            }
        };
        pass_on();
        assert_eq!(allocations::calls_during(pass_on), 0, "to the {role:?}");
        assert!(written(&socket) > 2 * MESSAGES * payload.len());
    }
}

#[test]
fn an_owned_message_costs_one_allocation() {
    for role in ROLES {
        let mut socket = socket(role, wire::to(role, FIN | TEXT, b"text"));
        let mut echo = || {
            for _ in 0..MESSAGES {
                let message = socket.recv().unwrap().unwrap();
                socket.send(message).unwrap();
            }
        };
        echo();
        let calls = allocations::calls_during(echo);
        assert_eq!(calls, u64::try_from(MESSAGES).unwrap(), "to the {role:?}");
    }
}
