use alloc::{string::String, vec::Vec};
use core::time::Duration;

#[cfg(feature = "url")]
use super::{ConnectStep, Hop, Log};
use super::{Error, Options};
#[cfg(all(feature = "rustls", feature = "url"))]
use crate::streams::ClientTls;
use crate::{
    buffered::ReadBuffer,
    handshake::{ExtraHeaders, client::Request},
    random::{Random, Seed},
    redacted::Redacted,
    session::{Connecting, Writing},
};
#[cfg(feature = "url")]
use crate::{
    connecting::{Endpoint, RedirectLimits, Redirects, is_redirect},
    handshake::HandshakeError,
};

/// The settings of a client: the contents of each upgrade request.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientSettings {
    pub(crate) options: Options,
    pub(crate) origin: Option<String>,
    pub(crate) subprotocols: Vec<Redacted<String>>,
    pub(crate) requires_subprotocol: bool,
    pub(crate) headers: ExtraHeaders,
    #[cfg(feature = "url")]
    pub(crate) redirects: RedirectLimits,
    #[cfg(feature = "url")]
    pub(crate) proxies: crate::connecting::ProxyRules,
    #[cfg(all(feature = "rustls", feature = "url"))]
    pub(crate) tls: Option<alloc::sync::Arc<rustls::ClientConfig>>,
    /// Whether a redirect is followed if the response is one.
    #[cfg(feature = "url")]
    follows_redirects: bool,
}

impl ClientSettings {
    /// Returns the settings for the current target of the redirects.
    #[cfg(feature = "url")]
    pub(crate) fn at(&self, redirects: &Redirects) -> Self {
        let mut settings = self.clone();
        settings.follows_redirects = self.redirects.max_redirects > 0;
        if !redirects.is_first_origin() {
            settings.headers = ExtraHeaders::default();
        }
        if let Some(value) = &redirects.endpoint().authorization
            && !settings.headers.lines().any(|(name, _)| name.eq_ignore_ascii_case("Authorization"))
        {
            settings.headers.push("Authorization", value);
        }
        settings
    }

    /// Connects to a URL with `connect_to`, which is called for the URL and for the target of each
    /// redirect.
    #[cfg(feature = "url")]
    pub(crate) fn follow_redirects<T>(
        &self,
        url: &str,
        connect_to: impl Fn(&Self, &Endpoint, &Log) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut redirects = self.begin(url)?;
        loop {
            let log = Self::log(&redirects);
            match connect_to(&self.at(&redirects), redirects.endpoint(), &log) {
                Err(failure) => Self::follow(&mut redirects, failure, &log)?,
                opened => return opened,
            }
        }
    }

    /// Follows a redirect, if an attempt failed because the response was one. Otherwise returns the
    /// error of the attempt, with the host and port of the server if it has no place yet.
    #[cfg(feature = "url")]
    pub(crate) fn follow(
        redirects: &mut Redirects,
        failure: Error,
        log: &Log,
    ) -> Result<(), Error> {
        if let Error::Handshake(error) = &failure
            && let HandshakeError::UnexpectedResponse(response) = &**error
            && log.attempted(redirects.follow(response).map_err(Error::from))?
        {
            log.redirected(&redirects.endpoint().host);
            return Ok(());
        }
        log.attempted(Err(Hop::server(redirects.endpoint()).failed(ConnectStep::Upgrade)(failure)))
    }

    /// Returns the log of an attempt to connect to the current target of the redirects.
    #[cfg(feature = "url")]
    pub(crate) fn log(redirects: &Redirects) -> Log {
        let endpoint = redirects.endpoint();
        Log::client(&endpoint.authority, &endpoint.target)
    }

    /// RFC 6455 4.1 and 10.6: over TLS if the URL says so, with the name of the server.
    #[cfg(all(feature = "rustls", feature = "url"))]
    pub(crate) fn tls_to(&self, endpoint: &Endpoint) -> Result<Option<ClientTls>, Error> {
        let tls = endpoint.is_secure.then(|| ClientTls::new(&endpoint.host, self.tls.as_ref()));
        tls.transpose().map_err(Hop::server(endpoint).failed(ConnectStep::Tls))
    }

    /// Queues the request. The handshake must take at most `limit`; `unread` holds bytes that were
    /// read before.
    pub(crate) fn send_request(
        &self,
        host: &str,
        target: &str,
        unread: ReadBuffer,
        limit: Duration,
        out: &mut Writing,
    ) -> Result<Connecting, Error> {
        let Options { limits, timeouts, .. } = &self.options;
        // RFC 6455 4.1: a nonce selected randomly for each connection.
        let nonce = Random::new(Seed::from_os()?).nonce();
        let awaiting = self.request(host, target).send(nonce, out.out())?;
        let seed = Seed::from_os()?;
        let connecting = Connecting::new(awaiting, unread, limits, seed, limit, *timeouts);
        #[cfg(feature = "url")]
        if self.follows_redirects {
            return Ok(connecting.without_body_if(is_redirect));
        }
        Ok(connecting)
    }

    /// Creates the request for a resource.
    fn request(&self, host: &str, target: &str) -> Request {
        let mut request = Request::new(host, target)
            .limits(self.options.head_limits.clone())
            .require_subprotocol(self.requires_subprotocol);
        if let Some(origin) = &self.origin {
            request = request.origin(origin);
        }
        for name in &self.subprotocols {
            request = request.subprotocol(name);
        }
        request.deflate.clone_from(&self.options.deflate);
        for (name, value) in self.headers.lines() {
            request = request.header(name, value);
        }
        request
    }

    /// Returns the first target for a URL. An invalid request fails here, before anything is
    /// connected.
    #[cfg(feature = "url")]
    pub(crate) fn begin(&self, url: &str) -> Result<Redirects, Error> {
        let redirects = Redirects::new(Endpoint::parse(url)?, self.redirects);
        let endpoint = redirects.endpoint();
        self.at(&redirects)
            .request(&endpoint.authority, &endpoint.target)
            .send([0; 16], &mut Vec::new())?;
        Ok(redirects)
    }
}

/// The setters that the connectors of all adapters have. They modify a field `settings`, which
/// clones share.
macro_rules! connector_settings {
    () => {
        /// Creates a connector with the default [`Options`].
        #[must_use]
        pub fn new() -> Self {
            Self::default()
        }

        /// Sets the options: limits, timeouts and compression.
        #[must_use]
        pub fn options(mut self, options: Options) -> Self {
            Arc::make_mut(&mut self.settings).options = options;
            self
        }

        /// Sets the `Origin` to send. Only browsers must send one (RFC 6455 4.1).
        #[must_use]
        pub fn origin(mut self, origin: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.settings).origin = Some(origin.into());
            self
        }

        /// Offers a subprotocol. The first one offered is preferred.
        #[must_use]
        pub fn subprotocol(mut self, name: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.settings).subprotocols.push(name.into().into());
            self
        }

        /// Sets whether connecting fails if the server selects none of the offered subprotocols, as
        /// in browsers. By default it does not fail (RFC 6455 4.1).
        #[must_use]
        pub fn require_subprotocol(mut self, requires_subprotocol: bool) -> Self {
            Arc::make_mut(&mut self.settings).requires_subprotocol = requires_subprotocol;
            self
        }

        /// Adds a header to the request.
        #[must_use]
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.settings).headers.push(name, value);
            self
        }

        /// Sets how many redirects [`connect`](Self::connect) follows. The default is none: a
        /// redirect is an error.
        ///
        /// A redirect from `wss` to `ws` is not followed, nor one to another host unless [that is
        /// allowed](Self::redirects_to_other_hosts). After a redirect to another scheme or port,
        /// the [headers](Self::header) and the credentials in the URL are not sent.
        #[cfg(feature = "url")]
        #[must_use]
        pub fn max_redirects(mut self, max_redirects: usize) -> Self {
            Arc::make_mut(&mut self.settings).redirects.max_redirects = max_redirects;
            self
        }

        /// Sets whether redirects to other hosts are followed as well. By default they are not: the
        /// server chooses the target, and could choose one that only this client can reach.
        ///
        /// Headers and credentials are never sent to another host, but the [`Origin`](Self::origin)
        /// and the [subprotocols](Self::subprotocol) are. Some applications put bearer tokens into
        /// subprotocols: if yours does, do not allow such redirects.
        #[cfg(feature = "url")]
        #[must_use]
        pub fn redirects_to_other_hosts(mut self, allowed: bool) -> Self {
            Arc::make_mut(&mut self.settings).redirects.other_hosts = allowed;
            self
        }

        /// Sets the proxies for [`connect`](Self::connect): one [`Proxy`](crate::Proxy) for all
        /// servers, or [`ProxyRules::from_env`](crate::ProxyRules::from_env). The default is no
        /// proxy; the environment is not read.
        #[cfg(feature = "url")]
        #[must_use]
        pub fn proxies(mut self, proxies: impl Into<crate::connecting::ProxyRules>) -> Self {
            Arc::make_mut(&mut self.settings).proxies = proxies.into();
            self
        }
    };
}

/// The same for connectors that connect to `wss` URLs.
#[cfg(all(feature = "rustls", feature = "url"))]
macro_rules! connector_tls {
    () => {
        /// Sets the TLS settings: trusted certificates, versions, a client certificate. The default
        /// settings use the crypto provider and the roots of the enabled features; without these,
        /// connecting to a `wss` URL fails.
        ///
        /// An upgrade request is HTTP/1.1. If the settings offer other protocols by ALPN, such as
        /// `h2` for another client that shares them, only `http/1.1` is offered instead; a server
        /// that only supports the others then fails the TLS handshake. Settings that offer nothing
        /// are not changed.
        ///
        /// For [`connect_over`](Self::connect_over) you create the stream yourself: let it offer
        /// `http/1.1` or nothing.
        #[must_use]
        pub fn tls(mut self, config: Arc<rustls::ClientConfig>) -> Self {
            let config = crate::streams::offering_http_1(config);
            Arc::make_mut(&mut self.settings).tls = Some(config);
            self
        }
    };
}

pub(crate) use connector_settings;
#[cfg(all(feature = "rustls", feature = "url"))]
pub(crate) use connector_tls;

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::ClientSettings;
    use crate::handshake::{HandshakeError, ResponseError};

    #[test]
    fn a_server_that_agrees_on_no_subprotocol_is_refused_if_one_is_required() {
        // The response to the sample nonce of RFC 6455 1.3.
        let response = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
            Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
        for requires_subprotocol in [false, true] {
            let subprotocols = Vec::from([alloc::string::String::from("chat").into()]);
            let settings =
                ClientSettings { requires_subprotocol, subprotocols, ..ClientSettings::default() };
            let request = settings.request("h", "/");
            let mut awaiting = request.send(*b"the sample nonce", &mut Vec::new()).unwrap();
            let is_refused = matches!(
                awaiting.parse(response),
                Err(HandshakeError::Response(ResponseError::MissingSubprotocol))
            );
            assert_eq!(is_refused, requires_subprotocol);
        }
    }

    #[cfg(feature = "url")]
    #[test]
    fn an_invalid_request_fails_before_anything_is_connected() {
        let mut settings = ClientSettings::default();
        assert!(settings.begin("ws://h/").is_ok());
        settings.headers.push("X-Two", "lines\r\nX-Second: line");
        let Err(crate::Error::Handshake(error)) = settings.begin("ws://h/") else { panic!() };
        assert!(matches!(*error, HandshakeError::InvalidArgument(_)), "{error:?}");
    }
}
