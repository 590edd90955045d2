//! An echo server on Tokio with a task per connection that allows every origin.
//!
//!     cargo run --release --features net --example echo_tokio
//!
//! With `--features deflate` it supports compression, with `--features tracing` it logs how each
//! connection ended, with `--features tokio-rustls` it can serve wss:
//!
//!     openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
//!         -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
//!         -keyout key.pem -out cert.pem
//!     cargo run --release --features tokio-rustls --example echo_tokio -- --cert cert.pem --key key.pem

#[path = "arguments/server.rs"]
mod arguments;

use std::{error::Error as StdError, io, thread, time::Duration};

use lexopt::ValueExt as _;
use sansocket::{
    Error,
    tokio::{Acceptor, WebSocket},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    runtime, time,
};

use arguments::Arguments;

const USAGE: &str = "
  --threads N                  threads of the runtime (one per core), or 1: the current thread
  --cert FILE --key FILE       serve wss, with the feature tokio-rustls: PEM";

fn main() -> Result<(), Box<dyn StdError>> {
    let mut threads = thread::available_parallelism()?;
    #[cfg(feature = "tokio-rustls")]
    let (mut cert, mut key) = (None, None);
    let arguments = Arguments::parse(USAGE, |name, parser| {
        match name {
            "threads" => threads = parser.value()?.parse()?,
            #[cfg(feature = "tokio-rustls")]
            "cert" => cert = Some(parser.value()?),
            #[cfg(feature = "tokio-rustls")]
            "key" => key = Some(parser.value()?),
            _ => return Ok(false),
        }
        Ok(true)
    });
    let mut runtime = match threads.get() {
        1 => runtime::Builder::new_current_thread(),
        _ => runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.worker_threads(threads.get()).enable_all().build()?;
    #[cfg(feature = "tokio-rustls")]
    if cert.is_some() || key.is_some() {
        let (cert, key) = cert.zip(key).ok_or("--cert and --key need each other")?;
        let tls = tls::acceptor(&cert, &key)?;
        let echo = |acceptor, stream| tls::echo(tls.clone(), acceptor, stream);
        return Ok(runtime.block_on(serve("wss", arguments, echo))?);
    }
    Ok(runtime.block_on(serve("ws", arguments, echo))?)
}

/// Runs `echo` for each connection, in its own task.
async fn serve<F>(
    scheme: &str,
    Arguments { listen, acceptor }: Arguments,
    echo: impl Fn(Acceptor, TcpStream) -> F,
) -> io::Result<()>
where
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    let listener = TcpListener::bind(listen).await?;
    println!("listening on {scheme}://{}", listener.local_addr()?);
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Probably out of descriptors: connections that end will free some.
                tracing::warn!(%error, "cannot accept");
                time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Logs how each connection ended.
        tokio::spawn(echo(acceptor.clone(), stream));
    }
}

async fn echo(acceptor: Acceptor, stream: TcpStream) -> Result<(), Error> {
    send_back(acceptor.accept(stream).await?).await
}

/// Sends every message back.
async fn send_back<S>(mut socket: WebSocket<S>) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some((message, mut writer)) = socket.read().await? {
        writer.feed(message).await?;
    }
    Ok(())
}

#[cfg(feature = "tokio-rustls")]
mod tls {
    use std::{error::Error as StdError, ffi::OsStr, io, sync::Arc, time::Duration};

    use sansocket::{
        Error,
        rustls::{
            ServerConfig,
            crypto::ring,
            pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
        },
        tokio::Acceptor,
    };
    use tokio::{net::TcpStream, time::timeout};
    use tokio_rustls::TlsAcceptor;

    pub(super) fn acceptor(cert: &OsStr, key: &OsStr) -> Result<TlsAcceptor, Box<dyn StdError>> {
        let certs = CertificateDer::pem_file_iter(cert)?.collect::<Result<_, _>>()?;
        let key = PrivateKeyDer::from_pem_file(key)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(certs, key)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    pub(super) async fn echo(
        tls: TlsAcceptor,
        acceptor: Acceptor,
        stream: TcpStream,
    ) -> Result<(), Error> {
        stream.set_nodelay(true)?;
        // The timeout of the acceptor starts after the TLS handshake.
        let secured = timeout(Duration::from_secs(10), tls.accept(stream)).await;
        let stream = secured.map_err(io::Error::from)??;
        super::send_back(acceptor.accept_over(stream).await?).await
    }
}
