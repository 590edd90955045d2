//! The adapters, over real sockets, and over streams that log calls, shorten them, wait, or fail.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[path = "../allocations/mod.rs"]
mod allocations;
mod faulty;
mod flood;
mod peer;
mod script;
mod session;
#[cfg(feature = "rustls")]
#[path = "../tls_configs/mod.rs"]
mod tls_configs;
#[path = "../wire/mod.rs"]
mod wire;

mod accepting;
mod apart;
mod batching;
mod chunks;
mod closing;
mod connecting;
#[cfg(feature = "deflate")]
mod declined;
mod dropped_half;
mod errors;
mod failing;
mod faults;
mod fed;
mod handshake_faults;
mod hostile;
mod kept;
mod panicking;
mod progress;
mod proxies;
mod received;
mod redirects;
mod refusals;
mod slow_reader;
mod split;
mod tcp_options;
#[cfg(feature = "rustls")]
mod tls;
#[cfg(feature = "net")]
mod tokio;
#[cfg(not(feature = "rustls"))]
mod without_tls;
#[cfg(feature = "rustls")]
mod wss;

/// What the tests for every adapter need from the blocking one.
mod adapter {
    use std::io::ErrorKind;

    pub(crate) use sansocket::blocking::WebSocket;
    use sansocket::blocking::{Acceptor, Connector};
    use sansocket::connection::{Connection, Timeouts};
    use sansocket::{Error, Options};

    use crate::faulty::Faulty;
    use crate::script::Script;

    /// The error kinds of calls that can be repeated, since the stream does not block or has a
    /// timeout set by the application.
    pub(crate) const RETRY: &[ErrorKind] = &[ErrorKind::WouldBlock, ErrorKind::TimedOut];

    /// Options without timeouts.
    pub(crate) fn options() -> Options {
        let timeouts = Timeouts::default().ping_interval(None);
        Options::default().timeouts(timeouts).write_timeout(None)
    }

    pub(crate) fn open(stream: Faulty, connection: Connection) -> WebSocket<Faulty> {
        WebSocket::from_upgraded(stream, connection, Vec::new(), &options())
    }

    /// Makes timeouts work.
    pub(crate) fn limited(socket: WebSocket<Script>) -> WebSocket<Script> {
        let mut parts = socket.into_parts();
        parts.stream = parts.stream.timed();
        WebSocket::from_parts(parts, &options())
    }

    /// Returns whether nothing more can be sent once the connection is taken apart.
    pub(crate) fn ends_apart(socket: WebSocket<Script>) -> bool {
        let parts = socket.into_parts();
        parts.connection.sender.is_closed() && parts.write_buffer.unwritten().is_empty()
    }

    pub(crate) fn connect(stream: Faulty) -> Result<WebSocket<Faulty>, Error> {
        let connector = Connector::new().options(options());
        Ok(connector.connect_over(stream, "localhost", "/")?.0)
    }

    pub(crate) fn accept(stream: Faulty) -> Result<WebSocket<Faulty>, Error> {
        let acceptor = Acceptor::new().options(options());
        acceptor.accept_over(stream)
    }
}

/// The same for tests over TCP.
mod sockets {
    use std::net::TcpStream;

    pub(crate) use sansocket::blocking::Acceptor;
    use sansocket::blocking::{self, ClientStream, WebSocket};
    use sansocket::handshake::client::Accepted;
    use sansocket::{Error, Options, ProxyRules};

    /// A connection to a URL.
    pub(crate) type Connected = WebSocket<ClientStream>;

    /// A connector that does not return the response.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct Connector(blocking::Connector);

    impl Connector {
        pub(crate) fn new() -> Self {
            Self::default()
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
            Ok(self.0.connect(url)?.0)
        }
    }

    /// Does the handshake over a stream that is already connected.
    pub(crate) fn connect_over(
        connector: &Connector,
        stream: TcpStream,
        host: &str,
        target: &str,
    ) -> Result<(WebSocket<TcpStream>, Accepted), Error> {
        connector.0.connect_over(stream, host, target)
    }
}
