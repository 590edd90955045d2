use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use sansocket::{
    Limits, Options, OriginPolicy, handshake::HandshakeError, upgrade::WebSocketUpgrade,
};
use scale_out::protocol::Name;
use serde::Deserialize;
use tokio::{net::TcpListener, time::sleep};

use crate::{connection, hub::Hub};

/// The longest message in bytes, since everybody in a room gets it, and Redis keeps it.
const MAX_MESSAGE: u64 = 16 << 10;
/// How many bytes may wait for a connection before its cursor stays where it is.
const HIGH_WATER_MARK: usize = 16 << 10;
/// The timeout for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

struct Served {
    hub: Arc<Hub>,
    origins: Vec<String>,
}

/// The query of the URL of a socket.
#[derive(Deserialize)]
struct Login {
    client: Name,
    user: Name,
}

/// Accepts connections for ever.
pub(crate) async fn accept(listener: &TcpListener, hub: &Arc<Hub>, origins: &[String]) {
    let served = Served { hub: Arc::clone(hub), origins: origins.to_vec() };
    let routes = Router::new()
        .route("/socket", get(socket))
        .route("/health", get(health))
        .with_state(Arc::new(served));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Probably out of descriptors: connections that end will free some.
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        // Without this, a small message waits for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes.clone()))
            .with_upgrades();
        // An error is a client that has gone.
        tokio::spawn(async move { drop(connection.await) });
    }
}

async fn health(State(served): State<Arc<Served>>) -> Response {
    if served.hub.is_healthy() {
        (StatusCode::OK, "the subscription is alive\n").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "draining, or no subscription\n").into_response()
    }
}

async fn socket(
    State(served): State<Arc<Served>>,
    Query(Login { client, user }): Query<Login>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, HandshakeError> {
    if served.hub.is_draining() {
        return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    let limits = Limits::default().max_message_len(MAX_MESSAGE).high_water_mark(HIGH_WATER_MARK);
    let policy = OriginPolicy::List(served.origins.clone());
    let upgrade = upgrade.options(Options::default().limits(limits)).origin_policy(policy);
    Ok(upgrade.on_upgrade(async move |socket| {
        let reader = served.hub.connect(user);
        // A client that has gone is no news: it comes back, here or elsewhere.
        let _ = connection::serve(socket, &reader, &client).await;
    }))
}
