use alloc::{boxed::Box, string::String, sync::Arc};
use core::future::Future;

use ::tokio::io::{AsyncRead, AsyncWrite};
#[cfg(feature = "net")]
use ::tokio::net::TcpStream;

use super::{Received, WebSocket};
use crate::{
    adapter::{
        Error, Log, Options,
        server_settings::{ServerSettings, acceptor_settings},
    },
    handshake::OriginPolicy,
};

/// Answers upgrade requests: the server's side of the opening handshake (RFC 6455 4.2).
///
/// Every request that is refused gets an HTTP response that says why.
///
/// ```no_run
/// use sansocket::handshake::OriginPolicy;
/// use sansocket::tokio::Acceptor;
///
/// # #[cfg(feature = "net")]
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let acceptor = Acceptor::new().subprotocol("chat.v1").origin_policy(OriginPolicy::Any);
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:9001").await?;
/// loop {
///     let Ok((stream, _)) = listener.accept().await else {
///         // Out of descriptors, most likely: connections that end will free some.
///         tokio::time::sleep(std::time::Duration::from_millis(100)).await;
///         continue;
///     };
///     let acceptor = acceptor.clone();
///     tokio::spawn(async move {
///         let mut socket = acceptor.accept(stream).await?;
///         while let Some(message) = socket.recv().await? {
///             socket.feed(message).await?;
///         }
///         Ok::<(), sansocket::Error>(())
///     });
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Acceptor {
    pub(crate) settings: Arc<ServerSettings>,
}

impl Acceptor {
    /// Creates an acceptor with the default [`Options`], which serves pages of its own host only, and
    /// clients that are no browsers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    acceptor_settings!();

    /// Answers the request on a TCP stream, on which small writes are no longer delayed.
    ///
    /// # Errors
    ///
    /// The handshake failed; the peer was told why. Or the stream did.
    ///
    /// # Panics
    ///
    /// When polled outside of a Tokio runtime whose timers are enabled.
    ///
    /// # Cancel safety
    ///
    /// The stream is lost with the future.
    #[cfg(feature = "net")]
    pub fn accept(
        &self,
        stream: TcpStream,
    ) -> impl Future<Output = Result<WebSocket<TcpStream>, Error>> + Send + use<> {
        // Without this, a small message waits for the acknowledgement of the one before.
        let nodelay = stream.set_nodelay(true);
        let log = Log::server(|| stream.peer_addr().ok());
        let accepting = self.open(stream, log);
        Box::pin(async move {
            nodelay?;
            accepting.await
        })
    }

    /// Answers the request on any stream.
    ///
    /// # Errors
    ///
    /// The handshake failed; the peer was told why. Or the stream did.
    ///
    /// # Panics
    ///
    /// When polled outside of a Tokio runtime whose timers are enabled.
    ///
    /// # Cancel safety
    ///
    /// The stream is lost with the future.
    pub fn accept_over<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> impl Future<Output = Result<WebSocket<S>, Error>> + use<S> {
        self.open(stream, Log::server(|| None))
    }

    fn open<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        log: Log,
    ) -> impl Future<Output = Result<WebSocket<S>, Error>> + use<S> {
        let mut received = Received::new(Arc::clone(&self.settings), stream, log);
        // Boxed, so that a task that serves the connection does not keep room for it.
        Box::pin(async move {
            received.read_request().await?;
            received.answer().await?;
            received.open()
        })
    }

    /// Reads a request, of whatever kind, over any stream. Whether it is accepted, and with which
    /// headers, is decided later, after a look into a database, say: that takes none of the time that
    /// the handshake has.
    ///
    /// Over TCP, turn `TCP_NODELAY` on first, as [`accept`](Self::accept) does: with Nagle's algorithm
    /// a small message waits for the acknowledgement of the one before.
    ///
    /// ```no_run
    /// # #[cfg(feature = "net")] {
    /// # async fn may_enter(user: &str) -> bool { true }
    /// # async fn serve(stream: tokio::net::TcpStream) -> Result<(), sansocket::Error> {
    /// use sansocket::{handshake::server::Rejection, tokio::Acceptor};
    ///
    /// let received = Acceptor::new().receive(stream).await?;
    /// let target = String::from(received.request()?.target());
    /// if target == "/health" {
    ///     return received.reject(Rejection::new(200).body("fine")).await;
    /// }
    /// if !may_enter(&target).await {
    ///     return received.reject(Rejection::new(403)).await;
    /// }
    /// let socket = received.header("X-Served-By", "sansocket").accept().await?;
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`accept_over`](Self::accept_over); but a request that is none for an upgrade is no error yet.
    ///
    /// # Panics
    ///
    /// As for [`accept_over`](Self::accept_over).
    ///
    /// # Cancel safety
    ///
    /// As for [`accept_over`](Self::accept_over).
    pub fn receive<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> impl Future<Output = Result<Received<S>, Error>> + use<S> {
        let log = Log::server(|| None);
        let mut received = Received::new(Arc::clone(&self.settings), stream, log);
        async move {
            received.read_request().await?;
            Ok(received)
        }
    }
}

#[cfg(feature = "net")]
impl WebSocket<TcpStream> {
    /// Answers an upgrade request on `stream` with the defaults of [`Acceptor`].
    ///
    /// # Errors
    ///
    /// The handshake failed. The peer was told why.
    ///
    /// # Cancel safety
    ///
    /// The stream is lost with the future.
    pub fn accept(stream: TcpStream) -> impl Future<Output = Result<Self, Error>> + Send {
        Acceptor::new().accept(stream)
    }
}
