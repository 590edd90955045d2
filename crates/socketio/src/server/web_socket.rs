use alloc::sync::Arc;

use sansocket::{
    CloseCode, Error, Message,
    tokio::WriteHalf,
    upgrade::{Upgraded, WebSocket},
};

use super::connection::Connection;
use crate::{
    engine_io::{EncodedPacket, Packet, Transport},
    session::{DisconnectReason, ServerSession},
};

/// Carries a session, or its upgrade, over a WebSocket to its end.
pub(super) async fn serve(connection: &Arc<Connection>, socket: WebSocket) {
    let (mut writer, mut reader) = socket.split();
    let end = loop {
        if fill(connection, &mut writer).await.is_err() {
            break Some(DisconnectReason::TransportLost);
        }
        if !connection.take(|session| session.uses(Transport::WebSocket)) {
            break None;
        }
        tokio::select! {
            // Not while handlers are behind: then the client has to wait.
            received = reader.read(), if connection.backlog.has_room() => match received {
                Ok(Some(message)) => receive(connection, &message),
                Ok(None) => break Some(DisconnectReason::TransportClosed),
                Err(_) => break Some(DisconnectReason::TransportLost),
            },
            () = connection.backlog.room(), if !connection.backlog.has_room() => {}
            flushed = writer.flush(), if writer.queued() > 0 => if flushed.is_err() {
                break Some(DisconnectReason::TransportLost);
            },
            () = connection.web_socket_ready() => {}
        }
    };
    match end {
        Some(reason) => connection.update(|session, _| session.lost(Transport::WebSocket, reason)),
        // The session ended first, and what led to that is queued. The timeouts of the engine hold.
        None => _ = reader.close(CloseCode::NORMAL, "").await,
    }
}

/// Queues packets as long as the stream takes them soon. The rest stays in the session, which counts it.
async fn fill(connection: &Arc<Connection>, writer: &mut WriteHalf<Upgraded>) -> Result<(), Error> {
    const HIGH_WATER_MARK: usize = 64 * 1024;
    while writer.queued() < HIGH_WATER_MARK
        && let Some(packet) = connection.take(ServerSession::next_packet)
    {
        match &packet {
            EncodedPacket::Text(text) => writer.feed(&**text).await?,
            EncodedPacket::Binary(bytes) => writer.feed(&**bytes).await?,
        }
    }
    Ok(())
}

fn receive(connection: &Arc<Connection>, message: &Message<'_>) {
    match message {
        Message::Text(text) => {
            connection.receive(Transport::WebSocket, Packet::parse(text), text.len());
        }
        Message::Binary(bytes) => {
            connection.receive(Transport::WebSocket, Ok(Packet::from(*bytes)), bytes.len());
        }
    }
}
