//! The async adapter with the interface of the blocking one, over TCP: every call runs a runtime
//! until it is done.

use std::net;

use sansocket::handshake::HandshakeError;
use sansocket::handshake::OriginPolicy;
use sansocket::handshake::client::Accepted;
use sansocket::handshake::server::{HttpRequest, Rejection};
use sansocket::{
    CloseCode, CloseInfo, Error, Options, OwnedMessage, ProxyRules, Sendable, tokio as adapter,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

#[derive(Debug)]
pub(crate) struct WebSocket<S> {
    socket: adapter::WebSocket<S>,
    runtime: Runtime,
}

/// A connection to a URL.
pub(crate) type Connected = WebSocket<adapter::ClientStream>;

#[derive(Clone, Debug)]
pub(crate) struct Acceptor(adapter::Acceptor);

#[derive(Clone, Debug)]
pub(crate) struct Connector(adapter::Connector);

pub(super) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn async_stream(stream: net::TcpStream) -> TcpStream {
    stream.set_nonblocking(true).unwrap();
    TcpStream::from_std(stream).unwrap()
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    pub(crate) fn subprotocol(&self) -> Option<&str> {
        self.socket.subprotocol()
    }

    pub(crate) fn recv(&mut self) -> Result<Option<OwnedMessage>, Error> {
        self.runtime.block_on(self.socket.recv())
    }

    pub(crate) fn send(&mut self, message: impl Sendable) -> Result<(), Error> {
        self.runtime.block_on(self.socket.send(message))
    }

    pub(crate) fn close(&mut self, code: CloseCode, reason: &str) -> Result<CloseInfo, Error> {
        self.runtime.block_on(self.socket.close(code, reason))
    }
}

impl Acceptor {
    pub(crate) fn new() -> Self {
        Self(adapter::Acceptor::new())
    }

    pub(crate) fn options(self, options: Options) -> Self {
        Self(self.0.options(options))
    }

    pub(crate) fn origin_policy(self, origin_policy: OriginPolicy) -> Self {
        Self(self.0.origin_policy(origin_policy))
    }

    pub(crate) fn subprotocol(self, name: &str) -> Self {
        Self(self.0.subprotocol(name))
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub(crate) fn accept(&self, stream: net::TcpStream) -> Result<WebSocket<TcpStream>, Error> {
        let runtime = runtime();
        let socket = runtime.block_on(async { self.0.accept(async_stream(stream)).await })?;
        Ok(WebSocket { socket, runtime })
    }

    pub(crate) fn receive(&self, stream: net::TcpStream) -> Result<Received, Error> {
        let runtime = runtime();
        let received = runtime.block_on(async { self.0.receive(async_stream(stream)).await })?;
        Ok(Received { received, runtime })
    }
}

/// A request that was received.
pub(crate) struct Received {
    received: adapter::Received<TcpStream>,
    runtime: Runtime,
}

impl Received {
    pub(crate) fn request(&self) -> Result<HttpRequest<'_>, HandshakeError> {
        self.received.request()
    }

    pub(crate) fn subprotocol(self, name: &str) -> Self {
        Self { received: self.received.subprotocol(name), ..self }
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self { received: self.received.header(name, value), ..self }
    }

    pub(crate) fn accept(self) -> Result<WebSocket<TcpStream>, Error> {
        let socket = self.runtime.block_on(self.received.accept())?;
        Ok(WebSocket { socket, runtime: self.runtime })
    }

    pub(crate) fn reject(self, rejection: Rejection) -> Result<(), Error> {
        self.runtime.block_on(self.received.reject(rejection))
    }
}

impl Connector {
    pub(crate) fn new() -> Self {
        Self(adapter::Connector::new())
    }

    pub(crate) fn options(self, options: Options) -> Self {
        Self(self.0.options(options))
    }

    pub(crate) fn origin(self, origin: &str) -> Self {
        Self(self.0.origin(origin))
    }

    pub(crate) fn subprotocol(self, name: &str) -> Self {
        Self(self.0.subprotocol(name))
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub(crate) fn max_redirects(self, max_redirects: usize) -> Self {
        Self(self.0.max_redirects(max_redirects))
    }

    pub(crate) fn redirects_to_other_hosts(self, allowed: bool) -> Self {
        Self(self.0.redirects_to_other_hosts(allowed))
    }

    pub(crate) fn proxies(self, proxies: impl Into<ProxyRules>) -> Self {
        Self(self.0.proxies(proxies))
    }

    pub(crate) fn connect(&self, url: &str) -> Result<Connected, Error> {
        let runtime = runtime();
        let socket = runtime.block_on(self.0.connect(url))?.0;
        Ok(WebSocket { socket, runtime })
    }
}

/// Does the handshake over a stream that is already connected.
pub(crate) fn connect_over(
    connector: &Connector,
    stream: net::TcpStream,
    host: &str,
    target: &str,
) -> Result<(WebSocket<TcpStream>, Accepted), Error> {
    let runtime = runtime();
    let (socket, accepted) = runtime
        .block_on(async { connector.0.connect_over(async_stream(stream), host, target).await })?;
    Ok((WebSocket { socket, runtime }, accepted))
}
