use alloc::sync::Arc;

use sansocket::OriginPolicy;

use super::{Adapter, MemoryAdapter, Server, access::Access};
use crate::session::server::Settings;

/// The settings of a [`Server`].
///
/// ```
/// use core::time::Duration;
/// use sansocket::OriginPolicy;
/// use sansocket_socketio::{server::{MemoryAdapter, Server}, session::server::Settings};
///
/// let mut settings = Settings::default();
/// settings.ping_interval = Duration::from_secs(10);
/// settings.max_payload = 100_000;
/// let server = Server::builder()
///     .settings(settings)
///     .origin_policy(OriginPolicy::List(vec!["https://example.com".into()]))
///     .allow_credentials(true)
///     .adapter(MemoryAdapter::recovering(Duration::from_secs(120)))
///     .build();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing without `build`"]
pub struct Builder {
    settings: Settings,
    max_connections: usize,
    access: Access,
    adapter: Arc<dyn Adapter>,
}

impl Default for Builder {
    fn default() -> Self {
        let adapter = Arc::new(MemoryAdapter::new());
        let (settings, access) = (Settings::default(), Access::default());
        Self { settings, max_connections: 100_000, access, adapter }
    }
}

impl Builder {
    /// Sets the times and limits of sessions.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Sets how many connections there may be at a time. 100,000 by default; another client gets 503.
    ///
    /// A client that polls needs no open TCP connection, so the HTTP server cannot count them.
    pub fn max_connections(mut self, max_connections: usize) -> Self {
        self.max_connections = max_connections;
        self
    }

    /// Sets which pages may connect, over any transport. Others get 403. By default, those of the same
    /// host, and clients other than browsers.
    ///
    /// Pages that may connect get the headers of CORS that they need.
    pub fn origin_policy(mut self, origin_policy: OriginPolicy) -> Self {
        self.access.origin_policy = origin_policy;
        self
    }

    /// Sets whether pages of other hosts may send cookies when they poll. `false` by default, and always
    /// with [`OriginPolicy::Any`].
    pub fn allow_credentials(mut self, allow_credentials: bool) -> Self {
        self.access.allow_credentials = allow_credentials;
        self
    }

    /// Sets the adapter, which works for this server alone. [`MemoryAdapter::new`] by default.
    pub fn adapter(mut self, adapter: impl Adapter) -> Self {
        self.adapter = Arc::new(adapter);
        self
    }

    /// Creates the server.
    #[must_use]
    pub fn build(self) -> Server {
        Server::build(self.settings, self.max_connections, self.access, self.adapter)
    }
}
