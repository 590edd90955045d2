use alloc::sync::Arc;
use std::sync::OnceLock;

use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_rustls::rustls::{ClientConfig, Error, crypto::ring};

/// The same settings, with which nothing but HTTP/1.1 can be agreed on by ALPN (RFC 7301).
pub(crate) fn offering_http_1(mut config: Arc<ClientConfig>) -> Arc<ClientConfig> {
    const HTTP_1_1: &[u8] = b"http/1.1";
    let offers_others = config.alpn_protocols.iter().any(|protocol| protocol != HTTP_1_1);
    if offers_others {
        Arc::make_mut(&mut config).alpn_protocols = [HTTP_1_1.into()].into();
    }
    // Else a server could choose what was not offered.
    if !config.check_selected_alpn {
        Arc::make_mut(&mut config).check_selected_alpn = true;
    }
    config
}

/// TLS with the platform's opinion on whom to trust. Made once, since that can mean to read many
/// certificates.
pub(crate) fn platform_config() -> Result<Arc<ClientConfig>, Error> {
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
