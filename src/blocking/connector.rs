use alloc::{string::String, sync::Arc};

#[cfg(all(feature = "rustls", feature = "url"))]
use super::dial::secure;
#[cfg(feature = "url")]
use super::{ClientStream, dial::reach};
use super::{WebSocket, stopwatch::Stopwatch, writer::OwnTransport};
#[cfg(all(feature = "rustls", feature = "url"))]
use crate::adapter::client_settings::connector_tls;
#[cfg(all(feature = "url", not(feature = "rustls")))]
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

    #[cfg(all(feature = "rustls", feature = "url"))]
    connector_tls!();

    /// Connects to a URL: `ws://`, and with the feature `rustls` `wss://`. `http://` and `https://`
    /// mean the same.
    ///
    /// Of the addresses of a host, the first one that answers is taken. Small writes are not delayed.
    /// The limit of [`Options::handshake_timeout`] holds for all of it: proxies, TLS, redirects and
    /// the upgrade, though not for how long the system takes to resolve a name.
    ///
    /// A user name and a password in the URL are sent as an `Authorization`, unless that is among
    /// the [headers](Self::header).
    ///
    /// # Errors
    ///
    /// [`Error::Url`]: the URL cannot be connected to. [`Error::Connect`]: a step failed, which the
    /// error names with host and port. [`Error::Handshake`]: the server has refused, or its response is
    /// invalid.
    #[cfg(feature = "url")]
    pub fn connect(&self, url: &str) -> Result<(WebSocket<ClientStream>, Accepted), Error> {
        let clock = Stopwatch::start();
        self.settings.follow_redirects(url, |settings, endpoint, log| {
            #[cfg(feature = "rustls")]
            let tls = settings.tls_to(endpoint)?;
            #[cfg(not(feature = "rustls"))]
            if endpoint.is_secure {
                return Err(UrlError::Tls.into());
            }
            let (transport, unread) = reach(endpoint, clock, settings, log)?;
            #[cfg(feature = "rustls")]
            let transport = match tls {
                Some(tls) => secure(transport, tls, &unread, endpoint, clock, settings)?,
                None => transport,
            };
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
impl WebSocket<ClientStream> {
    /// Connects to a URL with the defaults of [`Connector`].
    ///
    /// # Errors
    ///
    /// As for [`Connector::connect`].
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
