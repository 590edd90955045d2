//! The servers under test: `/chat` echoes, and `/` is an ordinary page.

use std::convert::Infallible;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sansocket::blocking::{Connector, WebSocket};
use sansocket::handshake::OriginPolicy;
use sansocket::handshake::client::Accepted;
use sansocket::tokio::Acceptor;
use sansocket::upgrade::{self, WebSocketUpgrade};
use sansocket::{Error, Options};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// How long a test waits for something that must arrive, so that it ends even if it does not.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const PAGE: &str = "a page like any other\n";

/// The settings of an acceptor of either kind.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) options: Options,
    pub(crate) origin_policy: OriginPolicy,
    pub(crate) subprotocols: &'static [&'static str],
    pub(crate) header: Option<(&'static str, &'static str)>,
}

pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    /// The server ends with it.
    _runtime: Runtime,
}

impl Server {
    fn start<F: Future<Output = ()> + Send + 'static>(
        name: &'static str,
        serve: impl FnOnce(TcpListener) -> F,
    ) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(serve(listener));
        Self { name, address, _runtime: runtime }
    }

    fn hyper(settings: Settings) -> Self {
        let mut acceptor =
            Acceptor::new().options(settings.options).origin_policy(settings.origin_policy);
        for name in settings.subprotocols {
            acceptor = acceptor.subprotocol(*name);
        }
        if let Some((name, value)) = settings.header {
            acceptor = acceptor.header(name, value);
        }
        Self::start("hyper", |listener| serve_hyper(listener, acceptor))
    }

    fn axum(settings: Settings) -> Self {
        let chat = async move |mut upgrade: WebSocketUpgrade| -> Response {
            upgrade = upgrade.options(settings.options).origin_policy(settings.origin_policy);
            for name in settings.subprotocols {
                upgrade = upgrade.subprotocol(*name);
            }
            if let Some((name, value)) = settings.header {
                upgrade = upgrade.header(name, value);
            }
            upgrade.on_upgrade(async |socket| echo(socket).await.unwrap())
        };
        let routes = Router::new().route("/", get(PAGE)).route("/chat", axum::routing::any(chat));
        Self::start("axum", async |listener| axum::serve(listener, routes).await.unwrap())
    }

    /// A stream to the server.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// A client that has asked for `/chat`.
    pub(crate) fn open(
        &self,
        connector: &Connector,
    ) -> Result<(WebSocket<TcpStream>, Accepted), Error> {
        let host = self.address.to_string();
        connector.connect_over(self.connect(), &host, "/chat")
    }
}

/// Runs a test with each of the servers.
pub(crate) fn each(settings: &Settings, test: impl Fn(&Server)) {
    for server in [Server::hyper(settings.clone()), Server::axum(settings.clone())] {
        println!("with {}", server.name);
        test(&server);
    }
}

async fn serve_hyper(listener: TcpListener, acceptor: Acceptor) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let acceptor = acceptor.clone();
        let service = service_fn(move |request| {
            let response = respond(&acceptor, request);
            async { Ok::<_, Infallible>(response) }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection.with_upgrades());
    }
}

fn respond(
    acceptor: &Acceptor,
    mut request: http::Request<Incoming>,
) -> http::Response<Full<Bytes>> {
    if request.uri().path() != "/chat" {
        return http::Response::new(PAGE.into());
    }
    match acceptor.upgrade(&mut request) {
        Ok((response, upgrading)) => {
            tokio::spawn(async { echo(upgrading.await.unwrap()).await.unwrap() });
            response
        }
        Err(error) => error.into(),
    }
}

async fn echo(mut socket: upgrade::WebSocket) -> Result<(), Error> {
    while let Some((message, mut writer)) = socket.read().await? {
        writer.send(message).await?;
    }
    Ok(())
}
