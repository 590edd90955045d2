//! The task of a client: it opens transports, and moves packets between them and the session.

use alloc::sync::Arc;
use core::future::Future;

use sansocket::{
    CloseCode, Error,
    tokio::{ReadHalf, WebSocket, WriteHalf},
};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{shared::Shared, state::State};
use crate::{
    engine_io::{EncodedPacket, Transport},
    session::DisconnectReason,
};

/// Runs until all handles are dropped, and what they emitted is sent.
pub(super) async fn run<S, F>(shared: Arc<Shared>, mut dial: impl FnMut() -> F)
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = Result<WebSocket<S>, Error>>,
{
    let _end = End(&shared);
    tokio::select! {
        () = shared.keep_time() => {}
        () = keep_connected(&shared, &mut dial) => {}
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

async fn keep_connected<S, F>(shared: &Shared, dial: &mut impl FnMut() -> F)
where
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
            dial().await
        };
        tokio::select! {
            opened = opening => match opened {
                Ok(socket) => carry(shared, socket).await,
                Err(error) => shared.change(|state, now| state.failed(error, now)),
            },
            () = unwanted(shared) => {}
        }
    }
}

/// Waits until no transport is wanted.
async fn unwanted(shared: &Shared) {
    while shared.look(|state| state.session.wants_transport()) {
        shared.output().await;
    }
}

/// Lets a WebSocket carry the session until one of them ends.
async fn carry<S: AsyncRead + AsyncWrite + Unpin>(shared: &Shared, socket: WebSocket<S>) {
    if !shared.change(State::opened) {
        return;
    }
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
    drop((reader, writer));
    shared.change(|state, _| state.dropped());
}

/// Returns how the transport ended.
async fn read<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    reader: &mut ReadHalf<S>,
) -> DisconnectReason {
    loop {
        shared.inbox_room().await;
        match reader.read().await {
            Ok(Some(message)) => shared.change(|state, now| state.receive(message, now)),
            Ok(None) => return DisconnectReason::TransportClosed,
            Err(_) => return DisconnectReason::TransportLost,
        }
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
