#[cfg(feature = "tokio-rustls")]
use alloc::boxed::Box;
use core::{
    pin::Pin,
    task::{Context, Poll},
};
use std::io::{self, IoSlice};

use ::tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
#[cfg(feature = "tokio-rustls")]
use ::tokio_rustls::{TlsConnector, client::TlsStream};
#[cfg(feature = "tokio-rustls")]
use rustls::ClientConnection;

#[cfg(feature = "tokio-rustls")]
use super::{ClientTls, client_tls::invalid};

/// The stream of a connection to a URL: TCP, with TLS for `wss` (RFC 6455 10.6).
#[derive(Debug)]
pub struct ClientStream {
    stream: Layer,
}

#[derive(Debug)]
enum Layer {
    Tcp(TcpStream),
    // Boxed, since it is large.
    #[cfg(feature = "tokio-rustls")]
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
            #[cfg(feature = "tokio-rustls")]
            Layer::Tls(stream) => stream.get_ref().0,
        }
    }

    /// Returns the TLS session, with the negotiated settings and the certificates of the server; `None`
    /// with `ws`.
    #[cfg(feature = "tokio-rustls")]
    #[must_use]
    pub fn tls_connection(&self) -> Option<&ClientConnection> {
        match &self.stream {
            Layer::Tcp(_) => None,
            Layer::Tls(stream) => Some(stream.get_ref().1),
        }
    }
}

/// Does the same with either kind of stream.
macro_rules! with_stream {
    ($this:expr, $stream:ident => $action:expr) => {
        match &mut $this.get_mut().stream {
            Layer::Tcp($stream) => $action,
            #[cfg(feature = "tokio-rustls")]
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
            #[cfg(feature = "tokio-rustls")]
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

#[cfg(feature = "tokio-rustls")]
impl ClientTls {
    /// Does the TLS handshake over a stream. `unread` holds bytes that were read before.
    ///
    /// # Errors
    ///
    /// The handshake failed.
    pub(crate) async fn with_task(
        self,
        stream: ClientStream,
        unread: &[u8],
    ) -> io::Result<ClientStream> {
        let (config, name) = self.into_parts(unread)?;
        let Layer::Tcp(stream) = stream.stream else { return Err(invalid("TLS within TLS")) };
        let stream = TlsConnector::from(config).connect(name, stream).await?;
        Ok(ClientStream { stream: Layer::Tls(Box::new(stream)) })
    }
}
