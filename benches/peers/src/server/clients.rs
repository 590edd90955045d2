//! Clients, in processes that a plain connection controls: it names a port, and the process opens a
//! WebSocket to it, by URL. The stream may be TLS, since a URL may ask for it.

use futures_util::{SinkExt as _, StreamExt as _};
use sansocket::tokio::WebSocket;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::connect_async;
use tungstenite::Message;

use super::{Server, spawn, tasks};
use crate::wire;

/// The length of the message that each connection echoes before it is idle.
const LEN: usize = 1 << 10;

pub static CLIENTS: [Server; 2] = [
    Server { is_websocket: false, ..tasks("client: sansocket", |stream| spawn(sansocket(stream))) },
    Server {
        is_websocket: false,
        ..tasks("client: tokio-tungstenite", |stream| spawn(tungstenite(stream)))
    },
];

async fn sansocket(stream: TcpStream) -> Option<()> {
    let (stream, url) = asked(stream).await?;
    let mut socket = WebSocket::connect(&url).await.ok()?;
    socket.send(wire::binary(LEN)).await.ok()?;
    socket.recv().await.ok()??;
    done(stream).await?;
    while socket.recv().await.ok()?.is_some() {}
    Some(())
}

async fn tungstenite(stream: TcpStream) -> Option<()> {
    let (stream, url) = asked(stream).await?;
    let (mut socket, _) = connect_async(&url).await.ok()?;
    socket.send(Message::from(wire::binary(LEN))).await.ok()?;
    socket.next().await?.ok()?;
    done(stream).await?;
    while socket.next().await?.is_ok() {}
    Some(())
}

async fn asked(mut stream: TcpStream) -> Option<(TcpStream, String)> {
    let port = stream.read_u16().await.ok()?;
    Some((stream, format!("ws://127.0.0.1:{port}/")))
}

async fn done(mut stream: TcpStream) -> Option<()> {
    stream.write_u8(0).await.ok()
}
