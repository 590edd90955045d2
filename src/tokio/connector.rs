use alloc::{boxed::Box, string::String, sync::Arc};
use core::future::Future;
#[cfg(feature = "rustls")]
use std::io;

use ::tokio::io::{AsyncRead, AsyncWrite};
#[cfg(feature = "url")]
use ::tokio::net::TcpStream;
#[cfg(feature = "rustls")]
use tokio_rustls::rustls;

#[cfg(feature = "url")]
use super::{
    ClientStream,
    dial::{dial, tunnel},
};
use super::{
    WebSocket,
    deadline::Deadline,
    opening::{advance, opened, unopened},
    writer::Duplex,
};
#[cfg(feature = "url")]
use crate::connecting::{Endpoint, Redirects};
use crate::{
    adapter::{
        Error, Options,
        client_settings::{ClientSettings, connector_settings},
    },
    buffered::ReadBuffer,
    handshake::client::Accepted,
    session::Failure,
};

/// Makes upgrade requests: the client's side of the opening handshake (RFC 6455 4.1).
///
/// ```no_run
/// use sansocket::tokio::Connector;
///
/// # #[cfg(feature = "url")]
/// # async fn run() -> Result<(), sansocket::Error> {
/// let connector = Connector::new().subprotocol("chat.v1").header("Authorization", "Bearer 0123");
/// let (mut socket, _) = connector.connect("ws://127.0.0.1:9001/chat").await?;
/// assert_eq!(socket.subprotocol(), Some("chat.v1"));
/// # Ok(())
/// # }
/// ```
///
/// RFC 6455 4.1 wants a client to open one connection at a time to an address. A connector does not
/// see to that: a program that opens several to one address awaits one before it begins the next.
#[derive(Clone, Debug, Default)]
pub struct Connector {
    settings: Arc<ClientSettings>,
    #[cfg(feature = "rustls")]
    tls: Option<Arc<rustls::ClientConfig>>,
}

impl Connector {
    connector_settings!();

    /// Sets what holds for TLS: certificates that are trusted, versions, a certificate of our own.
    /// By default the platform's verifier decides whom to trust.
    ///
    /// An upgrade request is HTTP/1.1. If the settings offer other protocols by ALPN, such as `h2`
    /// for a client that they are shared with, then `http/1.1` alone is offered in their place; a
    /// server that speaks none but the others ends the TLS handshake and says so. Settings that
    /// offer nothing stay as they are.
    ///
    /// Streams for [`connect_over`](Self::connect_over) are your own: let them offer `http/1.1` or
    /// nothing.
    #[cfg(feature = "rustls")]
    #[must_use]
    pub fn tls(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.tls = Some(crate::streams::offering_http_1(config));
        self
    }

    /// Connects to a URL: `ws://`, and with the feature `rustls` `wss://`. `http://` and `https://`
    /// mean the same.
    ///
    /// A host that is a name is resolved by the system, and the first of its addresses that answers
    /// is taken, the families by turns (RFC 8305). Small writes are not delayed. The limit of
    /// [`Options::handshake_timeout`] holds for all of it: names, proxies, TLS, redirects and
    /// the upgrade.
    ///
    /// A user name and a password in the URL are sent as an `Authorization`, unless that is among
    /// the [headers](Self::header).
    ///
    /// # Errors
    ///
    /// The URL cannot be connected to, or the handshake failed: what the server or a proxy has
    /// answered is in the error.
    ///
    /// # Panics
    ///
    /// When polled outside of a Tokio runtime whose timers and I/O are enabled.
    ///
    /// # Cancel safety
    ///
    /// The connection is given up with the future.
    #[cfg(feature = "url")]
    pub fn connect(
        &self,
        url: &str,
    ) -> impl Future<Output = Result<(WebSocket<ClientStream>, Accepted), Error>> + Send + use<>
    {
        let connector = self.clone();
        let redirects = connector.settings.begin(url);
        // Boxed, so that a task that uses the connection does not keep room for it.
        Box::pin(async move {
            let deadline = Deadline::start(connector.settings.options.handshake_timeout);
            let mut redirects = redirects?;
            loop {
                match connector.connect_to(&redirects, deadline).await {
                    Err(failure) => ClientSettings::follow(&mut redirects, failure)?,
                    opened => return opened,
                }
            }
        })
    }

    /// Does the handshake over any stream, and returns the response as well.
    ///
    /// `host` is what the `Host` header says: a name or address, and the port if it is not the
    /// scheme's default. `target` is the path with the query.
    ///
    /// ```no_run
    /// # #[cfg(unix)]
    /// # async fn run() -> Result<(), sansocket::Error> {
    /// use sansocket::tokio::Connector;
    ///
    /// let stream = tokio::net::UnixStream::connect("/run/chat.socket").await?;
    /// let (mut socket, response) =
    ///     Connector::new().connect_over(stream, "localhost", "/chat").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The handshake failed, or the stream did.
    ///
    /// # Panics
    ///
    /// When polled outside of a Tokio runtime whose timers are enabled.
    ///
    /// # Cancel safety
    ///
    /// The stream is lost with the future.
    pub fn connect_over<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        host: &str,
        target: &str,
    ) -> impl Future<Output = Result<(WebSocket<S>, Accepted), Error>> + use<S> {
        let settings = Arc::clone(&self.settings);
        let (host, target) = (String::from(host), String::from(target));
        Box::pin(async move {
            let deadline = Deadline::start(settings.options.handshake_timeout);
            let duplex = unopened(stream, settings.options.write_timeout);
            ask(&settings, duplex, ReadBuffer::default(), deadline, &host, &target).await
        })
    }

    /// Connects to where redirects have led so far.
    #[cfg(feature = "url")]
    async fn connect_to(
        &self,
        redirects: &Redirects,
        deadline: Deadline,
    ) -> Result<(WebSocket<ClientStream>, Accepted), Error> {
        let endpoint = redirects.endpoint();
        let (duplex, unread) = if endpoint.is_secure {
            (self.secure(endpoint, deadline).await?, ReadBuffer::default())
        } else {
            let (duplex, unread) = self.reach(endpoint, deadline).await?;
            (duplex.map(ClientStream::tcp), unread)
        };
        let (host, target) = (&endpoint.authority, &endpoint.target);
        ask(&self.settings.at(redirects), duplex, unread, deadline, host, target).await
    }

    /// A stream to the server, or through a proxy to it, and what has come over it.
    #[cfg(feature = "url")]
    async fn reach(
        &self,
        endpoint: &Endpoint,
        deadline: Deadline,
    ) -> Result<(Duplex<TcpStream>, ReadBuffer), Error> {
        let options = &self.settings.options;
        match self.settings.proxies.choose_for(endpoint) {
            None => {
                let stream = deadline.bound(dial(&endpoint.host, endpoint.port)).await?;
                Ok((unopened(stream, options.write_timeout), ReadBuffer::default()))
            }
            Some(proxy) => tunnel(proxy, endpoint, deadline, options).await,
        }
    }

    #[cfg(all(feature = "url", not(feature = "rustls")))]
    async fn secure(&self, _: &Endpoint, _: Deadline) -> Result<Duplex<ClientStream>, Error> {
        Err(crate::connecting::UrlError::Tls.into())
    }

    /// RFC 6455 4.1 and 10.6: the TLS handshake comes before the opening one, with the name of the
    /// server.
    #[cfg(feature = "rustls")]
    async fn secure(
        &self,
        endpoint: &Endpoint,
        deadline: Deadline,
    ) -> Result<Duplex<ClientStream>, Error> {
        // Fails alike each time, as a certificate that is not trusted does: not retryable.
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        let config = match &self.tls {
            Some(config) => Arc::clone(config),
            None => crate::streams::platform_config().map_err(invalid)?,
        };
        let name = rustls::pki_types::ServerName::try_from(endpoint.host.clone())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let (mut duplex, unread) = self.reach(endpoint, deadline).await?;
        if !unread.unread().is_empty() {
            // In TLS the client speaks first.
            let error = "the proxy sent more than its answer";
            return Err(io::Error::new(io::ErrorKind::InvalidData, error).into());
        }
        let stream = duplex.output.take().0.ok_or(io::Error::from(io::ErrorKind::NotConnected))?;
        let connector = tokio_rustls::TlsConnector::from(config);
        let stream = deadline.bound(connector.connect(name, stream)).await?;
        Ok(unopened(ClientStream::tls(stream), self.settings.options.write_timeout))
    }
}

async fn ask<S: AsyncRead + AsyncWrite + Unpin>(
    settings: &ClientSettings,
    mut duplex: Duplex<S>,
    unread: ReadBuffer,
    deadline: Deadline,
    host: &str,
    target: &str,
) -> Result<(WebSocket<S>, Accepted), Error> {
    let limit = deadline.left();
    let mut connecting =
        settings.send_request(host, target, unread, limit, duplex.output.writing())?;
    advance(&mut connecting, &mut duplex).await?;
    let (accepted, reading) =
        connecting.into_accepted().ok_or_else(|| Error::from(Failure::Lost))?;
    let socket = opened(reading, duplex, accepted.subprotocol());
    Ok((socket, accepted))
}
