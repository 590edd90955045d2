use bytes::Bytes;
use tungstenite::protocol::{Role, WebSocket};
use tungstenite::{Message, Utf8Bytes, accept};

use super::{Kind, Peer, Run};
use crate::codec::case::{Expected, Payload, Setup};
use crate::memory::Memory;

/// `WebSocket::read`, `send`; `accept`.
pub struct Tungstenite;

impl Peer for Tungstenite {
    fn name(&self) -> &'static str {
        "tungstenite"
    }

    fn kind(&self) -> Kind {
        Kind::Owned
    }

    fn read(&self, memory: Memory, setup: Setup, expected: Expected) -> Option<Run<'static>> {
        let mut socket = socket(memory, setup)?;
        Some(Box::new(move |messages| {
            for _ in 0..messages {
                match socket.read().unwrap() {
                    Message::Text(text) => expected.check(text.as_bytes()),
                    Message::Binary(data) => expected.check(&data),
                    other => panic!("nobody sends {other}"),
                }
            }
        }))
    }

    fn write<'c>(&self, memory: Memory, setup: Setup, payload: &'c Payload) -> Option<Run<'c>> {
        let mut socket = socket(memory, setup)?;
        let message = match payload {
            Payload::Text(text) => Message::Text(Utf8Bytes::from(text)),
            Payload::Binary(data) => Message::Binary(Bytes::copy_from_slice(data)),
        };
        Some(Box::new(move |messages| {
            for _ in 0..messages {
                // A clone shares the payload.
                socket.send(message.clone()).unwrap();
            }
        }))
    }

    fn accept(&self, memory: Memory) -> Option<bool> {
        Some(accept(memory).is_ok())
    }
}

fn socket(memory: Memory, setup: Setup) -> Option<WebSocket<Memory>> {
    let role = match setup.role {
        sansocket::Role::Client => Role::Client,
        sansocket::Role::Server => Role::Server,
    };
    (!setup.deflate).then(|| WebSocket::from_raw_socket(memory, role, None))
}
