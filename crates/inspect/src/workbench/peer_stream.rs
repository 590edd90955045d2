use std::{fmt, sync::Arc};

use rustls::{ClientConfig, crypto::ring, pki_types::ServerName};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Duration, timeout},
};
use tokio_rustls::TlsConnector;

use super::target::Target;

/// The stream to a peer: in this program, over TCP, or over TLS.
pub(super) type PeerStream = Box<dyn Stream>;

/// What all of them are.
pub(super) trait Stream: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin> Stream for S {}

/// How long an address may take to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Connects to an address. The error is for the user.
pub(super) async fn dial(target: &Target) -> Result<PeerStream, String> {
    let Target { name, port, .. } = target;
    let failed = |error: String| format!("{name}, port {port}: {error}");
    match timeout(CONNECT_TIMEOUT, connect(target)).await {
        Ok(connected) => connected.map_err(failed),
        Err(_) => Err(failed(format!("no answer in {CONNECT_TIMEOUT:?}"))),
    }
}

async fn connect(target: &Target) -> Result<PeerStream, String> {
    let text = |error: std::io::Error| error.to_string();
    let stream = TcpStream::connect((&*target.name, target.port)).await.map_err(text)?;
    stream.set_nodelay(true).map_err(text)?;
    if !target.is_secure {
        return Ok(Box::new(stream));
    }
    let config = tls_config().map_err(|error| error.to_string())?;
    let name = ServerName::try_from(target.name.clone()).map_err(|error| error.to_string())?;
    let connector = TlsConnector::from(Arc::new(config));
    Ok(Box::new(connector.connect(name, stream).await.map_err(text)?))
}

/// The platform's roots.
fn tls_config() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_platform_verifier()?.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
