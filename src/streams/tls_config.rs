use alloc::sync::Arc;
use std::sync::OnceLock;

use rustls::{
    ClientConfig, ConfigBuilder, WantsVerifier, client::WantsClientCert, crypto::CryptoProvider,
};

const NO_PROVIDER: &str = "TLS has no crypto provider: enable the feature `rustls-ring` or \
    `rustls-aws-lc-rs`, install a process default of rustls, or call `Connector::tls`";
#[cfg(not(any(feature = "rustls-platform-verifier", feature = "rustls-webpki-roots")))]
const NO_ROOTS: &str = "TLS has no roots to trust: enable the feature `rustls-platform-verifier` or \
    `rustls-webpki-roots`, or call `Connector::tls`";

/// Returns the same settings, with which ALPN can select only HTTP/1.1 (RFC 7301).
pub(crate) fn offering_http_1(mut config: Arc<ClientConfig>) -> Arc<ClientConfig> {
    const HTTP_1_1: &[u8] = b"http/1.1";
    let offers_others = config.alpn_protocols.iter().any(|protocol| protocol != HTTP_1_1);
    if offers_others {
        Arc::make_mut(&mut config).alpn_protocols = [HTTP_1_1.into()].into();
    }
    // Otherwise a server could choose a protocol that was not offered.
    if !config.check_selected_alpn {
        Arc::make_mut(&mut config).check_selected_alpn = true;
    }
    config
}

/// Returns the settings of the enabled features. They are created once, since that may require
/// reading many certificates.
///
/// # Errors
///
/// A feature is missing, or the provider or the platform fails.
pub(super) fn default_config() -> Result<Arc<ClientConfig>, rustls::Error> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(Arc::clone(config));
    }
    let provider = provider().ok_or_else(|| missing(NO_PROVIDER))?;
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = with_roots(builder)?.with_no_client_auth();
    Ok(Arc::clone(CONFIG.get_or_init(|| Arc::new(config))))
}

/// Features only add: a feature enabled by another dependency does not remove a provider.
#[cfg(feature = "rustls-ring")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there may be none")]
fn provider() -> Option<Arc<CryptoProvider>> {
    Some(Arc::new(rustls::crypto::ring::default_provider()))
}

#[cfg(all(feature = "rustls-aws-lc-rs", not(feature = "rustls-ring")))]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there may be none")]
fn provider() -> Option<Arc<CryptoProvider>> {
    Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

#[cfg(not(any(feature = "rustls-ring", feature = "rustls-aws-lc-rs")))]
fn provider() -> Option<Arc<CryptoProvider>> {
    CryptoProvider::get_default().cloned()
}

type WithoutRoots = ConfigBuilder<ClientConfig, WantsVerifier>;
type WithRoots = ConfigBuilder<ClientConfig, WantsClientCert>;

#[cfg(feature = "rustls-platform-verifier")]
fn with_roots(builder: WithoutRoots) -> Result<WithRoots, rustls::Error> {
    use rustls_platform_verifier::BuilderVerifierExt as _;
    builder.with_platform_verifier()
}

#[cfg(all(feature = "rustls-webpki-roots", not(feature = "rustls-platform-verifier")))]
#[expect(clippy::unnecessary_wraps, reason = "the platform's verifier may fail")]
fn with_roots(builder: WithoutRoots) -> Result<WithRoots, rustls::Error> {
    let roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    Ok(builder.with_root_certificates(roots))
}

#[cfg(not(any(feature = "rustls-platform-verifier", feature = "rustls-webpki-roots")))]
fn with_roots(_: WithoutRoots) -> Result<WithRoots, rustls::Error> {
    Err(missing(NO_ROOTS))
}

fn missing(what: &'static str) -> rustls::Error {
    rustls::Error::General(what.into())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::default_config;

    #[test]
    fn settings_are_made_of_the_features_and_an_error_names_those_that_are_missing() {
        let has_roots =
            cfg!(any(feature = "rustls-platform-verifier", feature = "rustls-webpki-roots"));
        let has_provider = cfg!(any(feature = "rustls-ring", feature = "rustls-aws-lc-rs"));
        let missing = match default_config() {
            Ok(_) => return assert!(has_roots && has_provider),
            Err(error) => error.to_string(),
        };
        let named = if has_provider { "`rustls-webpki-roots`" } else { "`rustls-ring`" };
        assert!(!(has_roots && has_provider), "{missing}");
        assert!(missing.contains(named) && missing.contains("`Connector::tls`"), "{missing}");
    }
}
