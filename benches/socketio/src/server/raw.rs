//! Plain WebSocket. In the room it sends the same bytes as the others.

use std::sync::{Arc, LazyLock};

use sansocket::PreparedMessage;
use sansocket::tokio::WebSocket;
use tokio::net::TcpStream;
use tokio::sync::broadcast::{Receiver, Sender, channel};

use super::{JOIN, NEWS, PUBLISH};

/// How many messages a room keeps for a socket that is behind.
const QUEUE_LEN: usize = 16;

static ROOM: LazyLock<Sender<Arc<PreparedMessage>>> = LazyLock::new(|| channel(QUEUE_LEN).0);

pub fn spawn(stream: TcpStream) {
    tokio::spawn(serve(stream));
}

pub fn spawn_json(stream: TcpStream) {
    tokio::spawn(echo_json(stream));
}

async fn serve(stream: TcpStream) -> Option<()> {
    let mut socket = WebSocket::accept(stream).await.ok()?;
    while let Some((message, mut writer)) = socket.read().await.ok()? {
        match message.as_text()? {
            JOIN => {
                let joined = ROOM.subscribe();
                writer.send("430[]").await.ok()?;
                return stay(socket, joined).await;
            }
            PUBLISH => _ = ROOM.send(Arc::new(PreparedMessage::text(&NEWS))),
            text => writer.feed(text).await.ok()?,
        }
    }
    Some(())
}

/// Sends what the room gets, and reads meanwhile.
async fn stay(
    mut socket: WebSocket<TcpStream>,
    mut room: Receiver<Arc<PreparedMessage>>,
) -> Option<()> {
    loop {
        tokio::select! {
            received = socket.recv() => drop(received.ok()??),
            news = room.recv() => socket.send(news.ok()?).await.ok()?,
        }
    }
}

/// Echoes events that have a name.
async fn echo_json(stream: TcpStream) -> Option<()> {
    let mut socket = WebSocket::accept(stream).await.ok()?;
    while let Some((message, mut writer)) = socket.read().await.ok()? {
        let (name, argument): (String, String) = serde_json::from_str(message.as_text()?).ok()?;
        if name == "say" {
            writer.feed(serde_json::to_string(&(name, argument)).ok()?).await.ok()?;
        }
    }
    Some(())
}
