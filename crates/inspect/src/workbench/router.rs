use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use sansocket::{
    Limits, Options,
    handshake::{HandshakeError, OriginPolicy},
    upgrade::WebSocketUpgrade,
};

use super::{
    assets::{self, Asset},
    command,
    gate::Gate,
    session,
};

/// Nothing but what this program serves, and no frame of another page around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Returns the service of the page, its files and its session.
pub(super) fn router(gate: Gate) -> Router {
    let mut router = Router::new().route("/session", get(open_session));
    for asset in assets::ALL {
        router = router.route(asset.path, get(move || serve(asset)));
    }
    router.layer(middleware::from_fn_with_state(gate, guard))
}

async fn serve(asset: &'static Asset) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, asset.kind)], asset.text)
}

/// Refuses what a page of another site may have sent.
async fn guard(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let mut response = if gate.admits(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "only the workbench's own page may ask\n").into_response()
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    response
}

async fn open_session(upgrade: Result<WebSocketUpgrade, HandshakeError>) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(error) => return error.into_response(),
    };
    let limits = Limits::default().max_message_len(command::MAX_LEN);
    upgrade
        // The gate has compared it with the host, and refuses its absence too.
        .origin_policy(OriginPolicy::Any)
        .options(Options::default().limits(limits))
        .on_upgrade(session::serve)
}
