use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};
use core::future::Future;

use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use http_body::Body;
use sansocket::{Limits, Options, OriginPolicy, Timeouts, tokio::Acceptor, upgrade::Upgrading};

use super::{
    Server, access::Access, connection::Connection, ids::unpredictable_id, polling, web_socket,
};
use crate::{
    engine_io::{Query, Rejection, Transport},
    session::DisconnectReason,
};

impl Server {
    /// Answers a request for Socket.IO: a poll, an upgrade, or a preflight of CORS. The future of a poll
    /// waits until there is something to deliver.
    ///
    /// The path of the request is not looked at: clients ask for `/socket.io/`, unless they are told
    /// otherwise. The HTTP server must serve connections with upgrades enabled, and limit the size of the
    /// head and the time that it may take. The size of a body is limited here.
    ///
    /// A session keeps the extensions of the request that opened it, for [`Handshake`](super::Handshake).
    /// Among them, axum's `OriginalUri` keeps hyper's read buffer in memory, some 8 KiB for each client:
    /// remove it before, or leave axum's feature `original-uri` off.
    ///
    /// The documentation of the [module](super) has examples with axum and hyper.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, as HTTP servers do when the client has gone, the request is lost, and
    /// with a poll or a POST its session.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime whose timers are enabled.
    pub fn respond<B: Body>(
        &self,
        request: Request<B>,
    ) -> impl Future<Output = Response<String>> + use<B> {
        let server = self.clone();
        async move {
            let Some(mut headers) = server.access().check(&request) else {
                return rejected(Rejection::Forbidden);
            };
            let mut response = if request.method() == Method::OPTIONS {
                Access::allow_preflight(&request, &mut headers);
                text(StatusCode::NO_CONTENT, "")
            } else {
                server.answer(request).await
            };
            response.headers_mut().extend(headers);
            response
        }
    }

    async fn answer<B: Body>(&self, request: Request<B>) -> Response<String> {
        let Query { transport, sid } = match Query::parse(request.uri().query().unwrap_or_default())
        {
            Ok(query) => query,
            Err(rejection) => return rejected(rejection),
        };
        let connection = match sid.map(|sid| self.find_connection(&sid)) {
            None => None,
            Some(None) => return rejected(Rejection::UnknownSid),
            Some(found) => found,
        };
        match (transport, request.method(), connection) {
            (Transport::WebSocket, &Method::GET, None) => self.open_web_socket(request),
            (Transport::WebSocket, &Method::GET, Some(connection)) => {
                self.upgrade(request, connection)
            }
            (Transport::Polling, &Method::GET, None) => self.open_polling(request).await,
            (Transport::Polling, &Method::GET, Some(connection)) => polling::get(&connection).await,
            (Transport::Polling, &Method::POST, Some(connection)) => {
                polling::post(&connection, request.into_body()).await
            }
            (_, _, None) => rejected(Rejection::BadHandshakeMethod),
            (_, _, Some(_)) => rejected(Rejection::BadRequest),
        }
    }

    async fn open_polling<B>(&self, request: Request<B>) -> Response<String> {
        let connection = match self.open(request, Transport::Polling) {
            Ok(connection) => connection,
            Err(response) => return *response,
        };
        let timed = Arc::clone(&connection);
        self.spawn(async move { timed.keep_time().await });
        polling::get(&connection).await
    }

    fn open_web_socket<B>(&self, mut request: Request<B>) -> Response<String> {
        let (response, upgrading) = match self.accept_upgrade(&mut request) {
            Ok(accepted) => accepted,
            Err(response) => return *response,
        };
        let connection = match self.open(request, Transport::WebSocket) {
            Ok(connection) => connection,
            Err(response) => return *response,
        };
        self.spawn(async move {
            tokio::join!(connection.keep_time(), serve(&connection, upgrading));
        });
        response
    }

    fn upgrade<B>(&self, mut request: Request<B>, connection: Arc<Connection>) -> Response<String> {
        let (response, upgrading) = match self.accept_upgrade(&mut request) {
            Ok(accepted) => accepted,
            Err(response) => return *response,
        };
        match connection.update(|session, now| session.begin_upgrade(now)) {
            Ok(()) => {
                self.spawn(async move { serve(&connection, upgrading).await });
                response
            }
            Err(rejection) => rejected(rejection),
        }
    }

    fn open<B>(
        &self,
        request: Request<B>,
        transport: Transport,
    ) -> Result<Arc<Connection>, Box<Response<String>>> {
        let unavailable = |reason| Box::new(text(StatusCode::SERVICE_UNAVAILABLE, reason));
        let sid = unpredictable_id()
            .map_err(|_| unavailable("the operating system has no random numbers\n"))?;
        let opening = request.into_parts().0.into();
        let connection = Connection::new(self, sid, opening, transport);
        match self.add_connection(&connection) {
            true => Ok(connection),
            false => Err(unavailable("the server takes no more connections\n")),
        }
    }

    /// Returns the response that accepts an upgrade, with the future of its WebSocket, or the one that
    /// refuses it.
    fn accept_upgrade<B>(
        &self,
        request: &mut Request<B>,
    ) -> Result<(Response<String>, Upgrading), Box<Response<String>>> {
        let max_len = u64::try_from(self.settings().max_payload).unwrap_or(u64::MAX);
        let options = Options::default()
            .limits(Limits::default().max_message_len(max_len))
            // Socket.IO has its own heartbeat.
            .timeouts(Timeouts::default().ping_interval(None));
        // The origin was checked before.
        let acceptor = Acceptor::new().options(options).origin_policy(OriginPolicy::Any);
        acceptor.upgrade(request).map_err(|error| {
            let response: Response<Vec<u8>> = error.into();
            Box::new(response.map(|body| String::from_utf8_lossy(&body).into_owned()))
        })
    }
}

async fn serve(connection: &Arc<Connection>, upgrading: Upgrading) {
    match upgrading.await {
        Ok(socket) => web_socket::serve(connection, socket).await,
        Err(_) => connection.update(|session, _| {
            session.lost(Transport::WebSocket, DisconnectReason::TransportLost);
        }),
    }
}

pub(super) fn text(status: StatusCode, body: impl Into<String>) -> Response<String> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=UTF-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

pub(super) fn rejected(rejection: Rejection) -> Response<String> {
    let status = StatusCode::from_u16(rejection.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = text(status, rejection.body());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
