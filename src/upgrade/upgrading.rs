use alloc::{boxed::Box, sync::Arc};
use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use std::io;

use ::hyper::upgrade::OnUpgrade;
use ::tokio::time::timeout;
use hyper_util::rt::TokioIo;

use crate::{
    adapter::{Error, Log, server_settings::ServerSettings},
    buffered::{Parts, ReadBuffer, WriteBuffer},
    handshake::{
        HandshakeError,
        server::{Rejection, Request, Response},
    },
    time::TimeoutKind,
    tokio::{Acceptor, WebSocket},
};

/// The stream of a connection that hyper has handed over.
pub type Upgraded = TokioIo<::hyper::upgrade::Upgraded>;

/// A connection that hyper is about to hand over. Await it in a separate task, since it is ready
/// only after the response was returned to hyper and written.
///
/// That must not take longer than
/// [`Options::handshake_timeout`](crate::Options::handshake_timeout), counted from the first poll.
///
/// # Errors
///
/// hyper could not hand over the connection, because it has ended or is not served with upgrades
/// enabled; or the timeout has passed.
///
/// # Cancel safety
///
/// If the future is dropped, so is the connection.
#[must_use = "a future does nothing unless it is polled"]
pub struct Upgrading {
    inner: Pin<Box<dyn Future<Output = Result<WebSocket<Upgraded>, Error>> + Send>>,
}

/// For a server with hyper, which reads the request and sends the response.
impl Acceptor {
    /// Answers an upgrade request that hyper has read. Returns the response for hyper to send, and
    /// the connection that it opens.
    ///
    /// hyper limits the size of the head, and its time if the builder has a `timer`: without one,
    /// half a head is held for ever. Serve the connection `with_upgrades()`, and set `TCP_NODELAY`
    /// on the stream.
    ///
    /// ```no_run
    /// use http_body_util::Full;
    /// use hyper::{Request, Response, body::{Bytes, Incoming}};
    /// use sansocket::{Error, tokio::Acceptor};
    ///
    /// /// A service for `hyper::service::service_fn`.
    /// async fn serve(mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Error> {
    ///     let acceptor = Acceptor::new().subprotocol("chat.v1");
    ///     let (response, upgrading) = match acceptor.upgrade(&mut request) {
    ///         Ok(answer) => answer,
    ///         Err(error) => return Ok(error.into()), // also a response
    ///     };
    ///     tokio::spawn(async move {
    ///         let mut socket = upgrading.await?;
    ///         while let Some(message) = socket.recv().await? {
    ///             socket.feed(message).await?;
    ///         }
    ///         Ok::<(), Error>(())
    ///     });
    ///     Ok(response)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The request cannot be accepted. The error converts into the response with the reason: an
    /// [`http::Response`] with any body that can be made from a `Vec<u8>`. Its status is 501 if the
    /// request is valid but the server cannot upgrade it.
    pub fn upgrade<B, R: Default>(
        &self,
        request: &mut http::Request<B>,
    ) -> Result<(http::Response<R>, Upgrading), HandshakeError> {
        let log = Log::server(|| None);
        log.rejected(accept(&*request, &log).and_then(|response| {
            let on_upgrade = take_upgrade(request.extensions_mut())?;
            let (response, settings) = (self.settings.apply(response), Arc::clone(&self.settings));
            Upgrading::begin(on_upgrade, &response, settings, log.clone())
        }))
    }
}

impl WebSocket<Upgraded> {
    /// Answers an upgrade request that hyper has read, with the defaults of [`Acceptor`], see
    /// [`Acceptor::upgrade`].
    ///
    /// # Errors
    ///
    /// As for [`Acceptor::upgrade`].
    pub fn upgrade<B, R: Default>(
        request: &mut http::Request<B>,
    ) -> Result<(http::Response<R>, Upgrading), HandshakeError> {
        Acceptor::new().upgrade(request)
    }
}

/// Returns the response that accepts a request.
pub(super) fn accept<'r, R>(request: &'r R, log: &Log) -> Result<Response, HandshakeError>
where
    Request<'r>: TryFrom<&'r R, Error = HandshakeError>,
{
    let request = Request::try_from(request)?;
    log.upgrade_requested(&request);
    Ok(request.accept())
}

/// Takes the handle from a request that will hand over its connection.
pub(super) fn take_upgrade(extensions: &mut http::Extensions) -> Result<OnUpgrade, HandshakeError> {
    extensions.remove().ok_or_else(|| {
        let rejection = Rejection::new(501).header("Content-Type", "text/plain");
        HandshakeError::Rejected(rejection.body("this server cannot upgrade the connection\n"))
    })
}

impl Upgrading {
    /// The response for hyper to send, and the connection that it opens.
    pub(super) fn begin<R: Default>(
        on_upgrade: OnUpgrade,
        response: &Response,
        settings: Arc<ServerSettings>,
        log: Log,
    ) -> Result<(http::Response<R>, Self), HandshakeError> {
        let connection = response.connection(&settings.options.limits)?;
        let subprotocol = response.agreed_subprotocol().into();
        let inner = Box::pin(async move {
            let options = &settings.options;
            let upgraded = timeout(options.handshake_timeout, on_upgrade)
                .await
                .map_err(|_| Error::Timeout(TimeoutKind::Handshake))
                .and_then(|upgraded| Ok(upgraded.map_err(io::Error::other)?));
            let upgraded = log.attempted(upgraded)?;
            let parts = Parts {
                stream: TokioIo::new(upgraded),
                connection,
                // The stream returns first what hyper has read after the head.
                read_buffer: ReadBuffer::default(),
                write_buffer: WriteBuffer::default(),
            };
            Ok(WebSocket::upgraded(parts, options, subprotocol, log))
        });
        Ok((response.try_into()?, Self { inner }))
    }
}

impl Future for Upgrading {
    type Output = Result<WebSocket<Upgraded>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.inner.as_mut().poll(cx)
    }
}

impl fmt::Debug for Upgrading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgrading").finish_non_exhaustive()
    }
}
