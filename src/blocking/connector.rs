use alloc::{string::String, sync::Arc};
use std::io::{Read, Write};
#[cfg(feature = "url")]
use std::net::TcpStream;

#[cfg(feature = "url")]
use super::dial::{dial, tunnel};
use super::{SocketOf, WebSocket, countdown::Countdown, opening::Opening};
use crate::{
    connection::Connection,
    error::Error,
    handshake::client::Accepted,
    opening::client::{Terms, connector_settings},
    options::Options,
    parsed::Parsed,
};
#[cfg(feature = "url")]
use crate::{
    redirects::Redirects,
    url::{Endpoint, UrlError},
};

/// Makes upgrade requests: the client's side of the opening handshake (RFC 6455 4.1).
///
/// ```no_run
/// use sansocket::blocking::Connector;
///
/// # #[cfg(feature = "url")]
/// # fn connect() -> Result<(), sansocket::Error> {
/// let mut socket = Connector::new()
///     .subprotocol("chat.v1")
///     .header("Authorization", "Bearer 0123")
///     .connect("ws://127.0.0.1:9001/chat")?;
/// assert_eq!(socket.subprotocol(), Some("chat.v1"));
/// # Ok(())
/// # }
/// ```
///
/// RFC 6455 4.1 wants a client to open one connection at a time to an address. A connector does not
/// see to that: a program that opens several to one address, be it from several threads, opens one
/// after the other.
#[derive(Clone, Debug, Default)]
pub struct Connector {
    terms: Arc<Terms>,
}

impl Connector {
    connector_settings!();

    /// Connects to a `ws://` URL over TCP; of the addresses of a host, the first one that answers
    /// is taken. Small writes are not delayed. `http://` means the same.
    ///
    /// The limit of [`Options::handshake_timeout`] holds for all of it: proxies, redirects and the
    /// upgrade, though not for how long the system takes to resolve a name.
    ///
    /// A user name and a password in the URL are sent as an `Authorization`, unless that is among
    /// the [headers](Self::header).
    ///
    /// For `wss://`, make the TLS stream yourself, a `TlsStream` say, and use
    /// [`connect_over`](Self::connect_over).
    ///
    /// # Errors
    ///
    /// The URL cannot be connected to, or the handshake failed: what the server or a proxy has
    /// answered is in the error.
    #[cfg(feature = "url")]
    pub fn connect(&self, url: &str) -> Result<WebSocket<TcpStream>, Error> {
        let countdown = self.countdown();
        let mut redirects = Redirects::new(Endpoint::parse(url)?, self.terms.max_redirects);
        loop {
            match self.connect_to(&redirects, countdown) {
                Err(failure) => redirects.follow(failure)?,
                opened => return opened,
            }
        }
    }

    /// Connects to where redirects have led so far.
    #[cfg(feature = "url")]
    fn connect_to(
        &self,
        redirects: &Redirects,
        countdown: Countdown,
    ) -> Result<WebSocket<TcpStream>, Error> {
        let endpoint = redirects.endpoint();
        if endpoint.is_secure {
            return Err(UrlError::Tls.into());
        }
        let terms = Arc::new(self.terms.at(redirects));
        let opening = match terms.proxies.choose_for(endpoint) {
            None => dial(&endpoint.host, endpoint.port, countdown, &terms.options)?,
            Some(proxy) => tunnel(proxy, endpoint, countdown, &terms.options)?,
        };
        Ok(Self { terms }.open(opening, &endpoint.authority, &endpoint.target)?.0)
    }

    /// Does the handshake over any stream, and returns the response as well.
    ///
    /// `host` is what the `Host` header says: a name or address, and the port if it is not the
    /// scheme's default. `target` is the path with the query. `socket` says where the stream's
    /// socket is, see [`WebSocket::with_socket`].
    ///
    /// # Errors
    ///
    /// The handshake failed, or the stream did.
    pub fn connect_over<S: Read + Write>(
        &self,
        stream: S,
        socket: Option<SocketOf<S>>,
        host: &str,
        target: &str,
    ) -> Result<(WebSocket<S>, Accepted), Error> {
        let opening = Opening::new(stream, socket, self.countdown(), &self.terms.options)?;
        self.open(opening, host, target)
    }

    fn open<S: Read + Write>(
        &self,
        mut opening: Opening<S>,
        host: &str,
        target: &str,
    ) -> Result<(WebSocket<S>, Accepted), Error> {
        match self.negotiate(&mut opening, host, target) {
            Ok((connection, accepted)) => {
                let options = &self.terms.options;
                let socket = opening.finish(connection, accepted.subprotocol(), options)?;
                Ok((socket, accepted))
            }
            Err(error) => {
                opening.end();
                Err(error)
            }
        }
    }

    fn negotiate<S: Read + Write>(
        &self,
        opening: &mut Opening<S>,
        host: &str,
        target: &str,
    ) -> Result<(Connection, Accepted), Error> {
        let mut awaiting = self.terms.queue_request(host, target, opening.out())?;
        opening.flush()?;
        let accepted = loop {
            match self.terms.parse(&mut awaiting, opening.input())? {
                Parsed::Complete { value, consumed } => {
                    opening.consume(consumed);
                    break value;
                }
                Parsed::Partial { .. } => opening.read_or(|input| awaiting.parse_eof(input))?,
            }
        };
        Ok((self.terms.connection(&accepted)?, accepted))
    }

    fn countdown(&self) -> Countdown {
        Countdown::start(self.terms.options.handshake_timeout)
    }
}
