use alloc::{string::String, sync::Arc};

use super::{WebSocket, driver::drive, transport::Transport};
use crate::{
    adapter::{
        Error, Log, Options,
        server_settings::{RequestSettings, ServerSettings, received_settings},
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
    own: RequestSettings,
    accepting: Accepting,
    transport: Transport<S>,
}

impl<S: Socket> Received<S> {
    /// Reads a request.
    pub(super) fn read(settings: Arc<ServerSettings>, stream: S, log: Log) -> Result<Self, Error> {
        let Options { head_limits, handshake_timeout, timeouts, .. } = &settings.options;
        let mut accepting = Accepting::new(head_limits, *handshake_timeout, *timeouts);
        let mut transport = Transport::unopened(stream, &settings.options, log);
        drive(&mut accepting, &mut transport, Accepting::next)?;
        transport.log.requested(&accepting);
        Ok(Self { settings, own: RequestSettings::default(), accepting, transport })
    }

    /// Returns the request, which need not be for an upgrade.
    ///
    /// # Errors
    ///
    /// It is not an HTTP/1 request. [`accept`](Self::accept) then answers with the reason.
    pub fn request(&self) -> Result<HttpRequest<'_>, HandshakeError> {
        self.accepting.request()
    }

    received_settings!();

    /// Opens the connection with the settings of the [`Acceptor`](super::Acceptor) and those made
    /// here. Rejects a request that cannot be accepted.
    ///
    /// # Errors
    ///
    /// The handshake failed, and the client got a response with the reason; or the stream failed.
    pub fn accept(self) -> Result<WebSocket<S>, Error> {
        let Self { settings, own, mut accepting, mut transport } = self;
        let clock = transport.clock;
        let subprotocol = settings.answer(own, &mut accepting, clock, &mut transport.out);
        drive(&mut accepting, &mut transport, Accepting::next)?;
        let reading = accepting.into_reading().ok_or_else(|| Error::from(Failure::Lost))?;
        Ok(WebSocket::from_sides(reading, transport, subprotocol))
    }

    /// Sends a response that does not open the connection, and then ends the stream.
    ///
    /// # Errors
    ///
    /// The response is invalid, or the stream failed.
    pub fn reject(self, rejection: Rejection) -> Result<(), Error> {
        let Self { mut accepting, mut transport, .. } = self;
        let clock = transport.clock;
        accepting.reject(HandshakeError::Rejected(rejection), clock, &mut transport.out);
        match drive(&mut accepting, &mut transport, Accepting::next) {
            Err(Error::Handshake(error)) if matches!(*error, HandshakeError::Rejected(_)) => Ok(()),
            result => result.map(drop),
        }
    }
}
