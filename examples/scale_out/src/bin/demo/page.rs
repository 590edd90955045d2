use std::{io, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, ORIGIN},
    },
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use crate::{
    assets::{FILES, POLICY},
    fleet::{Fleet, Status},
};

type Shared = State<Arc<Fleet>>;

/// The page, and what its buttons do.
pub(crate) fn routes(fleet: &Arc<Fleet>, origin: &str) -> Router {
    let origin: Arc<str> = origin.into();
    let buttons = Router::new()
        .route("/nodes/{node}/kill", post(kill))
        .route("/nodes/{node}/drain", post(drain))
        .route("/redis/restart", post(restart))
        .route("/redis/flush", post(flush))
        .layer(from_fn_with_state(origin, only_our_page));
    let mut routes = Router::new().route("/nodes", get(nodes)).merge(buttons);
    for (path, kind, text) in FILES {
        let headers = [(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, POLICY)];
        routes = routes.route(path, get((headers, text)));
    }
    routes.with_state(Arc::clone(fleet))
}

/// Any page can send a POST to this machine, but only with its own `Origin`.
async fn only_our_page(State(origin): State<Arc<str>>, request: Request, next: Next) -> Response {
    let is_ours =
        request.headers().get(ORIGIN).map(HeaderValue::as_bytes) == Some(origin.as_bytes());
    if is_ours { next.run(request).await } else { StatusCode::FORBIDDEN.into_response() }
}

async fn nodes(State(fleet): Shared) -> Json<Vec<Status>> {
    Json(fleet.status())
}

async fn kill(State(fleet): Shared, Path(node): Path<usize>) -> StatusCode {
    done(fleet.kill(node))
}

async fn drain(State(fleet): Shared, Path(node): Path<usize>) -> StatusCode {
    done(fleet.drain(node))
}

async fn restart(State(fleet): Shared) -> StatusCode {
    // Starting Redis takes a moment, in which this thread must not wait.
    let restarted = tokio::task::spawn_blocking(move || fleet.restart_redis()).await;
    done(restarted.map_err(io::Error::other).flatten().map(|()| true))
}

async fn flush(State(fleet): Shared) -> StatusCode {
    done(flush_redis(fleet.redis_url()).await.map_err(io::Error::other).map(|()| true))
}

async fn flush_redis(url: Option<String>) -> redis::RedisResult<()> {
    let Some(url) = url else { return Ok(()) };
    let mut connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    redis::cmd("FLUSHALL").query_async(&mut connection).await
}

fn done(done: io::Result<bool>) -> StatusCode {
    match done {
        Ok(true) => StatusCode::NO_CONTENT,
        Ok(false) => StatusCode::NOT_FOUND,
        Err(error) => {
            eprintln!("{error}");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}
