use std::io::{Read as _, Write as _};

use sansocket::buffered::{Progress, ReadBuffer, WriteBuffer};
use sansocket::handshake::HeadLimits;
use sansocket::handshake::server::Request;
use sansocket::{Limits, Message, Options, Parsed, blocking, tokio};

use super::{Kind, Peer, Run, now, succeeds};
use crate::codec::case::{Expected, Payload, Setup, connection};
use crate::memory::Memory;

/// `tokio::WebSocket::read` or `recv`, `send`; `Acceptor::accept_over`.
pub struct Async {
    pub kind: Kind,
}

impl Peer for Async {
    fn name(&self) -> &'static str {
        "sansocket"
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn read(&self, memory: Memory, setup: Setup, expected: Expected) -> Option<Run<'static>> {
        let mut socket = socket(memory, setup);
        Some(if self.kind == Kind::Lent {
            Box::new(move |messages| {
                now(async {
                    for _ in 0..messages {
                        let (message, _) = socket.read().await.unwrap().unwrap();
                        expected.check(message.as_bytes());
                    }
                });
            })
        } else {
            Box::new(move |messages| {
                now(async {
                    for _ in 0..messages {
                        let message = socket.recv().await.unwrap().unwrap();
                        expected.check(message.as_bytes());
                    }
                });
            })
        })
    }

    fn write<'c>(&self, memory: Memory, setup: Setup, payload: &'c Payload) -> Option<Run<'c>> {
        if self.kind == Kind::Owned {
            return None;
        }
        let mut socket = socket(memory, setup);
        let message = message(payload);
        Some(Box::new(move |messages| {
            now(async {
                for _ in 0..messages {
                    socket.send(message).await.unwrap();
                }
            });
        }))
    }

    fn accept(&self, memory: Memory) -> Option<bool> {
        let acceptor = tokio::Acceptor::new();
        (self.kind == Kind::Lent).then(|| succeeds(acceptor.accept_over(memory)))
    }
}

fn socket(memory: Memory, setup: Setup) -> tokio::WebSocket<Memory> {
    tokio::WebSocket::from_upgraded(memory, connection(setup), Vec::new(), &Options::default())
}

/// `blocking::WebSocket::read`, `send`; `Acceptor::accept_over`.
pub struct Blocking;

impl Peer for Blocking {
    fn name(&self) -> &'static str {
        "sansocket::blocking"
    }

    fn kind(&self) -> Kind {
        Kind::Lent
    }

    fn read(&self, memory: Memory, setup: Setup, expected: Expected) -> Option<Run<'static>> {
        let mut socket = blocking_socket(memory, setup);
        Some(Box::new(move |messages| {
            for _ in 0..messages {
                let (message, _) = socket.read().unwrap().unwrap();
                expected.check(message.as_bytes());
            }
        }))
    }

    fn write<'c>(&self, memory: Memory, setup: Setup, payload: &'c Payload) -> Option<Run<'c>> {
        let mut socket = blocking_socket(memory, setup);
        let message = message(payload);
        Some(Box::new(move |messages| {
            for _ in 0..messages {
                socket.send(message).unwrap();
            }
        }))
    }

    fn accept(&self, memory: Memory) -> Option<bool> {
        let acceptor = blocking::Acceptor::new();
        Some(acceptor.accept_over(blocking::Untimed(memory)).is_ok())
    }
}

fn blocking_socket(memory: Memory, setup: Setup) -> blocking::WebSocket<blocking::Untimed<Memory>> {
    let (memory, connection) = (blocking::Untimed(memory), connection(setup));
    blocking::WebSocket::from_upgraded(memory, connection, Vec::new(), &Options::default())
}

/// `ReadBuffer::advance`, `message`; `WriteBuffer::send`; `server::Request::parse`, `accept`: without
/// an adapter.
pub struct Engine;

impl Peer for Engine {
    fn name(&self) -> &'static str {
        "sansocket engine"
    }

    fn kind(&self) -> Kind {
        Kind::Lent
    }

    fn read(&self, mut memory: Memory, setup: Setup, expected: Expected) -> Option<Run<'static>> {
        let mut receiver = connection(setup).receiver;
        let mut buffer = ReadBuffer::default();
        Some(Box::new(move |messages| {
            let mut left = messages;
            while left > 0 {
                match buffer.advance(&mut receiver, |_| ()).unwrap() {
                    Progress::Message => {
                        expected.check(buffer.message().unwrap().as_bytes());
                        left -= 1;
                    }
                    Progress::NeedInput => {
                        let count = memory.read(buffer.unfilled()).unwrap();
                        buffer.filled(count);
                    }
                    Progress::Closed => unreachable!("nobody closes"),
                }
            }
        }))
    }

    fn write<'c>(&self, mut memory: Memory, setup: Setup, payload: &'c Payload) -> Option<Run<'c>> {
        let mut sender = connection(setup).sender;
        let mut buffer = WriteBuffer::default();
        let message = message(payload);
        Some(Box::new(move |messages| {
            for _ in 0..messages {
                buffer.send(&mut sender, message).unwrap();
                while !buffer.unwritten().is_empty() {
                    let count = memory.write(buffer.unwritten()).unwrap();
                    buffer.written(count);
                }
            }
        }))
    }

    fn accept(&self, mut memory: Memory) -> Option<bool> {
        let mut head = [0; 1 << 10];
        let count = memory.read(&mut head).unwrap();
        let parsed = Request::parse(&head[..count], &HeadLimits::default());
        let Ok(Parsed::Complete { value: request, .. }) = parsed else { return Some(false) };
        let response = request.accept();
        let mut out = Vec::new();
        let sent = response.send(&Limits::default(), &mut out);
        memory.write_all(&out).unwrap();
        Some(sent.is_ok())
    }
}

fn message(payload: &Payload) -> Message<'_> {
    match payload {
        Payload::Text(text) => Message::Text(text),
        Payload::Binary(data) => Message::Binary(data),
    }
}
