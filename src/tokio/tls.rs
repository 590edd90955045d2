use alloc::sync::Arc;
use std::sync::OnceLock;

use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_rustls::rustls::{ClientConfig, Error, crypto::ring};

/// TLS with the platform's opinion on whom to trust. Made once, since that can mean to read many
/// certificates.
pub(super) fn platform_config() -> Result<Arc<ClientConfig>, Error> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(Arc::clone(config));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    Ok(Arc::clone(CONFIG.get_or_init(|| Arc::new(config))))
}
