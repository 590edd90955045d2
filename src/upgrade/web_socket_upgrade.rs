use alloc::{boxed::Box, string::String, sync::Arc};
use core::{fmt, future::Future};

use ::http::request::Parts;
use ::hyper::upgrade::OnUpgrade;
use axum_core::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};

use super::upgrading::{Upgraded, Upgrading, accept, take_upgrade};
use crate::{
    adapter::{
        Error, Log, Options,
        server_settings::{ServerSettings, acceptor_settings},
    },
    handshake::{HandshakeError, OriginPolicy, server},
    tokio::WebSocket,
};

/// An extractor for axum: a valid upgrade request over HTTP/1.1 (RFC 6455 4.2.1).
///
/// Any other request gets a response with the reason before the handler is called. A handler that
/// serves other requests too takes a `Result<WebSocketUpgrade, HandshakeError>`. To reject a
/// client, return another response.
///
/// ```no_run
/// use axum::{Router, response::Response, routing::any};
/// use sansocket::upgrade::WebSocketUpgrade;
///
/// async fn echo(upgrade: WebSocketUpgrade) -> Response {
///     upgrade.subprotocol("echo.v1").on_upgrade(|mut socket| async move {
///         while let Ok(Some(message)) = socket.recv().await {
///             if socket.feed(message).await.is_err() {
///                 break;
///             }
///         }
///     })
/// }
///
/// # async fn run(listener: tokio::net::TcpListener) -> std::io::Result<()> {
/// let routes = Router::new().route("/echo", any(echo));
/// axum::serve(listener, routes).await
/// # }
/// ```
///
/// axum reads the head, with its own limits. Its listeners do not set `TCP_NODELAY` unless asked
/// to: see `axum::serve::ListenerExt`.
///
/// `axum::serve` has **no timeout for the head**: a client that sends half a head holds its
/// connection for ever, and blocks a graceful shutdown too. On a public port, serve the router with
/// hyper's `http1::Builder`, a `timer` and a `header_read_timeout`, or behind a proxy with such a
/// timeout. The example `axum_chat` does the former, and shuts down gracefully.
pub struct WebSocketUpgrade {
    on_upgrade: OnUpgrade,
    response: server::Response,
    settings: Arc<ServerSettings>,
    on_failed_upgrade: Option<Box<dyn FnOnce(Error) + Send>>,
    log: Log,
}

impl WebSocketUpgrade {
    acceptor_settings!();

    /// Returns the subprotocols that the client offers, in order of preference.
    pub fn offered_subprotocols(&self) -> impl Iterator<Item = &str> {
        self.response.offered_subprotocols()
    }

    /// Calls `callback` if the connection is not opened. By default, nothing is called.
    ///
    /// Either the request is rejected, because its origin may not connect or a setting here must not be
    /// sent. Or hyper cannot hand over the connection after the response was returned, most likely
    /// because it has ended.
    #[must_use]
    pub fn on_failed_upgrade(mut self, callback: impl FnOnce(Error) + Send + 'static) -> Self {
        self.on_failed_upgrade = Some(Box::new(callback));
        self
    }

    /// Accepts the request: returns the response, and serves the connection in a separate task.
    ///
    /// The response is a rejection if pages of the request's origin may not connect, or if a
    /// setting made here is invalid.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    pub fn on_upgrade<C, F>(self, callback: C) -> Response
    where
        C: FnOnce(WebSocket<Upgraded>) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let Self { on_upgrade, response, settings, on_failed_upgrade, log } = self;
        let response = settings.apply(response);
        let begun = Upgrading::begin(on_upgrade, &response, settings, log.clone());
        let (response, upgrading) = match log.rejected(begun) {
            Ok(answer) => answer,
            Err(error) => {
                if let Some(on_failed_upgrade) = on_failed_upgrade {
                    on_failed_upgrade(error.clone().into());
                }
                return error.into_response();
            }
        };
        ::tokio::spawn(async move {
            match upgrading.await {
                Ok(socket) => callback(socket).await,
                Err(error) => {
                    if let Some(on_failed_upgrade) = on_failed_upgrade {
                        on_failed_upgrade(error);
                    }
                }
            }
        });
        response
    }
}

impl<S: Sync> FromRequestParts<S> for WebSocketUpgrade {
    type Rejection = HandshakeError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, HandshakeError> {
        let log = Log::server(|| None);
        let response = log.rejected(accept(&*parts, &log))?;
        let on_upgrade = log.rejected(take_upgrade(&mut parts.extensions))?;
        let settings = Arc::default();
        Ok(Self { on_upgrade, response, settings, on_failed_upgrade: None, log })
    }
}

impl fmt::Debug for WebSocketUpgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketUpgrade")
            .field("response", &self.response)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Returns the response with the reason, see [`Rejection`](server::Rejection).
impl IntoResponse for HandshakeError {
    fn into_response(self) -> Response {
        ::http::Response::<Body>::from(self)
    }
}
