use alloc::{boxed::Box, string::String, sync::Arc};
use std::io;

use rustls::{ClientConfig, pki_types::ServerName};

/// TLS with a server, before there is a stream to it.
pub(crate) struct ClientTls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl ClientTls {
    /// Uses the settings of the enabled features if there is no `config`.
    ///
    /// # Errors
    ///
    /// The settings are incomplete, or the name is invalid.
    pub(crate) fn new(host: &str, config: Option<&Arc<ClientConfig>>) -> io::Result<Self> {
        let config = match config {
            Some(config) => Arc::clone(config),
            None => super::default_config().map_err(invalid)?,
        };
        let name = ServerName::try_from(String::from(host))
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok(Self { config, name })
    }

    /// Returns the parts for the handshake. `unread` holds bytes that a proxy has sent after its
    /// answer.
    ///
    /// # Errors
    ///
    /// There are such bytes: in TLS the client sends first.
    pub(super) fn into_parts(
        self,
        unread: &[u8],
    ) -> io::Result<(Arc<ClientConfig>, ServerName<'static>)> {
        if unread.is_empty() {
            Ok((self.config, self.name))
        } else {
            Err(invalid("the proxy sent more than its answer"))
        }
    }
}

/// An error that would recur, such as an untrusted certificate, so that it is not retried.
pub(super) fn invalid(error: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
