use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use sockudo_ws::deflate::DeflateConfig;
use sockudo_ws::handshake::server_handshake;
use sockudo_ws::{CompressedWebSocketStream, Config, Error, Message, Role, WebSocketStream};

use super::{Kind, Peer, Run, now, succeeds};
use crate::codec::case::{DEFLATE_LEVEL, Expected, Payload, Setup};
use crate::memory::Memory;

/// `StreamExt::next`, `SinkExt::send`; `server_handshake`.
pub struct SockudoWs;

impl Peer for SockudoWs {
    fn name(&self) -> &'static str {
        "sockudo-ws"
    }

    fn kind(&self) -> Kind {
        Kind::Owned
    }

    fn read(&self, memory: Memory, setup: Setup, expected: Expected) -> Option<Run<'static>> {
        Some(if setup.deflate {
            read(compressed(memory, setup), expected)
        } else {
            read(socket(memory, setup), expected)
        })
    }

    fn write<'c>(&self, memory: Memory, setup: Setup, payload: &'c Payload) -> Option<Run<'c>> {
        Some(if setup.deflate {
            write(compressed(memory, setup), payload)
        } else {
            write(socket(memory, setup), payload)
        })
    }

    fn accept(&self, mut memory: Memory) -> Option<bool> {
        let accept = async {
            let leftover = server_handshake(&mut memory).await?.leftover;
            let (role, config) = (Role::Server, Config::default());
            Ok::<_, Error>(WebSocketStream::from_raw_with_leftover(memory, role, config, leftover))
        };
        Some(succeeds(accept))
    }
}

fn read<S>(mut socket: S, expected: Expected) -> Run<'static>
where
    S: Stream<Item = Result<Message, Error>> + Unpin + 'static,
{
    Box::new(move |messages| {
        now(async {
            for _ in 0..messages {
                let message = socket.next().await.unwrap().unwrap();
                expected.check(message.as_bytes());
            }
        });
    })
}

fn write<'c, S>(mut socket: S, payload: &Payload) -> Run<'c>
where
    S: Sink<Message, Error = Error> + Unpin + 'static,
{
    let message = match payload {
        Payload::Text(text) => Message::text(text.clone()),
        Payload::Binary(data) => Message::binary(data.clone()),
    };
    Box::new(move |messages| {
        now(async {
            for _ in 0..messages {
                // A clone shares the payload.
                socket.send(message.clone()).await.unwrap();
            }
        });
    })
}

fn socket(memory: Memory, setup: Setup) -> WebSocketStream<Memory> {
    match setup.role {
        sansocket::Role::Client => WebSocketStream::client(memory, Config::default()),
        sansocket::Role::Server => WebSocketStream::server(memory, Config::default()),
    }
}

fn compressed(memory: Memory, setup: Setup) -> CompressedWebSocketStream<Memory> {
    let deflate = DeflateConfig {
        server_no_context_takeover: true,
        client_no_context_takeover: true,
        compression_level: DEFLATE_LEVEL.into(),
        ..DeflateConfig::default()
    };
    match setup.role {
        sansocket::Role::Client => {
            CompressedWebSocketStream::client(memory, Config::default(), deflate)
        }
        sansocket::Role::Server => {
            CompressedWebSocketStream::server(memory, Config::default(), deflate)
        }
    }
}
