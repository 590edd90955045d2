use alloc::{collections::BTreeMap, string::String, sync::Arc};
use core::{fmt, future::Future, time::Duration};

use sansocket::{
    Backoff, Options, Seed, Timeouts,
    tokio::{Connector, WebSocket},
};
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    Client, Transports,
    auth::Auth,
    driver,
    endpoint::{server_url, with_query},
    handle::Handle,
    polling::Polling,
    shared::Shared,
    state::State,
};
use crate::{
    Namespace, Value,
    engine_io::Query,
    packet::Limits,
    session::{ClientSession, client::Settings},
    value::{Object, ValueError},
};

/// The settings of a client.
///
/// | setting | default |
/// | --- | --- |
/// | [`connector`](Self::connector) | that of `sansocket`, without a keepalive of the WebSocket |
/// | [`transports`](Self::transports) | WebSocket |
/// | [`auth`](Self::auth), [`auth_with`](Self::auth_with) | none |
/// | [`backoff`](Self::backoff) | first delay up to 1 s, then up to 5 s |
/// | [`reconnect_attempts`](Self::reconnect_attempts) | without end |
/// | [`connect_timeout`](Self::connect_timeout) | 20 s |
/// | [`ack_timeout`](Self::ack_timeout) | 20 s |
/// | [`max_queued_len`](Self::max_queued_len) | 16 MiB |
/// | [`max_unread_len`](Self::max_unread_len) | 16 MiB |
/// | [`limits`](Self::limits) | see [`Limits`] |
pub struct Builder {
    url: String,
    connector: Connector,
    transports: Transports,
    auth: Auth,
    backoff: Option<Backoff>,
    reconnect_attempts: u32,
    connect_timeout: Duration,
    ack_timeout: Duration,
    max_unread_len: usize,
    session: Settings,
}

impl Builder {
    pub(super) fn new(url: String) -> Self {
        Self {
            url,
            connector: default_connector(),
            transports: Transports::default(),
            auth: Auth::fixed(Object::default()),
            backoff: None,
            reconnect_attempts: u32::MAX,
            connect_timeout: Duration::from_secs(20),
            ack_timeout: Duration::from_secs(20),
            max_unread_len: 16 * 1024 * 1024,
            session: Settings::default(),
        }
    }

    /// Sets what opens connections, for WebSocket and for HTTP long-polling: headers, proxies, TLS and the
    /// handshake timeout are its settings; limits and other timeouts are those of the WebSocket.
    ///
    /// ```
    /// use sansocket::tokio::Connector;
    /// use sansocket_socketio::client::Client;
    ///
    /// let connector = Connector::new().header("Cookie", "session=0123");
    /// let builder = Client::builder("http://localhost:3000").connector(connector);
    /// # drop(builder);
    /// ```
    #[must_use]
    pub fn connector(self, connector: Connector) -> Self {
        Self { connector, ..self }
    }

    /// Sets the transports, see the documentation of the [module](super#transport).
    ///
    /// ```
    /// use sansocket_socketio::client::{Client, Transports};
    ///
    /// let builder = Client::builder("http://localhost:3000").transports(Transports::Polling);
    /// # drop(builder);
    /// ```
    #[must_use]
    pub fn transports(self, transports: Transports) -> Self {
        Self { transports, ..self }
    }

    /// Sets the data for authentication, which the middleware of each namespace sees: anything that
    /// becomes a JSON object.
    ///
    /// ```
    /// use sansocket_socketio::client::Client;
    ///
    /// let auth = serde_json::json!({ "token": "0123" });
    /// let builder = Client::builder("http://localhost:3000").auth(&auth)?;
    /// # drop(builder);
    /// # Ok::<(), sansocket_socketio::value::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// It is no object.
    pub fn auth<T: Serialize + ?Sized>(self, auth: &T) -> Result<Self, ValueError> {
        let members = Value::new(auth)?.read::<BTreeMap<String, Value>>()?;
        Ok(Self { auth: Auth::fixed(members.into_iter().collect()), ..self })
    }

    /// Sets what makes the data for authentication, anew for each namespace and attempt to connect, such
    /// as a token that expires.
    ///
    /// ```
    /// use sansocket_socketio::{client::Client, value::Object};
    ///
    /// async fn fetch_token() -> String {
    ///     "0123".into()
    /// }
    ///
    /// let builder = Client::builder("http://localhost:3000").auth_with(async |_namespace| {
    ///     let mut auth = Object::default();
    ///     auth.insert("token", fetch_token().await);
    ///     auth
    /// });
    /// # drop(builder);
    /// ```
    #[must_use]
    pub fn auth_with<F: Future<Output = Object> + Send + 'static>(
        self,
        make: impl Fn(Namespace) -> F + Send + Sync + 'static,
    ) -> Self {
        Self { auth: Auth::new(make), ..self }
    }

    /// Sets the delays before each attempt to reconnect.
    #[must_use]
    pub fn backoff(self, backoff: Backoff) -> Self {
        Self { backoff: Some(backoff), ..self }
    }

    /// Sets how many attempts to reconnect may fail in a row before the client gives up. With 0 it does
    /// not reconnect.
    #[must_use]
    pub fn reconnect_attempts(self, reconnect_attempts: u32) -> Self {
        Self { reconnect_attempts, ..self }
    }

    /// Sets how long [`Client::connect`] may take, from the data for authentication to the answer of the
    /// server, and how long a server may take to open a session when the client reconnects.
    #[must_use]
    pub fn connect_timeout(mut self, connect_timeout: Duration) -> Self {
        self.session.connect_timeout = connect_timeout;
        Self { connect_timeout, ..self }
    }

    /// Sets how long [`emit_with_ack`](super::Emitter::emit_with_ack) waits for the acknowledgement.
    #[must_use]
    pub fn ack_timeout(self, ack_timeout: Duration) -> Self {
        Self { ack_timeout, ..self }
    }

    /// Sets how many bytes may wait for the server, while connected or away. Each packet counts 128 bytes
    /// more than it has on the wire. While connected, [`emit`](super::Emitter::emit) waits for room; while
    /// away, it fails.
    #[must_use]
    pub fn max_queued_len(mut self, max_queued_len: usize) -> Self {
        self.session.max_queued_len = max_queued_len;
        self
    }

    /// Sets how many bytes may wait for the application before the client stops reading from the
    /// server, in all namespaces. One packet more may come.
    #[must_use]
    pub fn max_unread_len(self, max_unread_len: usize) -> Self {
        Self { max_unread_len, ..self }
    }

    /// Sets the limits of the packets that the server sends. One that exceeds them ends the connection,
    /// and the client reconnects.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.session.limits = limits;
        self
    }

    /// Starts the client, which connects once a [namespace](Client::connect_to) is asked for.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime. Its timers and I/O must be enabled.
    #[must_use]
    pub fn build(self) -> Client {
        let (connector, url) = (self.connector.clone(), server_url(&self.url));
        let polling = (self.transports != Transports::WebSocket).then(|| Polling {
            connector: connector.clone(),
            url: url.clone(),
            upgrades: self.transports == Transports::PollingThenUpgrade,
            // In base64, four bytes are three.
            max_packet_len: self.session.limits.max_len.div_ceil(3).saturating_mul(4),
        });
        let dial = move |query: &Query| {
            let connecting = connector.connect(&with_query(&url, query));
            async move { Ok(connecting.await?.0) }
        };
        self.start(dial, polling)
    }

    /// Starts a client over WebSockets of any kind, such as one over a Unix socket or in memory. `dial`
    /// opens one for each attempt. The URL, the connector and the transports of this builder are not used:
    /// there is no HTTP, and so no long-polling.
    ///
    /// ```no_run
    /// # #[cfg(unix)] {
    /// use sansocket::tokio::Connector;
    /// use sansocket_socketio::client::Client;
    /// use tokio::net::UnixStream;
    ///
    /// let client = Client::builder("").build_over(async || {
    ///     let stream = UnixStream::connect("/run/chat.socket").await?;
    ///     let target = "/socket.io/?EIO=4&transport=websocket";
    ///     Ok(Connector::new().connect_over(stream, "localhost", target).await?.0)
    /// });
    /// # drop(client);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// As with [`build`](Self::build).
    pub fn build_over<S, F>(self, mut dial: impl FnMut() -> F + Send + 'static) -> Client
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        F: Future<Output = Result<WebSocket<S>, sansocket::Error>> + Send + 'static,
    {
        self.start(move |_| dial(), None)
    }

    fn start<S, F>(
        self,
        dial: impl FnMut(&Query) -> F + Send + 'static,
        polling: Option<Polling>,
    ) -> Client
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        F: Future<Output = Result<WebSocket<S>, sansocket::Error>> + Send + 'static,
    {
        let backoff = self.backoff.unwrap_or_else(default_backoff);
        let session = ClientSession::new(&self.session, backoff);
        let state = State::new(session, self.reconnect_attempts);
        let shared = Arc::new(Shared::new(state, self.auth, self.max_unread_len));
        tokio::spawn(driver::run(Arc::clone(&shared), dial, polling));
        let (ack_timeout, connect_timeout) = (self.ack_timeout, self.connect_timeout);
        Client::new(Arc::new(Handle { shared, ack_timeout, connect_timeout }))
    }
}

/// The heartbeat of Socket.IO makes the keepalive of the WebSocket superfluous.
fn default_connector() -> Connector {
    let timeouts = Timeouts::default().ping_interval(None);
    Connector::new().options(Options::default().timeouts(timeouts))
}

fn default_backoff() -> Backoff {
    // Without random numbers no WebSocket can be opened, which is reported then.
    let seed = Seed::from_os().unwrap_or_else(|_| Seed::from([0; 32]));
    Backoff::new(seed).first_delay(Duration::from_secs(1)).max_delay(Duration::from_secs(5))
}

impl fmt::Debug for Builder {
    // A URL and headers may have credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("transports", &self.transports)
            .field("reconnect_attempts", &self.reconnect_attempts)
            .field("connect_timeout", &self.connect_timeout)
            .field("ack_timeout", &self.ack_timeout)
            .field("max_unread_len", &self.max_unread_len)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}
