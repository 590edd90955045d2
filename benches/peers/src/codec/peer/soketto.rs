use soketto::connection::{Builder, Receiver, Sender};
use soketto::handshake::server::Response;
use soketto::handshake::{Error, Server};
use soketto::{Data, Mode};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};

use super::{Kind, Peer, Run, now, succeeds};
use crate::codec::case::{Expected, Payload, Setup};
use crate::memory::Memory;

/// `Receiver::receive_data`, and `from_utf8` of text; `Sender::send_text`, `send_binary` and `flush`;
/// `handshake::Server`. Without compression.
pub struct Soketto;

impl Peer for Soketto {
    fn name(&self) -> &'static str {
        "soketto"
    }

    /// The caller lends the vector.
    fn kind(&self) -> Kind {
        Kind::Lent
    }

    fn read(&self, memory: Memory, setup: Setup, expected: Expected) -> Option<Run<'static>> {
        // The sender is the other half of a lock.
        let (sender, mut receiver) = socket(memory, setup)?;
        let mut message = Vec::new();
        Some(Box::new(move |messages| {
            let _ = &sender;
            now(async {
                for _ in 0..messages {
                    message.clear();
                    match receiver.receive_data(&mut message).await.unwrap() {
                        Data::Text(_) => {
                            expected.check(std::str::from_utf8(&message).unwrap().as_bytes());
                        }
                        Data::Binary(_) => expected.check(&message),
                    }
                }
            });
        }))
    }

    fn write<'c>(&self, memory: Memory, setup: Setup, payload: &'c Payload) -> Option<Run<'c>> {
        let (mut sender, receiver) = socket(memory, setup)?;
        Some(Box::new(move |messages| {
            let _ = &receiver;
            now(async {
                for _ in 0..messages {
                    match payload {
                        Payload::Text(text) => sender.send_text(text).await.unwrap(),
                        Payload::Binary(data) => sender.send_binary(data).await.unwrap(),
                    }
                    sender.flush().await.unwrap();
                }
            });
        }))
    }

    fn accept(&self, memory: Memory) -> Option<bool> {
        let accept = async {
            let mut server = Server::new(memory.compat());
            let key = server.receive_request().await?.key();
            let accept = Response::Accept { key, protocol: None };
            server.send_response(&accept).await?;
            Ok::<_, Error>(server.into_builder().finish())
        };
        Some(succeeds(accept))
    }
}

type Stream = Compat<Memory>;

fn socket(memory: Memory, setup: Setup) -> Option<(Sender<Stream>, Receiver<Stream>)> {
    let mode = match setup.role {
        sansocket::Role::Client => Mode::Client,
        sansocket::Role::Server => Mode::Server,
    };
    (!setup.deflate).then(|| Builder::new(memory.compat(), mode).finish())
}
