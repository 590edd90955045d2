use alloc::{string::String, sync::Arc};
use core::time::Duration;

#[cfg(feature = "url")]
use super::{ClientStream, dial::reach, stopwatch::Stopwatch};
use super::{WebSocket, driver::drive, transport::Transport};
#[cfg(all(feature = "rustls", feature = "url"))]
use crate::adapter::client_settings::connector_tls;
use crate::{
    adapter::{
        Error, Log, Options,
        client_settings::{ClientSettings, connector_settings},
    },
    buffered::ReadBuffer,
    handshake::client::Accepted,
    session::{Connecting, Failure},
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
/// RFC 6455 4.1 requires that a client opens only one connection to an address at a time. A
/// connector does not enforce that: a program with several connections to the same address must
/// open them one after the other, even from several threads.
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
    /// Uses the first address of the host that answers, and sets `TCP_NODELAY`.
    /// [`Options::handshake_timeout`] applies to the whole of it: proxies, TLS, redirects and the
    /// upgrade, but not to the time in which the system resolves a name.
    ///
    /// A user name and a password in the URL are sent in an `Authorization` header, unless the
    /// [headers](Self::header) contain one.
    ///
    /// # Errors
    ///
    /// [`Error::Url`]: the URL cannot be connected to. [`Error::Connect`]: a step failed; the error
    /// names the step, the host and the port. [`Error::Handshake`]: the server refused the upgrade,
    /// or its response is invalid.
    #[cfg(feature = "url")]
    pub fn connect(&self, url: &str) -> Result<(WebSocket<ClientStream>, Accepted), Error> {
        let clock = Stopwatch::start();
        self.settings.follow_redirects(url, |settings, endpoint, log| {
            let left = || settings.options.handshake_timeout.saturating_sub(clock.elapsed());
            let (stream, unread) = reach(endpoint, left, settings, log)?;
            open(settings, stream, unread, left(), &endpoint.authority, &endpoint.target, log)
        })
    }

    /// Does the handshake over any stream, and returns the response as well.
    ///
    /// `host` is the value of the `Host` header: a name or address, with the port unless that is
    /// the scheme's default. `target` is the path with the query.
    ///
    /// # Errors
    ///
    /// The handshake or the stream failed. If the server did not answer in time, the error is a timeout
    /// of kind [`Response`](crate::TimeoutKind::Response).
    pub fn connect_over<S: Socket>(
        &self,
        stream: S,
        host: &str,
        target: &str,
    ) -> Result<(WebSocket<S>, Accepted), Error> {
        let log = Log::client(host, target);
        let (unread, limit) = (ReadBuffer::default(), self.settings.options.handshake_timeout);
        log.attempted(open(&self.settings, stream, unread, limit, host, target, &log))
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

/// Opens a connection, in at most `limit`. `unread` holds bytes that were read before.
fn open<S: Socket>(
    settings: &ClientSettings,
    stream: S,
    unread: ReadBuffer,
    limit: Duration,
    host: &str,
    target: &str,
    log: &Log,
) -> Result<(WebSocket<S>, Accepted), Error> {
    let mut transport = Transport::unopened(stream, &settings.options, log.clone());
    let mut connecting = settings.send_request(host, target, unread, limit, &mut transport.out)?;
    log.requesting();
    drive(&mut connecting, &mut transport, Connecting::next)?;
    let (accepted, reading) = connecting.into_accepted().ok_or(Failure::Lost)?;
    let socket = WebSocket::from_sides(reading, transport, accepted.subprotocol().into());
    Ok((socket, accepted))
}
