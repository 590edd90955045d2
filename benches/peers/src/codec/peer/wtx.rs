use wtx::collection::Vector;
use wtx::http::GenericHeader;
use wtx::rng::{Xorshift64, simple_seed};
use wtx::stream::{StreamReader, StreamWriter};
use wtx::web_socket::compression::{Flate2, NegotiatedCompression};
use wtx::web_socket::{
    Compression, CompressionLevel, DeflateConfig, Frame, OpCode, WebSocket, WebSocketAcceptor,
    WebSocketBuffer, WebSocketOwned, WebSocketPayloadOrigin,
};

use super::{Kind, Peer, Run, now, succeeds};
use crate::codec::case::{DEFLATE_LEVEL, Expected, Payload, Setup};
use crate::memory::Memory;

/// `WebSocket::read_frame`, lent with `Adaptive`, and in a vector of the caller's with `Consistent`;
/// `write_frame`; `WebSocketAcceptor::accept`.
pub struct Wtx {
    pub kind: Kind,
}

impl Peer for Wtx {
    fn name(&self) -> &'static str {
        "wtx"
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn read(&self, memory: Memory, setup: Setup, expected: Expected) -> Option<Run<'static>> {
        let kind = self.kind;
        Some(match (setup.role, setup.deflate) {
            (sansocket::Role::Client, false) => read(socket::<_, true>(memory, ()), kind, expected),
            (sansocket::Role::Server, false) => {
                read(socket::<_, false>(memory, ()), kind, expected)
            }
            (sansocket::Role::Client, true) => {
                read(socket::<_, true>(memory, negotiated::<true>()), kind, expected)
            }
            (sansocket::Role::Server, true) => {
                read(socket::<_, false>(memory, negotiated::<false>()), kind, expected)
            }
        })
    }

    fn write<'c>(&self, memory: Memory, setup: Setup, payload: &'c Payload) -> Option<Run<'c>> {
        if self.kind == Kind::Owned {
            return None;
        }
        Some(match (setup.role, setup.deflate) {
            (sansocket::Role::Client, false) => write(socket::<_, true>(memory, ()), payload),
            (sansocket::Role::Server, false) => write(socket::<_, false>(memory, ()), payload),
            (sansocket::Role::Client, true) => {
                write(socket::<_, true>(memory, negotiated::<true>()), payload)
            }
            (sansocket::Role::Server, true) => {
                write(socket::<_, false>(memory, negotiated::<false>()), payload)
            }
        })
    }

    fn accept(&self, memory: Memory) -> Option<bool> {
        let acceptor = WebSocketAcceptor::default();
        (self.kind == Kind::Lent).then(|| succeeds(acceptor.accept(memory)))
    }
}

type Socket<NC, const IS_CLIENT: bool> = WebSocketOwned<NC, Xorshift64, Memory, IS_CLIENT>;

fn socket<NC, const IS_CLIENT: bool>(memory: Memory, nc: NC) -> Socket<NC, IS_CLIENT>
where
    NC: NegotiatedCompression,
{
    let rng = Xorshift64::from(simple_seed());
    WebSocket::new(nc, false, rng, memory, WebSocketBuffer::new())
}

fn negotiated<const IS_CLIENT: bool>() -> impl NegotiatedCompression + 'static {
    struct Extension;
    impl GenericHeader for Extension {
        fn name(&self) -> &[u8] {
            b"sec-websocket-extensions"
        }
        fn value(&self) -> &[u8] {
            b"permessage-deflate; client_max_window_bits=15; server_max_window_bits=15"
        }
    }
    let config = DeflateConfig {
        compression_level: CompressionLevel::try_from(DEFLATE_LEVEL).unwrap(),
        ..DeflateConfig::default()
    };
    Compression::<IS_CLIENT>::negotiate(Flate2::from(config), [Extension].into_iter()).unwrap()
}

fn read<NC, const IS_CLIENT: bool>(
    mut socket: Socket<NC, IS_CLIENT>,
    kind: Kind,
    expected: Expected,
) -> Run<'static>
where
    NC: NegotiatedCompression + 'static,
{
    let mut buffer = Vector::new();
    Box::new(move |messages| {
        now(async {
            for _ in 0..messages {
                let origin = match kind {
                    Kind::Lent => WebSocketPayloadOrigin::Adaptive,
                    Kind::Owned => WebSocketPayloadOrigin::Consistent,
                };
                if kind == Kind::Owned {
                    buffer = Vector::new();
                }
                let frame = socket.read_frame(&mut buffer, origin).await.unwrap();
                expected.check(frame.payload());
            }
        });
    })
}

fn write<NC, const IS_CLIENT: bool>(
    mut socket: Socket<NC, IS_CLIENT>,
    payload: &Payload,
) -> Run<'static>
where
    NC: NegotiatedCompression + 'static,
{
    let op_code = match payload {
        Payload::Text(_) => OpCode::Text,
        Payload::Binary(_) => OpCode::Binary,
    };
    let mut payload = payload.as_bytes().to_vec();
    Box::new(move |messages| {
        now(async {
            for _ in 0..messages {
                // A client masks its message in place, and the masked one is the next message.
                let mut frame = Frame::new_fin(op_code, &mut payload[..]);
                socket.write_frame(&mut frame).await.unwrap();
            }
        });
    })
}

impl StreamReader for Memory {
    async fn read(&mut self, bytes: &mut [u8]) -> wtx::Result<usize> {
        Ok(std::io::Read::read(self, bytes)?)
    }
}

impl StreamWriter for Memory {
    async fn write_all(&mut self, bytes: &[u8]) -> wtx::Result<()> {
        Ok(std::io::Write::write_all(self, bytes)?)
    }

    async fn write_all_vectored(&mut self, bytes: &[&[u8]]) -> wtx::Result<()> {
        for bytes in bytes {
            std::io::Write::write_all(self, bytes)?;
        }
        Ok(())
    }
}
