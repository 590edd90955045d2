//! The task of a client: it opens transports, and moves packets between them and the session.

use alloc::{boxed::Box, sync::Arc};
use core::future::Future;

use sansocket::{
    CloseCode, Error, Message,
    tokio::{ReadHalf, WebSocket, WriteHalf},
};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    TransportError,
    polling::{self, HttpConnection, Polling},
    shared::Shared,
};
use crate::{
    engine_io::{EncodedPacket, Packet, PacketError, Query, Transport},
    session::DisconnectReason,
};

/// Runs until all handles are dropped, and what they emitted is sent. Sessions begin with polling if
/// there is any, otherwise over a WebSocket.
pub(super) async fn run<S, F>(
    shared: Arc<Shared>,
    mut dial: impl FnMut(&Query) -> F,
    polling: Option<Polling>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = Result<WebSocket<S>, Error>>,
{
    let _end = End(&shared);
    tokio::select! {
        () = shared.keep_time() => {}
        () = keep_connected(&shared, &mut dial, polling.as_ref()) => {}
    }
}

/// Ends all sockets with the task: when the runtime shuts down, or the application's code in it panics,
/// nobody must wait forever.
struct End<'a>(&'a Shared);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.change(|state, now| {
            state.ended(DisconnectReason::TransportLost, now);
            state.dropped();
            state.disconnect_all();
        });
    }
}

async fn keep_connected<S, F>(
    shared: &Shared,
    dial: &mut impl FnMut(&Query) -> F,
    polling: Option<&Polling>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = Result<WebSocket<S>, Error>>,
{
    loop {
        // An application that takes nothing must not pile up what each connection leaves behind.
        shared.inbox_room().await;
        let (is_wanted, is_abandoned) =
            shared.look(|state| (state.session.wants_transport(), state.is_abandoned));
        if !is_wanted {
            if is_abandoned {
                return;
            }
            shared.output().await;
            continue;
        }
        let opening = async {
            for namespace in shared.look(|state| state.unauthenticated()) {
                let auth = shared.auth.make(&namespace).await;
                shared.change(|state, _| state.authenticate(namespace, auth));
            }
            match polling {
                Some(polling) => {
                    let opening = HttpConnection::open(&polling.connector, &polling.url);
                    Ok(Opened::Polling(polling, opening.await?))
                }
                None => Ok(Opened::WebSocket(dial(&FIRST_QUERY).await?)),
            }
        };
        let opened: Result<_, TransportError> = tokio::select! {
            opened = opening => opened,
            () = unwanted(shared) => continue,
        };
        match opened {
            Ok(opened) => carry(shared, opened, dial).await,
            Err(error) => shared.change(|state, now| state.failed(error, now)),
        }
    }
}

/// The query of a WebSocket that opens a session.
const FIRST_QUERY: Query = Query { transport: Transport::WebSocket, sid: None };

/// A transport that is open.
enum Opened<'a, S> {
    WebSocket(WebSocket<S>),
    Polling(&'a Polling, HttpConnection<'a>),
}

/// Waits until no transport is wanted.
async fn unwanted(shared: &Shared) {
    while shared.look(|state| state.session.wants_transport()) {
        shared.output().await;
    }
}

/// Lets a transport carry the session until one of them ends.
async fn carry<S, F>(shared: &Shared, opened: Opened<'_, S>, dial: &mut impl FnMut(&Query) -> F)
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = Result<WebSocket<S>, Error>>,
{
    let transport = match &opened {
        Opened::WebSocket(_) => Transport::WebSocket,
        Opened::Polling(..) => Transport::Polling,
    };
    if !shared.change(|state, now| state.opened(transport, now)) {
        return;
    }
    let socket = match opened {
        Opened::WebSocket(socket) => Some(socket),
        Opened::Polling(polling, connection) => {
            // Boxed, so that a session over a WebSocket does not keep room for it.
            Box::pin(polling::carry(shared, polling, connection, dial)).await
        }
    };
    if let Some(socket) = socket {
        carry_over(shared, socket).await;
    }
    shared.change(|state, _| state.dropped());
}

/// Lets a WebSocket carry the session until one of them ends.
async fn carry_over<S: AsyncRead + AsyncWrite + Unpin>(shared: &Shared, socket: WebSocket<S>) {
    let (mut writer, mut reader) = socket.split();
    let reason = tokio::select! {
        reason = read(shared, &mut reader) => Some(reason),
        written = write(shared, &mut writer) => written.err().map(|_| DisconnectReason::TransportLost),
        () = shared.lost() => None,
    };
    if let Some(reason) = reason {
        shared.change(|state, now| state.ended(reason, now));
    } else if !shared.look(|state| state.is_lost()) {
        // The session has ended, so there is nobody to tell how the closing handshake went.
        let _ = reader.close(CloseCode::NORMAL, "").await;
    }
}

/// Returns how the transport ended.
async fn read<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    reader: &mut ReadHalf<S>,
) -> DisconnectReason {
    loop {
        shared.inbox_room().await;
        match reader.read().await {
            Ok(Some(message)) => {
                let packet = packet(message);
                shared.change(|state, now| state.receive(Transport::WebSocket, packet, now));
            }
            Ok(None) => return DisconnectReason::TransportClosed,
            Err(_) => return DisconnectReason::TransportLost,
        }
    }
}

/// Returns the packet of a WebSocket message.
pub(super) fn packet(message: Message<'_>) -> Result<Packet<'_>, PacketError> {
    match message {
        Message::Text(text) => Packet::parse(text),
        Message::Binary(bytes) => Ok(Packet::from(bytes)),
    }
}

/// Writes until the session needs the transport no more.
async fn write<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    writer: &mut WriteHalf<S>,
) -> Result<(), Error> {
    loop {
        while let Some(packet) = shared.next_packet() {
            match &packet {
                EncodedPacket::Text(text) => writer.feed(&**text).await?,
                EncodedPacket::Binary(bytes) => writer.feed(&**bytes).await?,
            }
        }
        writer.flush().await?;
        if !shared.look(|state| state.session.uses(Transport::WebSocket)) {
            return Ok(());
        }
        shared.output().await;
    }
}
