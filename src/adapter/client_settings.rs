use alloc::{string::String, vec::Vec};
use core::time::Duration;

use super::{Error, Options};
use crate::{
    buffered::ReadBuffer,
    handshake::{ExtraHeaders, client::Request},
    random::{Random, Seed},
    redacted::Redacted,
    session::{Connecting, Writing},
};

/// What a client asks for in each upgrade request.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientSettings {
    pub(crate) options: Options,
    pub(crate) origin: Option<String>,
    pub(crate) subprotocols: Vec<Redacted<String>>,
    pub(crate) headers: ExtraHeaders,
    #[cfg(feature = "url")]
    pub(crate) max_redirects: usize,
    #[cfg(feature = "url")]
    pub(crate) proxies: crate::connecting::ProxyRules,
    /// Whether a redirect that comes as the response is followed.
    #[cfg(feature = "url")]
    follows_redirects: bool,
}

impl ClientSettings {
    /// The settings for where redirects have led so far.
    #[cfg(feature = "url")]
    pub(crate) fn at(&self, redirects: &crate::connecting::Redirects) -> Self {
        let mut settings = self.clone();
        settings.follows_redirects = self.max_redirects > 0;
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

    /// Connects to a URL by `connect_to`, which is called for where each redirect leads.
    #[cfg(feature = "url")]
    pub(crate) fn follow_redirects<T>(
        &self,
        url: &str,
        connect_to: impl Fn(&Self, &crate::connecting::Endpoint) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let endpoint = crate::connecting::Endpoint::parse(url)?;
        let mut redirects = crate::connecting::Redirects::new(endpoint, self.max_redirects);
        loop {
            match connect_to(&self.at(&redirects), redirects.endpoint()) {
                Err(failure) => Self::follow(&mut redirects, failure)?,
                opened => return opened,
            }
        }
    }

    /// Follows a redirect to where the next attempt goes, if that is what an attempt has failed with.
    /// If not, it is the error.
    #[cfg(feature = "url")]
    pub(crate) fn follow(
        redirects: &mut crate::connecting::Redirects,
        failure: Error,
    ) -> Result<(), Error> {
        if let Error::Handshake(error) = &failure
            && let crate::handshake::HandshakeError::UnexpectedResponse(response) = &**error
            && redirects.follow(response)?
        {
            return Ok(());
        }
        Err(failure)
    }

    /// Queues the request. The response may take `limit`; `unread` is what came before it.
    pub(crate) fn send_request(
        &self,
        host: &str,
        target: &str,
        unread: ReadBuffer,
        limit: Duration,
        out: &mut Writing,
    ) -> Result<Connecting, Error> {
        let Options { limits, timeouts, head_limits, .. } = &self.options;
        let mut request = Request::new(host, target).limits(head_limits.clone());
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
        let connecting = Connecting::new(awaiting, unread, limits, seed, limit, *timeouts);
        #[cfg(feature = "url")]
        if self.follows_redirects {
            return Ok(connecting.without_body_if(crate::connecting::is_redirect));
        }
        Ok(connecting)
    }
}

/// The settings that the connectors of all adapters have, over a field `settings` that clones
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
            Arc::make_mut(&mut self.settings).options = options;
            self
        }

        /// The `Origin` to send. Only browsers must (RFC 6455 4.1).
        #[must_use]
        pub fn origin(mut self, origin: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.settings).origin = Some(origin.into());
            self
        }

        /// A subprotocol to offer; the first one given is preferred.
        #[must_use]
        pub fn subprotocol(mut self, name: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.settings).subprotocols.push(name.into().into());
            self
        }

        /// A further header of the request.
        #[must_use]
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.settings).headers.push(name, value);
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
            Arc::make_mut(&mut self.settings).max_redirects = max_redirects;
            self
        }

        /// Through which proxies [`connect`](Self::connect) goes: one [`Proxy`](crate::Proxy) for
        /// all servers, or those that [`ProxyRules::from_env`](crate::ProxyRules::from_env) has read. By
        /// default it goes through none, and the environment is not asked.
        #[cfg(feature = "url")]
        #[must_use]
        pub fn proxies(mut self, proxies: impl Into<crate::connecting::ProxyRules>) -> Self {
            Arc::make_mut(&mut self.settings).proxies = proxies.into();
            self
        }
    };
}

pub(crate) use connector_settings;
