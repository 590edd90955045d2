use alloc::{boxed::Box, string::String, sync::Arc};
use std::io;

use rustls::{ClientConfig, pki_types::ServerName};

/// TLS with a server, before there is a stream to it.
pub(crate) struct ClientTls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl ClientTls {
    /// With the settings that the enabled features make, if there is no `config`.
    ///
    /// # Errors
    ///
    /// The settings cannot be made, or the name is invalid.
    pub(crate) fn new(host: &str, config: Option<&Arc<ClientConfig>>) -> io::Result<Self> {
        let config = match config {
            Some(config) => Arc::clone(config),
            None => super::default_config().map_err(invalid)?,
        };
        let name = ServerName::try_from(String::from(host))
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok(Self { config, name })
    }

    /// Takes it apart, to begin the handshake. `unread` is what a proxy has sent after its answer.
    ///
    /// # Errors
    ///
    /// There is some: in TLS the client speaks first.
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

/// It would fail in the same way each time, as with a certificate that is not trusted, so that nobody
/// tries again.
pub(super) fn invalid(error: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
