use fastwebsockets::upgrade::upgrade;
use fastwebsockets::{FragmentCollector, Frame, Payload as FramePayload, Role, WebSocket};

use super::{Kind, Peer, Run, now, succeeds, through_hyper};
use crate::codec::case::{Expected, Payload, Setup};
use crate::memory::Memory;

/// `FragmentCollector::read_frame`, `WebSocket::write_frame`; the handshake through hyper.
pub struct Fastwebsockets;

impl Peer for Fastwebsockets {
    fn name(&self) -> &'static str {
        "fastwebsockets"
    }

    /// The payload is a vector of its own.
    fn kind(&self) -> Kind {
        Kind::Owned
    }

    fn read(&self, memory: Memory, setup: Setup, expected: Expected) -> Option<Run<'static>> {
        let mut socket = FragmentCollector::new(socket(memory, setup)?);
        Some(Box::new(move |messages| {
            now(async {
                for _ in 0..messages {
                    let frame = socket.read_frame().await.unwrap();
                    expected.check(&frame.payload);
                }
            });
        }))
    }

    fn write<'c>(&self, memory: Memory, setup: Setup, payload: &'c Payload) -> Option<Run<'c>> {
        let mut socket = socket(memory, setup)?;
        Some(Box::new(move |messages| {
            now(async {
                for _ in 0..messages {
                    let frame = match payload {
                        Payload::Text(text) => Frame::text(FramePayload::Borrowed(text.as_bytes())),
                        Payload::Binary(data) => Frame::binary(FramePayload::Borrowed(data)),
                    };
                    socket.write_frame(frame).await.unwrap();
                }
            });
        }))
    }

    fn accept(&self, memory: Memory) -> Option<bool> {
        let mut upgraded = None;
        through_hyper(memory, |request| {
            let (response, future) = upgrade(request).ok()?;
            upgraded = Some(future);
            Some(response)
        });
        Some(upgraded.is_some_and(succeeds))
    }
}

fn socket(memory: Memory, setup: Setup) -> Option<WebSocket<Memory>> {
    let role = match setup.role {
        sansocket::Role::Client => Role::Client,
        sansocket::Role::Server => Role::Server,
    };
    (!setup.deflate).then(|| WebSocket::after_handshake(memory, role))
}
