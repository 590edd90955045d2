use alloc::{string::String, vec::Vec};
use core::time::Duration;

use crate::{
    buffered::ReadBuffer,
    error::Error,
    handshake::{ExtraHeaders, client::Request},
    options::Options,
    random::{Random, Seed},
    redacted::Redacted,
    session::{Connecting, Writing},
};

/// What a client asks for in each upgrade request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terms {
    pub(crate) options: Options,
    pub(crate) origin: Option<String>,
    pub(crate) subprotocols: Vec<Redacted<String>>,
    pub(crate) headers: ExtraHeaders,
    #[cfg(feature = "url")]
    pub(crate) max_redirects: usize,
    #[cfg(feature = "url")]
    pub(crate) proxies: crate::proxies::Proxies,
    /// Whether a redirect that comes as the response is followed.
    #[cfg(feature = "url")]
    follows_redirects: bool,
}

impl Terms {
    /// The terms for where redirects have led so far.
    #[cfg(feature = "url")]
    pub(crate) fn at(&self, redirects: &crate::redirects::Redirects) -> Self {
        let mut terms = self.clone();
        terms.follows_redirects = self.max_redirects > 0;
        if !redirects.is_first_origin() {
            terms.headers = ExtraHeaders::default();
        }
        if let Some(value) = &redirects.endpoint().authorization
            && !terms.headers.lines().any(|(name, _)| name.eq_ignore_ascii_case("Authorization"))
        {
            terms.headers.push("Authorization", value);
        }
        terms
    }

    /// Queues the request. The response may take `limit`; `unread` is what came before it.
    pub(crate) fn ask(
        &self,
        host: &str,
        target: &str,
        unread: ReadBuffer,
        limit: Duration,
        out: &mut Writing,
    ) -> Result<Connecting, Error> {
        let Options { config, timeouts, handshake_limits, .. } = &self.options;
        let mut request = Request::new(host, target).limits(handshake_limits.clone());
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
        // RFC 6455 4.1: a nonce selected randomly for each connection.
        let nonce = Random::new(Seed::from_os()?).nonce();
        let awaiting = request.send(nonce, out.out())?;
        let seed = Seed::from_os()?;
        let connecting = Connecting::new(awaiting, unread, config, seed, limit, *timeouts);
        #[cfg(feature = "url")]
        if self.follows_redirects {
            return Ok(connecting.without_body_if(crate::redirects::is_redirect));
        }
        Ok(connecting)
    }
}

/// The settings that the connectors of all adapters have, over a field `terms` that clones
/// share.
macro_rules! connector_settings {
    () => {
        /// A connector with the default [`Options`].
        #[must_use]
        pub fn new() -> Self {
            Self::default()
        }

        /// Limits and times.
        #[must_use]
        pub fn options(mut self, options: Options) -> Self {
            Arc::make_mut(&mut self.terms).options = options;
            self
        }

        /// The `Origin` to send. Only browsers must (RFC 6455 4.1).
        #[must_use]
        pub fn origin(mut self, origin: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.terms).origin = Some(origin.into());
            self
        }

        /// A subprotocol to offer; the first one given is preferred.
        #[must_use]
        pub fn subprotocol(mut self, name: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.terms).subprotocols.push(name.into().into());
            self
        }

        /// A further header of the request.
        #[must_use]
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.terms).headers.push(name, value);
            self
        }

        /// How many redirects [`connect`](Self::connect) follows. By default none: a redirect is a
        /// refusal.
        ///
        /// From `wss` to `ws` none is followed. With a redirect to another scheme, host or port,
        /// the [headers](Self::header) and the credentials in the URL are left behind.
        #[cfg(feature = "url")]
        #[must_use]
        pub fn max_redirects(mut self, max_redirects: usize) -> Self {
            Arc::make_mut(&mut self.terms).max_redirects = max_redirects;
            self
        }

        /// Through which proxies [`connect`](Self::connect) goes: one [`Proxy`](crate::Proxy) for
        /// all servers, or those that [`Proxies::from_env`](crate::Proxies::from_env) has read. By
        /// default it goes through none, and the environment is not asked.
        #[cfg(feature = "url")]
        #[must_use]
        pub fn proxies(mut self, proxies: impl Into<crate::proxies::Proxies>) -> Self {
            Arc::make_mut(&mut self.terms).proxies = proxies.into();
            self
        }
    };
}

pub(crate) use connector_settings;
