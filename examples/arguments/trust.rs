//! The authorities that a client trusts.

use std::{error::Error as StdError, ffi::OsStr, sync::Arc};

use sansocket::rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};

/// Trusts only the authorities in a file.
pub(crate) fn only(file: &OsStr) -> Result<Arc<ClientConfig>, Box<dyn StdError + Send + Sync>> {
    let mut authorities = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file)? {
        authorities.add(certificate?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(authorities)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
