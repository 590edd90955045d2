use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use url::Url;

use super::{failure::Failure, options::Security};

/// The server under test.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    url: Url,
    host: String,
    port: u16,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url =
            Url::parse(text).map_err(|error| format!("{error}: ws://HOST:PORT/ is needed"))?;
        if !matches!(url.scheme(), "ws" | "wss") {
            return Err(format!("the scheme {} is not ws or wss", url.scheme()));
        }
        let host = url.host_str().ok_or("the host is missing")?.to_owned();
        let port = url.port_or_known_default().ok_or("the port is missing")?;
        Ok(Self { url, host, port })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

impl Target {
    /// The value of Host: without the default port (RFC 6455 4.1).
    pub(crate) fn host_header(&self) -> String {
        match self.url.port() {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// The resource name (RFC 6455 3).
    pub(crate) fn path(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    /// Whether connections are encrypted with TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.url.scheme() == "wss"
    }

    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// Opens connections to a server.
#[derive(Clone)]
pub(crate) struct Dialer {
    target: Target,
    tls: Option<TlsConnector>,
}

/// A connection to a server.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

const LIMIT: Duration = Duration::from_secs(5);

impl Dialer {
    pub(crate) fn new(target: Target, security: &Security) -> Result<Self, Failure> {
        let tls = match target.is_secure() {
            true => Some(TlsConnector::from(Arc::new(config(security)?))),
            false => None,
        };
        Ok(Self { target, tls })
    }

    /// Opens a connection, with TLS if the URL says so.
    pub(crate) async fn dial(&self) -> Result<Box<dyn Stream>, String> {
        match timeout(LIMIT, self.connect()).await {
            Ok(connected) => connected,
            Err(_) => Err(format!("{}: no connection within 5 s", self.target.address())),
        }
    }

    async fn connect(&self) -> Result<Box<dyn Stream>, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", self.target.address());
        // The brackets of an IPv6 address are no part of it.
        let host = self.target.host.trim_matches(['[', ']']);
        let stream = TcpStream::connect((host, self.target.port)).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let Some(tls) = &self.tls else {
            return Ok(Box::new(stream));
        };
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let stream = tls.connect(name, stream).await.map_err(failed)?;
        Ok(Box::new(stream))
    }
}

fn config(security: &Security) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(ring::default_provider());
    let wrong = |error: Error| Failure::Argument(format!("TLS: {error}"));
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(wrong)?;
    if security.insecure {
        let verifier = Arc::new(AnyCertificate(provider));
        return Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth());
    }
    let Some(path) = &security.ca else {
        return Ok(builder.with_platform_verifier().map_err(wrong)?.with_no_client_auth());
    };
    let unusable = |problem: String| Failure::File { path: path.clone(), problem };
    let mut roots = RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?
    {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unusable("it holds no certificate".to_owned()));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// For `--insecure`: any certificate, but the signatures are verified.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
