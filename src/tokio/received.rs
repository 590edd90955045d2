use alloc::{string::String, sync::Arc};

use ::tokio::io::{AsyncRead, AsyncWrite};

use super::{WebSocket, reader::drive, transport::Transport};
use crate::{
    adapter::{
        Error, Log, Subprotocol,
        server_settings::{RequestSettings, ServerSettings, or_rejected, received_settings},
    },
    handshake::{
        HandshakeError,
        server::{HttpRequest, Rejection},
    },
    session::{Accepting, Failure, Writing},
};

/// A request, received with [`Acceptor::receive`](super::Acceptor::receive), that the application
/// accepts or rejects. If it is dropped, it is not answered.
#[derive(Debug)]
pub struct Received<S> {
    settings: Arc<ServerSettings>,
    own: RequestSettings,
    accepting: Accepting,
    transport: Transport<S>,
    subprotocol: Subprotocol,
}

impl<S> Received<S> {
    /// Returns the request, which need not be for an upgrade.
    ///
    /// # Errors
    ///
    /// It is not an HTTP/1 request. [`accept`](Self::accept) then answers with the reason.
    pub fn request(&self) -> Result<HttpRequest<'_>, HandshakeError> {
        self.accepting.request()
    }

    received_settings!();
}

impl<S: AsyncRead + AsyncWrite + Unpin> Received<S> {
    /// Opens the connection with the settings of the [`Acceptor`](super::Acceptor) and those made
    /// here. Rejects a request that cannot be accepted.
    ///
    /// # Errors
    ///
    /// The handshake failed, and the client got a response with the reason; or the stream failed.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, so is the stream.
    pub async fn accept(mut self) -> Result<WebSocket<S>, Error> {
        self.answer().await?;
        self.open()
    }

    /// Sends a response that does not open the connection, and then ends the stream.
    ///
    /// # Errors
    ///
    /// The response is invalid, or the stream failed.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, so is the stream.
    pub async fn reject(mut self, rejection: Rejection) -> Result<(), Error> {
        let clock = self.transport.clock();
        self.accepting.reject(HandshakeError::Rejected(rejection), clock, &mut self.transport);
        or_rejected(self.read().await)
    }

    /// Creates a request that is still to be read.
    pub(super) fn new(settings: Arc<ServerSettings>, stream: S, log: Log) -> Self {
        let accepting = settings.await_request();
        let transport = Transport::new(stream, Writing::new(settings.options.write_timeout), log);
        let (own, subprotocol) = (RequestSettings::default(), Subprotocol::default());
        Self { settings, own, accepting, transport, subprotocol }
    }

    /// Reads the request.
    pub(super) async fn read_request(&mut self) -> Result<(), Error> {
        self.read().await?;
        self.transport.log.requested(&self.accepting);
        Ok(())
    }

    /// Continues the opening.
    async fn read(&mut self) -> Result<(), Error> {
        drive(&mut self.accepting, &mut self.transport).await.map(drop)
    }

    /// Accepts the request, or refuses one that cannot be accepted.
    pub(super) async fn answer(&mut self) -> Result<(), Error> {
        let Self { settings, own, accepting, transport, subprotocol } = self;
        let clock = transport.clock();
        *subprotocol = settings.answer(core::mem::take(own), accepting, clock, transport);
        self.read().await
    }

    /// Returns the connection after the request was accepted.
    pub(super) fn open(self) -> Result<WebSocket<S>, Error> {
        let reading = self.accepting.into_reading().ok_or(Failure::Lost)?;
        Ok(WebSocket::opened(reading, self.transport, self.subprotocol))
    }
}
