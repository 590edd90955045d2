use alloc::{string::String, vec::Vec};
#[cfg(feature = "url")]
use core::time::Duration;
use std::io::{Read, Write};
#[cfg(feature = "url")]
use std::net::{TcpStream, ToSocketAddrs as _};

#[cfg(feature = "url")]
use super::link::is_timeout;
use super::{SocketOf, WebSocket, countdown::Countdown, opening::Opening};
use crate::{
    error::Error,
    frame::Status,
    handshake::client::{Accepted, Request},
    options::Options,
    random::{Random, Seed},
};
#[cfg(feature = "url")]
use crate::{
    handshake::HandshakeError,
    redirects::Redirects,
    time::Deadline,
    url::{Endpoint, UrlError},
};

/// Makes upgrade requests: the client's side of the opening handshake (RFC 6455 4.1).
///
/// ```no_run
/// use sansocket::blocking::Connector;
///
/// # fn main() -> Result<(), sansocket::Error> {
/// let mut socket = Connector::new()
///     .subprotocol("chat.v1")
///     .header("Authorization", "Bearer 0123")
///     .connect("ws://127.0.0.1:9001/chat")?;
/// assert_eq!(socket.subprotocol(), Some("chat.v1"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Connector {
    options: Options,
    origin: Option<String>,
    subprotocols: Vec<String>,
    headers: Vec<(String, String)>,
    #[cfg(feature = "url")]
    max_redirects: usize,
}

impl Connector {
    /// A connector with the default [`Options`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits, times and batching.
    #[must_use]
    pub fn options(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// The `Origin` to send. Only browsers must (RFC 6455 4.1).
    #[must_use]
    pub fn origin(self, origin: impl Into<String>) -> Self {
        Self { origin: Some(origin.into()), ..self }
    }

    /// A subprotocol to offer; the first one given is preferred.
    #[must_use]
    pub fn subprotocol(mut self, name: impl Into<String>) -> Self {
        self.subprotocols.push(name.into());
        self
    }

    /// A further header of the request.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// How many redirects [`connect`](Self::connect) follows. By default none: a redirect is a
    /// refusal.
    ///
    /// From `wss` to `ws` none is followed. With a redirect to another scheme, host or port,
    /// the [headers](Self::header) and the credentials in the URL are left behind.
    #[cfg(feature = "url")]
    #[must_use]
    pub fn max_redirects(self, max_redirects: usize) -> Self {
        Self { max_redirects, ..self }
    }

    /// Connects to a `ws://` URL over TCP; of the addresses of a host, the first one that answers
    /// is taken. Small writes are not delayed. `http://` means the same.
    ///
    /// A user name and a password in the URL are sent as an `Authorization`, unless that is among
    /// the [headers](Self::header).
    ///
    /// For `wss://`, make the TLS stream yourself and use
    /// [`connect_over`](Self::connect_over).
    ///
    /// # Errors
    ///
    /// The URL cannot be connected to, or the handshake failed.
    #[cfg(feature = "url")]
    pub fn connect(&self, url: &str) -> Result<WebSocket<TcpStream>, Error> {
        let countdown = self.countdown();
        let mut redirects = Redirects::new(Endpoint::parse(url)?, self.max_redirects);
        loop {
            match self.connect_to(&redirects, countdown) {
                Err(Error::Handshake(HandshakeError::Refused(refusal))) => {
                    redirects.follow(refusal)?;
                }
                result => return result,
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
        let stream = connect_tcp(endpoint, countdown)?;
        stream.set_nodelay(true)?;
        let opening = Opening::new(stream, Some(|tcp| tcp), countdown, &self.options)?;
        let headers = if redirects.is_first_origin() { self.headers.as_slice() } else { &[] };
        let mut request = self.request(&endpoint.authority, &endpoint.target, headers);
        if let Some(value) = &endpoint.authorization
            && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Authorization"))
        {
            request = request.header("Authorization", value);
        }
        Ok(self.open(opening, &request)?.0)
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
        let opening = Opening::new(stream, socket, self.countdown(), &self.options)?;
        self.open(opening, &self.request(host, target, &self.headers))
    }

    fn request(&self, host: &str, target: &str, headers: &[(String, String)]) -> Request {
        let mut request = Request::new(host, target).limits(self.options.handshake_limits.clone());
        if let Some(origin) = &self.origin {
            request = request.origin(origin);
        }
        for name in &self.subprotocols {
            request = request.subprotocol(name);
        }
        #[cfg(feature = "deflate")]
        if let Some(config) = &self.options.deflate {
            request = request.deflate(config);
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request
    }

    fn open<S: Read + Write>(
        &self,
        mut opening: Opening<S>,
        request: &Request,
    ) -> Result<(WebSocket<S>, Accepted), Error> {
        // RFC 6455 4.1: a nonce selected randomly for each connection.
        let nonce = Random::new(Seed::from_os()?).nonce();
        let mut awaiting = request.send(nonce, opening.out())?;
        opening.flush()?;
        let (accepted, head_len) = loop {
            match awaiting.parse(opening.input())? {
                Status::Complete { value, consumed } => break (value, consumed),
                Status::Partial { .. } => {
                    if !opening.read()? {
                        return Err(awaiting.parse_eof(opening.input()).into());
                    }
                }
            }
        };
        let connection = accepted.connection(&self.options.config, Seed::from_os()?);
        let socket = opening.finish(head_len, connection, accepted.subprotocol(), &self.options)?;
        Ok((socket, accepted))
    }

    fn countdown(&self) -> Countdown {
        Countdown::start(self.options.handshake_timeout)
    }
}

/// Tries each address of the host in the order in which the system names them.
#[cfg(feature = "url")]
fn connect_tcp(endpoint: &Endpoint, countdown: Countdown) -> Result<TcpStream, Error> {
    let mut failure = Error::Io(std::io::ErrorKind::AddrNotAvailable.into());
    let mut addresses = (endpoint.host.as_str(), endpoint.port).to_socket_addrs()?;
    while let Some(address) = addresses.next() {
        let left = countdown.left().ok_or(Error::Timeout(Deadline::Handshake))?;
        // One that is silent leaves time for those behind it.
        let further = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        let share = left.checked_div(further.saturating_add(1)).unwrap_or(left);
        match TcpStream::connect_timeout(&address, share.max(Duration::from_millis(1))) {
            Ok(stream) => return Ok(stream),
            Err(error) if is_timeout(&error) => failure = Error::Timeout(Deadline::Handshake),
            Err(error) => failure = error.into(),
        }
    }
    Err(failure)
}
