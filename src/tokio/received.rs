use alloc::{string::String, sync::Arc};

use ::tokio::io::{AsyncRead, AsyncWrite};

use super::{
    WebSocket,
    opening::{advance, opened, unopened},
    writer::Duplex,
};
use crate::{
    adapter::{Error, Options, server_settings::ServerSettings},
    handshake::{
        HandshakeError,
        server::{HttpRequest, Rejection, Request, Response},
    },
    session::{Accepting, Failure},
};

/// A request that has come, see [`Acceptor::receive`](super::Acceptor::receive): to be accepted or
/// rejected. Dropped, it is not answered.
#[derive(Debug)]
pub struct Received<S: AsyncWrite + Unpin> {
    settings: Arc<ServerSettings>,
    accepting: Accepting,
    duplex: Duplex<S>,
    subprotocol: Option<String>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Received<S> {
    /// Returns the request, be it for an upgrade or not.
    ///
    /// # Errors
    ///
    /// It is no request of HTTP/1. [`accept`](Self::accept) tells the client so.
    pub fn request(&self) -> Result<HttpRequest<'_>, HandshakeError> {
        self.accepting.request()
    }

    /// Opens the connection, as the settings of the [`Acceptor`](super::Acceptor) say. A request that
    /// cannot be accepted is refused.
    ///
    /// # Errors
    ///
    /// The handshake failed; the peer was told why. Or the stream did.
    ///
    /// # Cancel safety
    ///
    /// The stream is lost with the future.
    pub async fn accept(self) -> Result<WebSocket<S>, Error> {
        self.accept_with(|response| response).await
    }

    /// Opens the connection with the response that `change` makes of that of the settings.
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    ///
    /// # Cancel safety
    ///
    /// As for [`accept`](Self::accept).
    pub async fn accept_with(
        mut self,
        change: impl FnOnce(Response) -> Response,
    ) -> Result<WebSocket<S>, Error> {
        self.answer(|_, response| Ok(change(response))).await?;
        self.open()
    }

    /// Answers with a response that opens no connection, and ends the stream once the client has it.
    ///
    /// # Errors
    ///
    /// The response may not be sent as it is.
    ///
    /// # Cancel safety
    ///
    /// The stream is lost with the future.
    pub async fn reject(mut self, rejection: Rejection) -> Result<(), Error> {
        let clock = self.duplex.timer.clock();
        self.accepting.reject(HandshakeError::Rejected(rejection), clock, &mut self.duplex);
        match advance(&mut self.accepting, &mut self.duplex).await {
            Err(Error::Handshake(error)) if matches!(*error, HandshakeError::Rejected(_)) => Ok(()),
            result => result.map(|_| ()),
        }
    }

    /// What is to be read from a stream.
    pub(super) fn new(settings: Arc<ServerSettings>, stream: S) -> Self {
        let Options { head_limits, handshake_timeout, timeouts, write_timeout, .. } =
            &settings.options;
        let accepting = Accepting::new(head_limits, *handshake_timeout, *timeouts);
        let duplex = unopened(stream, *write_timeout);
        Self { settings, accepting, duplex, subprotocol: None }
    }

    /// Reads the request.
    pub(super) async fn read(&mut self) -> Result<(), Error> {
        advance(&mut self.accepting, &mut self.duplex).await.map(|_| ())
    }

    /// Accepts or rejects.
    pub(super) async fn answer(
        &mut self,
        decide: impl FnOnce(&Request<'_>, Response) -> Result<Response, Rejection>,
    ) -> Result<(), Error> {
        let Self { settings, accepting, duplex, subprotocol } = self;
        let clock = duplex.timer.clock();
        *subprotocol = settings.answer(accepting, decide, clock, duplex);
        self.read().await
    }

    /// The connection, once it is accepted.
    pub(super) fn open(self) -> Result<WebSocket<S>, Error> {
        let Self { accepting, duplex, subprotocol, .. } = self;
        let reading = accepting.into_reading().ok_or_else(|| Error::from(Failure::Lost))?;
        Ok(opened(reading, duplex, subprotocol.as_deref()))
    }
}
