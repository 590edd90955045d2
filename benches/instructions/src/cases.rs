use std::hint::black_box;
use std::io::{Read as _, Write as _};

use sansocket::buffered::{Progress, ReadBuffer, WriteBuffer};
use sansocket::connection::Connection;
use sansocket::deflate::{Compression, Config as DeflateConfig, Offer};
use sansocket::frame::OpCode;
use sansocket::handshake::HeadLimits;
use sansocket::handshake::server::Request;
use sansocket::tokio::{Acceptor, WebSocket};
use sansocket::{Limits, Message, Options, Parsed, Role, Seed};

use crate::memory::{Memory, now};
use crate::wire;

/// The number of bytes before the same ones come again.
const WIRE_LEN: usize = 64 << 10;

/// Does the work as many times as it is told.
pub type Run = Box<dyn FnMut(usize)>;

pub struct Case {
    pub name: &'static str,
    /// The number of messages or handshakes that are counted.
    pub times: usize,
    pub prepare: fn() -> Run,
}

const fn case(name: &'static str, times: usize, prepare: fn() -> Run) -> Case {
    Case { name, times, prepare }
}

pub const CASES: [Case; 27] = [
    case("server reads 16 B", 10_000, || read(Role::Server, frames(16))),
    case("server reads 1 KiB", 10_000, || read(Role::Server, frames(1 << 10))),
    case("server reads 64 KiB", 100, || read(Role::Server, frames(64 << 10))),
    case("server reads ASCII text of 1 KiB", 10_000, || {
        read(Role::Server, wire::message(OpCode::Text, wire::ascii(1 << 10).as_bytes()))
    }),
    case("server reads mixed text of 1 KiB", 10_000, || {
        read(Role::Server, wire::message(OpCode::Text, wire::mixed(1 << 10).as_bytes()))
    }),
    case("server reads 64 fragments of 1 KiB", 100, || {
        read(Role::Server, wire::fragmented(OpCode::Binary, &wire::binary(1 << 10), 64))
    }),
    case("server reads 125 B, 1 B at a time", 100, || {
        read_over(Role::Server, Memory::repeating(frames(125), 1))
    }),
    case("server reads 125 B, 7 B at a time", 1_000, || {
        read_over(Role::Server, Memory::repeating(frames(125), 7))
    }),
    case("server reads 16 KiB, 1,460 B at a time", 100, || {
        read_over(Role::Server, Memory::repeating(frames(16 << 10).repeat(4), 1460))
    }),
    case("server reads 1 KiB, owned", 10_000, || recv(frames(1 << 10))),
    case("server reads 64 KiB, owned", 100, || recv(frames(64 << 10))),
    case("client reads 16 B", 10_000, || read(Role::Client, unmasked(16))),
    case("client reads 1 KiB", 10_000, || read(Role::Client, unmasked(1 << 10))),
    case("server writes 16 B", 10_000, || write(Role::Server, 16)),
    case("server writes 1 KiB", 10_000, || write(Role::Server, 1 << 10)),
    case("server writes 64 KiB", 100, || write(Role::Server, 64 << 10)),
    case("client writes 16 B", 10_000, || write(Role::Client, 16)),
    case("client writes 1 KiB", 10_000, || write(Role::Client, 1 << 10)),
    case("client writes 64 KiB", 100, || write(Role::Client, 64 << 10)),
    case("server echoes 64 x 16 B a read", 10_000, || echo(16, 64)),
    case("server echoes 16 B a read", 10_000, || echo(16, 1)),
    case("server echoes 16 x 1 KiB a read", 10_000, || echo(1 << 10, 16)),
    case("server inflates 1 KiB", 1_000, inflate),
    case("server deflates 1 KiB", 100, deflate),
    case("server accepts a connection", 1_000, accept),
    case("engine reads and writes 16 B", 10_000, echo_without_adapter),
    case("engine answers a handshake", 1_000, answer),
];

fn frames(len: usize) -> Vec<u8> {
    wire::message(OpCode::Binary, &wire::binary(len))
}

fn unmasked(len: usize) -> Vec<u8> {
    wire::frame(OpCode::Binary, true, false, &wire::binary(len))
}

/// Returns a transport of many such messages, which gives as much at a time as there is room for.
fn memory(message: &[u8]) -> Memory {
    Memory::repeating(message.repeat(WIRE_LEN.div_ceil(message.len())), usize::MAX)
}

fn read(role: Role, message: Vec<u8>) -> Run {
    read_over(role, memory(&message))
}

fn read_over(role: Role, memory: Memory) -> Run {
    read_with(connection(role), memory)
}

fn read_with(connection: Connection, memory: Memory) -> Run {
    let mut socket = socket(connection, memory);
    Box::new(move |times| {
        now(async {
            for _ in 0..times {
                black_box(socket.read().await.unwrap().unwrap().0);
            }
        });
    })
}

fn recv(message: Vec<u8>) -> Run {
    let mut socket = socket(connection(Role::Server), memory(&message));
    Box::new(move |times| {
        now(async {
            for _ in 0..times {
                black_box(socket.recv().await.unwrap().unwrap());
            }
        });
    })
}

fn write(role: Role, len: usize) -> Run {
    write_with(connection(role), wire::binary(len))
}

fn write_with(connection: Connection, data: Vec<u8>) -> Run {
    let mut socket = socket(connection, Memory::once(Vec::new()));
    Box::new(move |times| {
        now(async {
            for _ in 0..times {
                socket.send(black_box(Message::Binary(&data))).await.unwrap();
            }
        });
    })
}

/// Echoes messages, a number of which come with each read.
fn echo(len: usize, messages: usize) -> Run {
    let read = frames(len).repeat(messages);
    let memory = Memory::repeating(read.clone(), read.len());
    let mut socket = socket(connection(Role::Server), memory);
    Box::new(move |times| {
        now(async {
            for _ in 0..times {
                let (message, mut writer) = socket.read().await.unwrap().unwrap();
                writer.feed(message).await.unwrap();
            }
        });
    })
}

fn inflate() -> Run {
    let mut client = compressing(Role::Client);
    let mut message = Vec::new();
    client.sender.send_text(&wire::json(1 << 10), &mut message).unwrap();
    read_with(compressing(Role::Server), memory(&message))
}

fn deflate() -> Run {
    write_with(compressing(Role::Server), wire::json(1 << 10).into())
}

fn accept() -> Run {
    let acceptor = Acceptor::new();
    let memory = Memory::once(wire::REQUEST.into());
    Box::new(move |times| {
        for _ in 0..times {
            now(acceptor.accept_over(memory.clone())).unwrap();
        }
    })
}

fn echo_without_adapter() -> Run {
    let Connection { mut receiver, mut sender } = connection(Role::Server);
    let (mut input, mut output) = (ReadBuffer::default(), WriteBuffer::default());
    let mut memory = memory(&frames(16));
    Box::new(move |times| {
        let mut left = times;
        while left > 0 {
            match input.advance(&mut receiver, |_| ()).unwrap() {
                Progress::Message => {
                    output.send(&mut sender, input.message().unwrap()).unwrap();
                    let count = memory.write(output.unwritten()).unwrap();
                    output.written(count);
                    left -= 1;
                }
                Progress::NeedInput => {
                    let count = memory.read(input.unfilled()).unwrap();
                    input.filled(count);
                }
                Progress::Closed => unreachable!("nobody closes"),
            }
        }
    })
}

fn answer() -> Run {
    let (head_limits, limits) = (HeadLimits::default(), Limits::default());
    let mut out = Vec::new();
    Box::new(move |times| {
        for _ in 0..times {
            let parsed = Request::parse(black_box(wire::REQUEST.as_bytes()), &head_limits).unwrap();
            let Parsed::Complete { value: request, .. } = parsed else {
                unreachable!("it is whole");
            };
            out.clear();
            let response = request.accept();
            black_box(response.send(&limits, &mut out).unwrap());
        }
    })
}

fn socket(connection: Connection, memory: Memory) -> WebSocket<Memory> {
    WebSocket::from_upgraded(memory, connection, Vec::new(), &Options::default())
}

fn connection(role: Role) -> Connection {
    let limits = Limits::default();
    match role {
        Role::Client => Connection::client(&limits, Seed::from([7; 32])),
        Role::Server => Connection::server(&limits),
    }
}

/// Compresses each message without regard to those before it, so that they can come again.
fn compressing(role: Role) -> Connection {
    let config =
        DeflateConfig::default().client_no_context_takeover(true).server_no_context_takeover(true);
    let (_, params) = Offer::new(&config).answer(&config);
    let mut connection = connection(role).with_deflate(&params, &config);
    connection.sender.set_compression(Compression::Always);
    connection
}
