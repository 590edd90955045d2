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
        match fill(connection, &mut writer).await {
            Ok(true) => {}
            Ok(false) => break None,
            Err(_) => break Some(DisconnectReason::TransportLost),
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
/// Returns whether the session still uses the WebSocket.
async fn fill(
    connection: &Arc<Connection>,
    writer: &mut WriteHalf<Upgraded>,
) -> Result<bool, Error> {
    const HIGH_WATER_MARK: usize = 64 * 1024;
    let next =
        |session: &mut ServerSession| (session.next_packet(), session.uses(Transport::WebSocket));
    while writer.queued() < HIGH_WATER_MARK {
        match connection.take(next) {
            (Some(EncodedPacket::Text(text)), _) => writer.feed(&*text).await?,
            (Some(EncodedPacket::Binary(bytes)), _) => writer.feed(&*bytes).await?,
            (None, is_used) => return Ok(is_used),
        }
    }
    Ok(true)
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
