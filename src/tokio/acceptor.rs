use alloc::{boxed::Box, string::String, sync::Arc};
use core::future::Future;
#[cfg(feature = "net")]
use std::io;

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
/// Every rejected request gets an HTTP response with the reason.
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
///         // Probably out of descriptors: connections that end will free some.
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
    /// Creates an acceptor with the default [`Options`]. It accepts pages of its own host, and
    /// clients other than browsers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    acceptor_settings!();

    /// Answers the request on a TCP stream. Sets `TCP_NODELAY`, which turns Nagle's algorithm off.
    ///
    /// # Errors
    ///
    /// The handshake failed, and the client got a response with the reason; or the stream failed.
    ///
    /// # Panics
    ///
    /// When polled outside of a Tokio runtime whose timers are enabled.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, so is the stream.
    #[cfg(feature = "net")]
    pub fn accept(
        &self,
        stream: TcpStream,
    ) -> impl Future<Output = Result<WebSocket<TcpStream>, Error>> + Send + use<> {
        let (nodelay, received) = self.received(stream);
        let accepting = Self::open(received);
        Box::pin(async move {
            nodelay?;
            accepting.await
        })
    }

    /// Answers the request on any stream.
    ///
    /// If it is a stream over TCP, set `TCP_NODELAY` first: otherwise Nagle's algorithm makes a
    /// small message wait for the acknowledgement of the previous one. The address of the peer is
    /// not known, so [events](crate::events) do not have it.
    ///
    /// # Errors
    ///
    /// The handshake failed, and the client got a response with the reason; or the stream failed.
    ///
    /// # Panics
    ///
    /// When polled outside of a Tokio runtime whose timers are enabled.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, so is the stream.
    pub fn accept_over<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> impl Future<Output = Result<WebSocket<S>, Error>> + use<S> {
        Self::open(self.received_over(stream))
    }

    /// Reads a request of any kind from a TCP stream. Sets `TCP_NODELAY`. The
    /// application decides later whether to accept it and with which headers, for example after a
    /// query to a database. The time until then does not count towards the handshake timeout.
    ///
    /// ```no_run
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
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept), except that a request other than an upgrade is not an error
    /// yet.
    ///
    /// # Panics
    ///
    /// As for [`accept`](Self::accept).
    ///
    /// # Cancel safety
    ///
    /// As for [`accept`](Self::accept).
    #[cfg(feature = "net")]
    pub fn receive(
        &self,
        stream: TcpStream,
    ) -> impl Future<Output = Result<Received<TcpStream>, Error>> + Send + use<> {
        let (nodelay, mut received) = self.received(stream);
        async move {
            nodelay?;
            received.read_request().await?;
            Ok(received)
        }
    }

    /// Reads a request from any stream, to be accepted or rejected later. About TCP and the address
    /// of the peer, see [`accept_over`](Self::accept_over).
    ///
    /// # Errors
    ///
    /// As for [`accept_over`](Self::accept_over), except that a request other than an upgrade is
    /// not an error yet.
    ///
    /// # Panics
    ///
    /// As for [`accept_over`](Self::accept_over).
    ///
    /// # Cancel safety
    ///
    /// As for [`accept_over`](Self::accept_over).
    pub fn receive_over<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> impl Future<Output = Result<Received<S>, Error>> + use<S> {
        let mut received = self.received_over(stream);
        async move {
            received.read_request().await?;
            Ok(received)
        }
    }

    #[cfg(feature = "net")]
    fn received(&self, stream: TcpStream) -> (io::Result<()>, Received<TcpStream>) {
        // Without this, a small message waits for the acknowledgement of the one before.
        let nodelay = stream.set_nodelay(true);
        let log = Log::server(|| stream.peer_addr().ok());
        (nodelay, Received::new(Arc::clone(&self.settings), stream, log))
    }

    fn received_over<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> Received<S> {
        Received::new(Arc::clone(&self.settings), stream, Log::server(|| None))
    }

    fn open<S: AsyncRead + AsyncWrite + Unpin>(
        mut received: Received<S>,
    ) -> impl Future<Output = Result<WebSocket<S>, Error>> + use<S> {
        // Boxed, so that a task that serves the connection does not keep room for it.
        Box::pin(async move {
            received.read_request().await?;
            received.answer().await?;
            received.open()
        })
    }
}

#[cfg(feature = "net")]
impl WebSocket<TcpStream> {
    /// Answers an upgrade request on `stream` with the defaults of [`Acceptor`].
    ///
    /// # Errors
    ///
    /// The handshake failed, and the client got a response with the reason; or the stream failed.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, so is the stream.
    pub fn accept(stream: TcpStream) -> impl Future<Output = Result<Self, Error>> + Send {
        Acceptor::new().accept(stream)
    }
}
