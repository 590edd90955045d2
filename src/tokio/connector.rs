use alloc::{boxed::Box, string::String, sync::Arc};
use core::{future::Future, time::Duration};

use ::tokio::io::{AsyncRead, AsyncWrite};

#[cfg(all(feature = "net", feature = "url"))]
use super::{
    ClientStream,
    deadline::Deadline,
    dial::{open_to, reach},
};
use super::{WebSocket, reader::drive, transport::Transport};
#[cfg(all(feature = "net", feature = "url"))]
use crate::adapter::RequestHead;
#[cfg(feature = "tokio-rustls")]
use crate::adapter::client_settings::connector_tls;
use crate::{
    adapter::{
        Error, Log, Options,
        client_settings::{ClientSettings, connector_settings},
    },
    buffered::ReadBuffer,
    handshake::client::Accepted,
    session::{Failure, Writing},
};

/// Makes upgrade requests: the client's side of the opening handshake (RFC 6455 4.1).
///
/// ```no_run
/// use sansocket::tokio::Connector;
///
/// # #[cfg(all(feature = "net", feature = "url"))]
/// # async fn run() -> Result<(), sansocket::Error> {
/// let connector = Connector::new().subprotocol("chat.v1").header("Authorization", "Bearer 0123");
/// let (mut socket, _) = connector.connect("ws://127.0.0.1:9001/chat").await?;
/// assert_eq!(socket.subprotocol(), Some("chat.v1"));
/// # Ok(())
/// # }
/// ```
///
/// RFC 6455 4.1 requires that a client opens only one connection to an address at a time. A
/// connector does not enforce that: a program with several connections to the same address must
/// await one before it starts the next.
#[derive(Clone, Debug, Default)]
pub struct Connector {
    settings: Arc<ClientSettings>,
}

impl Connector {
    connector_settings!();

    #[cfg(feature = "tokio-rustls")]
    connector_tls!();

    /// Connects to a URL: `ws://`, and with the feature `tokio-rustls` `wss://`. `http://` and `https://`
    /// mean the same.
    ///
    /// The system resolves the name of the host. The first address that answers is used, and the
    /// address families take turns (RFC 8305). Sets `TCP_NODELAY`. [`Options::handshake_timeout`]
    /// applies to the whole of it: names, proxies, TLS, redirects and the upgrade.
    ///
    /// A user name and a password in the URL are sent in an `Authorization` header, unless the
    /// [headers](Self::header) contain one.
    ///
    /// # Errors
    ///
    /// [`Error::Url`]: the URL cannot be connected to. [`Error::Connect`]: a step failed; the error
    /// names the step, the host and the port. [`Error::Handshake`]: the server refused the upgrade,
    /// or its response is invalid.
    ///
    /// # Panics
    ///
    /// When polled outside of a Tokio runtime whose timers and I/O are enabled.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, so is the connection.
    #[cfg(all(feature = "net", feature = "url"))]
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
                let log = ClientSettings::log(&redirects);
                let (settings, endpoint) =
                    (connector.settings.at(&redirects), redirects.endpoint());
                let (host, target) = (&endpoint.authority, &endpoint.target);
                let opening = async {
                    let (stream, unread) = reach(&settings, endpoint, deadline, &log).await?;
                    ask(&settings, stream, unread, deadline.left(), host, target, &log).await
                };
                match opening.await {
                    Err(failure) => ClientSettings::follow(&mut redirects, failure, &log)?,
                    opened => return opened,
                }
            }
        })
    }

    /// Does the handshake over any stream, and returns the response as well.
    ///
    /// `host` is the value of the `Host` header: a name or address, with the port unless that is
    /// the scheme's default. `target` is the path with the query.
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
    /// The handshake or the stream failed. If the server did not answer in time, the error is a timeout
    /// of kind [`Response`](crate::TimeoutKind::Response).
    ///
    /// # Panics
    ///
    /// When polled outside of a Tokio runtime whose timers are enabled.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, so is the stream.
    pub fn connect_over<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        host: &str,
        target: &str,
    ) -> impl Future<Output = Result<(WebSocket<S>, Accepted), Error>> + use<S> {
        let settings = Arc::clone(&self.settings);
        let (host, target) = (String::from(host), String::from(target));
        Box::pin(async move {
            let limit = settings.options.handshake_timeout;
            let (unread, log) = (ReadBuffer::default(), Log::client(&host, &target));
            log.attempted(ask(&settings, stream, unread, limit, &host, &target, &log).await)
        })
    }

    /// Opens the stream that [`connect`](Self::connect) would send its request over, and sends nothing:
    /// for other HTTP/1.1 requests to the same server, such as long-polling where no WebSocket gets
    /// through. Also returns what these have in common with the upgrade request.
    ///
    /// Proxies, TLS and [`Options::handshake_timeout`] apply as there. Redirects are left to the
    /// application.
    ///
    /// # Errors
    ///
    /// [`Error::Url`]: the URL cannot be connected to. [`Error::Connect`]: a step failed, or a proxy
    /// sent more than its answer. [`Error::Handshake`]: a header is invalid.
    ///
    /// # Panics
    ///
    /// When polled outside of a Tokio runtime whose timers and I/O are enabled.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, so is the stream.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), sansocket::Error> {
    /// use sansocket::tokio::Connector;
    /// use tokio::io::AsyncWriteExt as _;
    ///
    /// let connector = Connector::new().header("Authorization", "Bearer 0123");
    /// let (mut stream, head) = connector.open("http://127.0.0.1:9001/health").await?;
    /// let mut request = format!("GET {} HTTP/1.1\r\n", head.target());
    /// for (name, value) in head.headers() {
    ///     request.push_str(&format!("{name}: {value}\r\n"));
    /// }
    /// stream.write_all(format!("{request}\r\n").as_bytes()).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(all(feature = "net", feature = "url"))]
    pub fn open(
        &self,
        url: &str,
    ) -> impl Future<Output = Result<(ClientStream, RequestHead), Error>> + Send + use<> {
        let connector = self.clone();
        let redirects = connector.settings.begin(url);
        Box::pin(async move {
            let deadline = Deadline::start(connector.settings.options.handshake_timeout);
            let redirects = redirects?;
            let endpoint = redirects.endpoint();
            let log = ClientSettings::log(&redirects);
            let opened = open_to(&connector.settings, endpoint, deadline, &log).await;
            Ok((log.attempted(opened)?, RequestHead::new(&connector.settings, &redirects)))
        })
    }
}

#[cfg(all(feature = "net", feature = "url"))]
impl WebSocket<ClientStream> {
    /// Connects to a URL with the defaults of [`Connector`].
    ///
    /// # Errors
    ///
    /// As for [`Connector::connect`].
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, so is the connection.
    pub fn connect(url: &str) -> impl Future<Output = Result<Self, Error>> + Send + use<> {
        let connecting = Connector::new().connect(url);
        async move { Ok(connecting.await?.0) }
    }
}

/// Does the opening handshake, within `limit`.
async fn ask<S: AsyncRead + AsyncWrite + Unpin>(
    settings: &ClientSettings,
    stream: S,
    unread: ReadBuffer,
    limit: Duration,
    host: &str,
    target: &str,
    log: &Log,
) -> Result<(WebSocket<S>, Accepted), Error> {
    let mut writing = Writing::new(settings.options.write_timeout);
    let mut connecting = settings.send_request(host, target, unread, limit, &mut writing)?;
    let mut transport = Transport::new(stream, writing, log.clone());
    log.requesting();
    drive(&mut connecting, &mut transport).await?;
    let (accepted, reading) = connecting.into_accepted().ok_or(Failure::Lost)?;
    Ok((WebSocket::opened(reading, transport, accepted.subprotocol().into()), accepted))
}
