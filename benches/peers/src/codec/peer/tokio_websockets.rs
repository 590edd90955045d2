use futures_util::{SinkExt as _, StreamExt as _};
use tokio_websockets::{ClientBuilder, Message, ServerBuilder, WebSocketStream};

use super::{Kind, Peer, Run, now, succeeds};
use crate::codec::case::{Expected, Payload, Setup};
use crate::memory::Memory;

/// `StreamExt::next`, `SinkExt::send`; `ServerBuilder::accept`.
pub struct TokioWebsockets;

impl Peer for TokioWebsockets {
    fn name(&self) -> &'static str {
        "tokio-websockets"
    }

    fn kind(&self) -> Kind {
        Kind::Owned
    }

    fn read(&self, memory: Memory, setup: Setup, expected: Expected) -> Option<Run<'static>> {
        let mut socket = socket(memory, setup)?;
        Some(Box::new(move |messages| {
            now(async {
                for _ in 0..messages {
                    let message = socket.next().await.unwrap().unwrap();
                    expected.check(message.as_payload());
                }
            });
        }))
    }

    fn write<'c>(&self, memory: Memory, setup: Setup, payload: &'c Payload) -> Option<Run<'c>> {
        let mut socket = socket(memory, setup)?;
        let message = match payload {
            Payload::Text(text) => Message::text(text.clone()),
            Payload::Binary(data) => Message::binary(data.clone()),
        };
        Some(Box::new(move |messages| {
            now(async {
                for _ in 0..messages {
                    // A clone shares the payload.
                    socket.send(message.clone()).await.unwrap();
                }
            });
        }))
    }

    fn accept(&self, memory: Memory) -> Option<bool> {
        Some(succeeds(ServerBuilder::new().accept(memory)))
    }
}

fn socket(memory: Memory, setup: Setup) -> Option<WebSocketStream<Memory>> {
    (!setup.deflate).then(|| match setup.role {
        sansocket::Role::Client => ClientBuilder::new().take_over(memory),
        sansocket::Role::Server => ServerBuilder::new().serve(memory),
    })
}
