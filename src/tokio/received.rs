use alloc::{string::String, sync::Arc};

use ::tokio::io::{AsyncRead, AsyncWrite};

use super::{
    WebSocket,
    reader::{Reader, drive},
    transport::Transport,
};
use crate::{
    adapter::{
        Error, Log, Options, Subprotocol,
        server_settings::{ServerSettings, received_settings},
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
    accepting: Accepting,
    transport: Transport<S>,
    subprotocol: Subprotocol,
}

impl<S> Received<S> {
    /// Returns the request, be it for an upgrade or not.
    ///
    /// # Errors
    ///
    /// It is no request of HTTP/1. [`accept`](Self::accept) tells the client so.
    pub fn request(&self) -> Result<HttpRequest<'_>, HandshakeError> {
        self.accepting.request()
    }

    received_settings!();
}

impl<S: AsyncRead + AsyncWrite + Unpin> Received<S> {
    /// Opens the connection, as the settings of the [`Acceptor`](super::Acceptor) and those made here
    /// say. A request that cannot be accepted is refused.
    ///
    /// # Errors
    ///
    /// The handshake failed; the peer was told why. Or the stream did.
    ///
    /// # Cancel safety
    ///
    /// The stream is lost with the future.
    pub async fn accept(mut self) -> Result<WebSocket<S>, Error> {
        self.answer().await?;
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
        let clock = self.transport.clock();
        self.accepting.reject(HandshakeError::Rejected(rejection), clock, &mut self.transport);
        match self.read().await {
            Err(Error::Handshake(error)) if matches!(*error, HandshakeError::Rejected(_)) => Ok(()),
            result => result,
        }
    }

    /// What is to be read from a stream.
    pub(super) fn new(settings: Arc<ServerSettings>, stream: S, log: Log) -> Self {
        let Options { head_limits, handshake_timeout, timeouts, write_timeout, .. } =
            &settings.options;
        let accepting = Accepting::new(head_limits, *handshake_timeout, *timeouts);
        let transport = Transport::new(stream, Writing::new(*write_timeout), log);
        Self { settings, accepting, transport, subprotocol: Subprotocol::default() }
    }

    /// Reads the request.
    pub(super) async fn read_request(&mut self) -> Result<(), Error> {
        self.read().await?;
        self.transport.log.requested(&self.accepting.request());
        Ok(())
    }

    /// Goes on with the opening.
    async fn read(&mut self) -> Result<(), Error> {
        drive(&mut self.accepting, &mut self.transport).await.map(drop)
    }

    /// Accepts the request, or refuses one that cannot be accepted.
    pub(super) async fn answer(&mut self) -> Result<(), Error> {
        let Self { settings, accepting, transport, subprotocol } = self;
        let clock = transport.clock();
        let agreed = settings.answer(accepting, clock, transport);
        *subprotocol = agreed.as_deref().into();
        self.read().await
    }

    /// The connection, once it is accepted.
    pub(super) fn open(self) -> Result<WebSocket<S>, Error> {
        let reading = self.accepting.into_reading().ok_or(Failure::Lost)?;
        let socket = WebSocket::from_sides(Reader::new(reading), self.transport);
        Ok(socket.with_subprotocol(self.subprotocol))
    }
}
