#[cfg(feature = "rustls")]
use alloc::{boxed::Box, string::String, sync::Arc};
use core::{
    pin::Pin,
    task::{Context, Poll},
};
use std::io::{self, IoSlice};

use ::tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
#[cfg(feature = "rustls")]
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, ClientConnection, pki_types::ServerName},
};

/// What a URL connects to: TCP, with TLS for `wss` (RFC 6455 10.6).
#[derive(Debug)]
pub struct ClientStream {
    stream: Layer,
}

#[derive(Debug)]
enum Layer {
    Tcp(TcpStream),
    // Boxed, since it is large.
    #[cfg(feature = "rustls")]
    Tls(Box<TlsStream<TcpStream>>),
}

impl ClientStream {
    pub(crate) const fn tcp(stream: TcpStream) -> Self {
        Self { stream: Layer::Tcp(stream) }
    }

    /// Returns the TCP connection, for its addresses and options.
    #[must_use]
    pub fn tcp_stream(&self) -> &TcpStream {
        match &self.stream {
            Layer::Tcp(stream) => stream,
            #[cfg(feature = "rustls")]
            Layer::Tls(stream) => stream.get_ref().0,
        }
    }

    /// The state of TLS, with what was agreed on and the certificates of the server; `None` with
    /// `ws`.
    #[cfg(feature = "rustls")]
    #[must_use]
    pub fn tls_connection(&self) -> Option<&ClientConnection> {
        match &self.stream {
            Layer::Tcp(_) => None,
            Layer::Tls(stream) => Some(stream.get_ref().1),
        }
    }
}

/// Does the same with the stream in either layer.
macro_rules! with_stream {
    ($this:expr, $stream:ident => $action:expr) => {
        match &mut $this.get_mut().stream {
            Layer::Tcp($stream) => $action,
            #[cfg(feature = "rustls")]
            Layer::Tls($stream) => $action,
        }
    };
}

impl AsyncRead for ClientStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        with_stream!(self, stream => Pin::new(stream).poll_read(cx, buffer))
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        with_stream!(self, stream => Pin::new(stream).poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        with_stream!(self, stream => Pin::new(stream).poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Layer::Tcp(stream) => stream.is_write_vectored(),
            #[cfg(feature = "rustls")]
            Layer::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        with_stream!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        with_stream!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }
}

/// TLS with a server, before there is a stream to it.
#[cfg(feature = "rustls")]
pub(crate) struct ClientTls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

#[cfg(feature = "rustls")]
impl ClientTls {
    /// With the platform's opinion on whom to trust, if there is no `config`.
    ///
    /// # Errors
    ///
    /// The settings or the name are of no use.
    pub(crate) fn new(host: &str, config: Option<&Arc<ClientConfig>>) -> io::Result<Self> {
        let config = match config {
            Some(config) => Arc::clone(config),
            None => super::platform_config().map_err(invalid)?,
        };
        let name = ServerName::try_from(String::from(host))
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok(Self { config, name })
    }

    /// Does the handshake over a stream from which nothing was read that is not known what to do with.
    ///
    /// # Errors
    ///
    /// The handshake failed.
    pub(crate) async fn over(
        self,
        stream: ClientStream,
        is_unread: bool,
    ) -> io::Result<ClientStream> {
        match stream.stream {
            Layer::Tcp(stream) if is_unread => {
                let stream = TlsConnector::from(self.config).connect(self.name, stream).await?;
                Ok(ClientStream { stream: Layer::Tls(Box::new(stream)) })
            }
            // In TLS the client speaks first.
            _ => Err(invalid("the proxy sent more than its answer")),
        }
    }
}

/// Fails alike each time, as a certificate that is not trusted does.
#[cfg(feature = "rustls")]
fn invalid(error: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
