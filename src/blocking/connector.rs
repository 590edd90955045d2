use alloc::{string::String, sync::Arc};
#[cfg(feature = "url")]
use std::net::TcpStream;

#[cfg(feature = "url")]
use super::dial::reach;
use super::{WebSocket, stopwatch::Stopwatch, writer::OwnTransport};
#[cfg(feature = "url")]
use crate::connecting::UrlError;
use crate::{
    adapter::{
        Error, Log, Options,
        client_settings::{ClientSettings, connector_settings},
    },
    buffered::ReadBuffer,
    handshake::client::Accepted,
    session::Failure,
    streams::Socket,
};

/// Makes upgrade requests: the client's side of the opening handshake (RFC 6455 4.1).
///
/// ```no_run
/// use sansocket::blocking::Connector;
///
/// # #[cfg(feature = "url")]
/// # fn connect() -> Result<(), sansocket::Error> {
/// let (socket, _) = Connector::new()
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
    settings: Arc<ClientSettings>,
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
    /// [`Error::Url`]: the URL cannot be connected to. [`Error::Connect`]: a step failed, which the
    /// error names with host and port. [`Error::Handshake`]: the server has refused, or its response is
    /// invalid.
    #[cfg(feature = "url")]
    pub fn connect(&self, url: &str) -> Result<(WebSocket<TcpStream>, Accepted), Error> {
        let clock = Stopwatch::start();
        self.settings.follow_redirects(url, |settings, endpoint, log| {
            if endpoint.is_secure {
                return Err(UrlError::Tls.into());
            }
            let (transport, unread) = reach(endpoint, clock, settings, log)?;
            open(settings, transport, unread, clock, &endpoint.authority, &endpoint.target)
        })
    }

    /// Does the handshake over any stream, and returns the response as well.
    ///
    /// `host` is what the `Host` header says: a name or address, and the port if it is not the
    /// scheme's default. `target` is the path with the query.
    ///
    /// # Errors
    ///
    /// The handshake failed, or the stream did.
    pub fn connect_over<S: Socket>(
        &self,
        stream: S,
        host: &str,
        target: &str,
    ) -> Result<(WebSocket<S>, Accepted), Error> {
        let log = Log::client(host, target);
        let transport = OwnTransport::unopened(stream, &self.settings.options, log.clone());
        let (unread, clock) = (ReadBuffer::default(), Stopwatch::start());
        log.attempted(open(&self.settings, transport, unread, clock, host, target))
    }
}

#[cfg(feature = "url")]
impl WebSocket<TcpStream> {
    /// Connects to a `ws://` URL with the defaults of [`Connector`].
    ///
    /// # Errors
    ///
    /// The URL cannot be connected to, or the handshake failed.
    pub fn connect(url: &str) -> Result<Self, Error> {
        Ok(Connector::new().connect(url)?.0)
    }
}

/// Opens a connection; `unread` is what came before the response.
fn open<S: Socket>(
    settings: &ClientSettings,
    mut transport: OwnTransport<S>,
    unread: ReadBuffer,
    clock: Stopwatch,
    host: &str,
    target: &str,
) -> Result<(WebSocket<S>, Accepted), Error> {
    let limit = clock.left_of(settings.options.handshake_timeout);
    let mut connecting =
        settings.send_request(host, target, unread, limit, &mut transport.writing)?;
    transport.stream.log.requesting();
    transport.drive(&mut connecting)?;
    let (accepted, reading) =
        connecting.into_accepted().ok_or_else(|| Error::from(Failure::Lost))?;
    let socket = WebSocket::from_sides(reading, transport, accepted.subprotocol().into());
    Ok((socket, accepted))
}
