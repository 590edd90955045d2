//! The upgrade: a WebSocket is tried out while polling goes on.

use core::{
    convert::Infallible,
    future::{Future, pending},
};

use sansocket::{Error, Message, tokio::WebSocket};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{
    client::{driver, shared::Shared, state::State},
    engine_io::{EncodedPacket, Query, Transport},
};

/// Opens a WebSocket, and tries it out. It is in `web_socket` unless it fails. Dropping the future loses
/// nothing that has arrived.
pub(super) async fn run<S, F>(
    shared: &Shared,
    dial: &mut impl FnMut(&Query) -> F,
    web_socket: &mut Option<WebSocket<S>>,
) -> Infallible
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = Result<WebSocket<S>, Error>>,
{
    let query = shared.when(State::upgrade_query).await;
    if let Ok(socket) = dial(&query).await {
        // The session stays where it is, whatever the reason was.
        let _ = probe(shared, web_socket.insert(socket)).await;
        *web_socket = None;
    }
    shared.change(State::upgrade_failed);
    pending().await
}

/// Sends the ping, and takes the pong. Then the WebSocket is watched until the session moves to it.
async fn probe<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    socket: &mut WebSocket<S>,
) -> Result<(), Error> {
    shared.change(|state, _| state.session.begin_upgrade());
    if let Some(EncodedPacket::Text(ping)) = shared.next_packet() {
        socket.send(&*ping).await?;
    }
    while shared.look(|state| state.session.uses(Transport::WebSocket)) {
        let Some(message) = socket.recv().await? else { break };
        let packet = driver::packet(Message::from(&message));
        shared.change(|state, now| state.receive(Transport::WebSocket, packet, now));
    }
    Ok(())
}
