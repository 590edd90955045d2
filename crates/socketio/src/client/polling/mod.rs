//! HTTP long-polling: a GET waits for what the server has to send, while POSTs bring what the client
//! has. Each has an HTTP connection of its own, which is kept alive. A WebSocket may be tried out
//! meanwhile, which the session then moves to.

mod http_connection;
mod upgrade;

use alloc::string::String;
use core::{convert::Infallible, future::Future, pin::Pin};

use http::Method;
use hyper::body::{Body as _, Bytes, Incoming};
use sansocket::tokio::{Connector, WebSocket};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{TransportError, shared::Shared, state::State};
use crate::engine_io::{Limits, PayloadDecoder, Query, Transport};

pub(super) use http_connection::HttpConnection;

/// The settings of long-polling.
pub(super) struct Polling {
    pub(super) connector: Connector,
    /// The URL of the server, without the query of Engine.IO.
    pub(super) url: String,
    /// Whether a WebSocket is tried out.
    pub(super) upgrades: bool,
    /// The longest packet in a payload, in bytes.
    pub(super) max_packet_len: usize,
}

/// Lets requests carry the session until it ends or is upgraded. Returns the WebSocket that it was
/// upgraded to.
pub(super) async fn carry<S, F>(
    shared: &Shared,
    polling: &Polling,
    connection: HttpConnection<'_>,
    dial: &mut impl FnMut(&Query) -> F,
) -> Option<WebSocket<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = Result<WebSocket<S>, sansocket::Error>>,
{
    let mut web_socket = None;
    let ended = tokio::select! {
        ended = get(shared, polling, connection) => Some(ended),
        ended = post(shared, polling) => Some(ended),
        never = upgrade::run(shared, dial, &mut web_socket), if polling.upgrades => match never {},
        () = shared.when(is_over) => None,
    };
    if let Some(Err(error)) = ended {
        shared.change(|state, now| state.request_failed(error, now));
    }
    let is_upgraded = shared.look(|state| state.session.transport() == Some(Transport::WebSocket));
    web_socket.filter(|_| is_upgraded)
}

fn is_over(state: &mut State) -> Option<()> {
    (!state.session.uses(Transport::Polling)).then_some(())
}

/// Asks for what the server has to send, again and again.
async fn get(
    shared: &Shared,
    polling: &Polling,
    mut connection: HttpConnection<'_>,
) -> Result<Infallible, TransportError> {
    loop {
        shared.inbox_room().await;
        let query = shared.when(State::begin_poll).await;
        let body = connection.send(Method::GET, &query, String::new()).await?;
        receive(shared, polling, body).await?;
        shared.change(|state, _| state.session.end_poll());
    }
}

/// Takes the packets of a payload, as fast as the application takes them.
async fn receive(
    shared: &Shared,
    polling: &Polling,
    mut body: Incoming,
) -> Result<(), TransportError> {
    // However many packets come, only one is held here, and those that the application has not taken
    // are counted elsewhere.
    let (max_packet_len, max_payload_len, max_packets) =
        (polling.max_packet_len, usize::MAX, usize::MAX);
    let limits = Limits { max_packet_len, max_payload_len, max_packets };
    let mut decoder = PayloadDecoder::new(&limits);
    while let Some(chunk) = next_chunk(&mut body).await? {
        let mut input = &chunk[..];
        while !input.is_empty() {
            shared.inbox_room().await;
            let Some(packet) = decoder.decode(&mut input).transpose() else { continue };
            let is_valid = packet.is_ok();
            shared.change(|state, now| state.receive(Transport::Polling, packet, now));
            if !is_valid {
                return Ok(());
            }
        }
    }
    let packet = decoder.finish();
    shared.change(|state, now| state.receive(Transport::Polling, packet, now));
    Ok(())
}

/// Sends what there is to send, one request after the other.
async fn post(shared: &Shared, polling: &Polling) -> Result<Infallible, TransportError> {
    let (mut query, mut payload) = shared.next_payload().await;
    let mut connection = HttpConnection::open(&polling.connector, &polling.url).await?;
    loop {
        let mut body = connection.send(Method::POST, &query, payload).await?;
        // The connection is free for another request only then.
        while next_chunk(&mut body).await?.is_some() {}
        shared.change(|state, _| state.session.end_post());
        (query, payload) = shared.next_payload().await;
    }
}

/// Returns the next bytes of a body, `None` at its end.
async fn next_chunk(body: &mut Incoming) -> Result<Option<Bytes>, TransportError> {
    loop {
        let frame = core::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await;
        match frame.transpose().map_err(|error| TransportError::Request(error.into()))? {
            None => return Ok(None),
            Some(frame) => {
                // Trailers mean nothing here.
                if let Ok(chunk) = frame.into_data() {
                    return Ok(Some(chunk));
                }
            }
        }
    }
}
