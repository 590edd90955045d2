use std::io::Write as _;

use nexus_web::ws::{Client, FrameWriter, Role, pair};

use super::{Kind, Peer, Run};
use crate::codec::case::{Expected, Payload, Setup};
use crate::memory::Memory;

/// `Client::recv`, as it is or `into_owned`; `FrameWriter::encode_text`, `encode_binary`, into
/// a buffer that has room for the frame; `Client::accept`.
pub struct NexusWeb {
    pub kind: Kind,
}

impl Peer for NexusWeb {
    fn name(&self) -> &'static str {
        "nexus-web"
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn read(&self, memory: Memory, setup: Setup, expected: Expected) -> Option<Run<'static>> {
        if setup.deflate {
            return None;
        }
        let (reader, writer) = pair(role(setup));
        let mut socket = Client::from_parts(memory, reader, writer);
        let owned = self.kind == Kind::Owned;
        Some(Box::new(move |messages| {
            for _ in 0..messages {
                let message = socket.recv().unwrap().unwrap();
                if owned {
                    expected.check(message.into_owned().as_bytes());
                } else {
                    expected.check(message.as_bytes());
                }
            }
        }))
    }

    fn write<'c>(&self, mut memory: Memory, setup: Setup, payload: &'c Payload) -> Option<Run<'c>> {
        if setup.deflate || self.kind == Kind::Owned {
            return None;
        }
        let mut writer = FrameWriter::new(role(setup));
        let mut frame = vec![0; writer.max_encoded_len(payload.as_bytes().len())];
        Some(Box::new(move |messages| {
            for _ in 0..messages {
                let len = match payload {
                    Payload::Text(text) => writer.encode_text(text.as_bytes(), &mut frame),
                    Payload::Binary(data) => writer.encode_binary(data, &mut frame),
                };
                memory.write_all(&frame[..len]).unwrap();
            }
        }))
    }

    fn accept(&self, memory: Memory) -> Option<bool> {
        (self.kind == Kind::Lent).then(|| Client::accept(memory).is_ok())
    }
}

fn role(setup: Setup) -> Role {
    match setup.role {
        sansocket::Role::Client => Role::Client,
        sansocket::Role::Server => Role::Server,
    }
}
