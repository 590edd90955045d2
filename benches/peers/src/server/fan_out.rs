//! Servers that send one message to all their clients whenever a byte comes from the first
//! connection, which is no WebSocket.

use std::future::Future;
use std::sync::LazyLock;

use bytes::Bytes;
use futures_util::SinkExt as _;
use sansocket::PreparedMessage;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::broadcast::{Receiver, Sender, channel};
use tokio_websockets::ServerBuilder;
use tungstenite::Message;

use super::{Server, fastwebsockets, spawn, tasks};
use crate::wire;

/// The length of the message.
pub const LEN: usize = 125;

/// The limit comes first.
pub static FAN_OUTS: [Server; 5] = [
    Server { is_websocket: false, ..tasks("fan-out: raw", |stream| join(stream, raw)) },
    tasks("fan-out: sansocket", |stream| join(stream, sansocket)),
    tasks("fan-out: tokio-tungstenite", |stream| join(stream, tokio_tungstenite)),
    tasks("fan-out: tokio-websockets", |stream| join(stream, tokio_websockets)),
    tasks("fan-out: fastwebsockets", |stream| join(stream, fastwebsockets::subscribe)),
];

/// The first connection publishes, and the others subscribe.
fn join<F>(stream: TcpStream, subscribe: fn(TcpStream, Receiver<()>) -> F)
where
    F: Future<Output = Option<()>> + Send + 'static,
{
    static PUBLISHER: LazyLock<Sender<()>> = LazyLock::new(|| channel(1).0);
    let is_first = LazyLock::get(&PUBLISHER).is_none();
    let publisher = &*PUBLISHER;
    if is_first {
        spawn(publish(stream, publisher));
    } else {
        spawn(subscribe(stream, publisher.subscribe()));
    }
}

async fn publish(mut stream: TcpStream, publisher: &Sender<()>) -> Option<()> {
    loop {
        stream.read_u8().await.ok()?;
        publisher.send(()).ok()?;
    }
}

async fn raw(mut stream: TcpStream, mut published: Receiver<()>) -> Option<()> {
    let message = wire::binary(LEN);
    loop {
        published.recv().await.ok()?;
        stream.write_all(&message).await.ok()?;
    }
}

async fn sansocket(stream: TcpStream, mut published: Receiver<()>) -> Option<()> {
    static MESSAGE: LazyLock<PreparedMessage> =
        LazyLock::new(|| PreparedMessage::binary(&wire::binary(LEN)));
    let mut socket = sansocket::tokio::WebSocket::accept(stream).await.ok()?;
    loop {
        published.recv().await.ok()?;
        socket.send(&*MESSAGE).await.ok()?;
    }
}

/// The payload that all connections share.
pub static PAYLOAD: LazyLock<Bytes> = LazyLock::new(|| wire::binary(LEN).into());

async fn tokio_tungstenite(stream: TcpStream, mut published: Receiver<()>) -> Option<()> {
    let mut socket = ::tokio_tungstenite::accept_async(stream).await.ok()?;
    loop {
        published.recv().await.ok()?;
        socket.send(Message::Binary(PAYLOAD.clone())).await.ok()?;
    }
}

async fn tokio_websockets(stream: TcpStream, mut published: Receiver<()>) -> Option<()> {
    let (_, mut socket) = ServerBuilder::new().accept(stream).await.ok()?;
    loop {
        published.recv().await.ok()?;
        let message = ::tokio_websockets::Message::binary(PAYLOAD.clone());
        socket.send(message).await.ok()?;
    }
}
