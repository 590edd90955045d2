use futures_util::{SinkExt as _, StreamExt as _};
use yawc::{CompressionLevel, Frame, OpCode, Options, Role, WebSocket};

use super::{Kind, Peer, Run, now, succeeds, through_hyper};
use crate::codec::case::{DEFLATE_LEVEL, Expected, Payload, Setup};
use crate::memory::Memory;

/// `StreamExt::next`, and `from_utf8` of text; `SinkExt::send`; the handshake through hyper.
pub struct Yawc;

impl Peer for Yawc {
    fn name(&self) -> &'static str {
        "yawc"
    }

    fn kind(&self) -> Kind {
        Kind::Owned
    }

    fn read(&self, memory: Memory, setup: Setup, expected: Expected) -> Option<Run<'static>> {
        let mut socket = socket(memory, setup);
        Some(Box::new(move |messages| {
            now(async {
                for _ in 0..messages {
                    let frame = socket.next().await.unwrap();
                    if frame.opcode() == OpCode::Text {
                        expected.check(frame.as_str().as_bytes());
                    } else {
                        expected.check(frame.payload());
                    }
                }
            });
        }))
    }

    fn write<'c>(&self, memory: Memory, setup: Setup, payload: &'c Payload) -> Option<Run<'c>> {
        let mut socket = socket(memory, setup);
        let frame = match payload {
            Payload::Text(text) => Frame::text(text.clone()),
            Payload::Binary(data) => Frame::binary(data.clone()),
        };
        Some(Box::new(move |messages| {
            now(async {
                for _ in 0..messages {
                    // A clone shares the payload.
                    socket.send(frame.clone()).await.unwrap();
                }
            });
        }))
    }

    fn accept(&self, memory: Memory) -> Option<bool> {
        let mut upgraded = None;
        through_hyper(memory, |request| {
            let (response, future) = WebSocket::upgrade(request).ok()?;
            upgraded = Some(future);
            Some(response)
        });
        Some(upgraded.is_some_and(succeeds))
    }
}

/// More than the default, so that 1 MiB passes.
const MAX_LEN: usize = 16 << 20;

fn socket(memory: Memory, setup: Setup) -> WebSocket<Memory> {
    let role = match setup.role {
        sansocket::Role::Client => Role::Client,
        sansocket::Role::Server => Role::Server,
    };
    let mut options = Options::default().with_limits(MAX_LEN, 2 * MAX_LEN);
    let mut extensions = None;
    if setup.deflate {
        options = options
            .with_compression_level(CompressionLevel::new(DEFLATE_LEVEL.into()))
            .client_no_context_takeover()
            .server_no_context_takeover();
        extensions =
            Some("permessage-deflate; client_no_context_takeover; server_no_context_takeover");
    }
    WebSocket::from_stream_with_extensions(memory, role, extensions, options).unwrap()
}
