use alloc::{string::String, sync::Arc};
use core::{future::poll_fn, pin::Pin, pin::pin};

use bytes::Buf as _;
use http::{Response, StatusCode};
use http_body::Body;

use super::{
    connection::Connection,
    respond::{rejected, text},
};
use crate::{
    engine_io::{Limits, PacketError, PayloadDecoder, Rejection, Transport},
    session::{DisconnectReason, ServerSession},
};

/// Answers a GET once there is something to deliver.
pub(super) async fn get(connection: &Arc<Connection>) -> Response<String> {
    if let Err(rejection) = connection.update(|session, _| session.begin_poll()) {
        return rejected(rejection);
    }
    let unanswered = Unanswered::new(connection, |session| {
        session.lost(Transport::Polling, DisconnectReason::TransportLost);
    });
    let payload = loop {
        match connection.take(ServerSession::next_payload) {
            Some(payload) => break payload,
            None => connection.poll_ready().await,
        }
    };
    unanswered.answered();
    text(StatusCode::OK, payload)
}

/// Takes the packets in the body of a POST.
pub(super) async fn post<B: Body>(connection: &Arc<Connection>, body: B) -> Response<String> {
    if let Err(rejection) = connection.update(|session, _| session.begin_post()) {
        return rejected(rejection);
    }
    // The client may still wait for the answer to a poll.
    let unanswered = Unanswered::new(connection, |session| {
        session.end_post();
        session.fail(DisconnectReason::TransportLost);
    });
    let body = pin!(body);
    let read = tokio::select! {

        read = read(connection, body) => read,
        // A client may take for ever.
        () = connection.ended() => return rejected(Rejection::UnknownSid),
    };
    match read {
        Ok(()) => {
            unanswered.answered();
            connection.update(|session, _| session.end_post());
            text(StatusCode::OK, "ok")
        }
        // The session is lost, with the request.
        Err(ReadError::Body) => rejected(Rejection::BadRequest),
        Err(ReadError::Packet(error)) => {
            unanswered.answered();
            let is_too_long = matches!(
                error,
                PacketError::PacketTooLong { .. } | PacketError::PayloadTooLong { .. }
            );
            connection.receive(Transport::Polling, Err(error), 0);
            match is_too_long {
                true => text(StatusCode::PAYLOAD_TOO_LARGE, "the payload is too long\n"),
                false => rejected(Rejection::BadRequest),
            }
        }
    }
}

enum ReadError {
    /// The request ended before its body did.
    Body,
    Packet(PacketError),
}

async fn read<B: Body>(
    connection: &Arc<Connection>,
    mut body: Pin<&mut B>,
) -> Result<(), ReadError> {
    let max = connection.server().settings().max_payload;
    let mut limits = Limits::default();
    (limits.max_packet_len, limits.max_payload_len) = (max, max);
    let mut decoder = PayloadDecoder::new(&limits);
    let mut packet_len: usize = 0;
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|_| ReadError::Body)?;
        let Ok(mut data) = frame.into_data() else { continue };
        while data.has_remaining() {
            let chunk = data.chunk();
            let mut input = chunk;
            while !input.is_empty() {
                connection.backlog.room().await;
                let before = input.len();
                let packet = decoder.decode(&mut input).map_err(ReadError::Packet)?;
                packet_len = packet_len.saturating_add(before.saturating_sub(input.len()));
                if let Some(packet) = packet {
                    let len = core::mem::take(&mut packet_len);
                    connection.receive(Transport::Polling, Ok(packet), len);
                }
            }
            let len = chunk.len();
            data.advance(len);
        }
    }
    let packet = decoder.finish().map_err(ReadError::Packet)?;
    connection.receive(Transport::Polling, Ok(packet), packet_len);
    Ok(())
}

/// Ends the session if a request is dropped before it is answered: the client has gone, and what was on
/// its way may be lost.
struct Unanswered<'a> {
    connection: Option<&'a Arc<Connection>>,
    lose: fn(&mut ServerSession),
}

impl<'a> Unanswered<'a> {
    const fn new(connection: &'a Arc<Connection>, lose: fn(&mut ServerSession)) -> Self {
        Self { connection: Some(connection), lose }
    }

    fn answered(mut self) {
        self.connection = None;
    }
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection {
            connection.update(|session, _| (self.lose)(session));
        }
    }
}
