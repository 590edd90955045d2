use alloc::{string::String, sync::Arc};

use super::{WebSocket, writer::OwnTransport};
use crate::{
    adapter::{
        Error, Log, Options,
        server_settings::{ServerSettings, received_settings},
    },
    handshake::{
        HandshakeError,
        server::{HttpRequest, Rejection},
    },
    session::{Accepting, Failure},
    streams::Socket,
};

/// A request, received with [`Acceptor::receive`](super::Acceptor::receive), that the application
/// accepts or rejects. If it is dropped, it is not answered.
#[derive(Debug)]
pub struct Received<S> {
    settings: Arc<ServerSettings>,
    accepting: Accepting,
    transport: OwnTransport<S>,
}

impl<S: Socket> Received<S> {
    /// Reads a request.
    pub(super) fn read(settings: Arc<ServerSettings>, stream: S, log: Log) -> Result<Self, Error> {
        let Options { head_limits, handshake_timeout, timeouts, .. } = &settings.options;
        let mut accepting = Accepting::new(head_limits, *handshake_timeout, *timeouts);
        let mut transport = OwnTransport::unopened(stream, &settings.options, log);
        transport.drive(&mut accepting)?;
        transport.stream.log.requested(&accepting.request());
        Ok(Self { settings, accepting, transport })
    }

    /// Returns the request, be it for an upgrade or not.
    ///
    /// # Errors
    ///
    /// It is no request of HTTP/1. [`accept`](Self::accept) tells the client so.
    pub fn request(&self) -> Result<HttpRequest<'_>, HandshakeError> {
        self.accepting.request()
    }

    received_settings!();

    /// Opens the connection, as the settings of the [`Acceptor`](super::Acceptor) say. A request that
    /// cannot be accepted is refused.
    ///
    /// # Errors
    ///
    /// The handshake failed; the peer was told why. Or the stream did.
    pub fn accept(self) -> Result<WebSocket<S>, Error> {
        let Self { settings, mut accepting, mut transport } = self;
        let clock = transport.stream.calls.clock;
        let subprotocol = settings.answer(&mut accepting, clock, &mut transport.writing);
        transport.drive(&mut accepting)?;
        let reading = accepting.into_reading().ok_or_else(|| Error::from(Failure::Lost))?;
        Ok(WebSocket::from_sides(reading, transport, subprotocol.as_deref().into()))
    }

    /// Answers with a response that opens no connection, and ends the stream once the client has it.
    ///
    /// # Errors
    ///
    /// The response may not be sent as it is.
    pub fn reject(self, rejection: Rejection) -> Result<(), Error> {
        let Self { mut accepting, mut transport, .. } = self;
        let clock = transport.stream.calls.clock;
        accepting.reject(HandshakeError::Rejected(rejection), clock, &mut transport.writing);
        match transport.drive(&mut accepting) {
            Err(Error::Handshake(error)) if matches!(*error, HandshakeError::Rejected(_)) => Ok(()),
            result => result,
        }
    }
}
