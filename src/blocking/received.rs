use alloc::{string::String, sync::Arc};

use super::{WebSocket, driver::drive, transport::Transport};
use crate::{
    adapter::{
        Error, Log,
        server_settings::{RequestSettings, ServerSettings, or_rejected, received_settings},
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
        let mut accepting = settings.await_request();
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
        let subprotocol = settings.answer(own, &mut accepting, transport.clock, &mut transport.out);
        drive(&mut accepting, &mut transport, Accepting::next)?;
        let reading = accepting.into_reading().ok_or(Failure::Lost)?;
        Ok(WebSocket::from_sides(reading, transport, subprotocol))
    }

    /// Sends a response that does not open the connection, and then ends the stream.
    ///
    /// # Errors
    ///
    /// The response is invalid, or the stream failed.
    pub fn reject(self, rejection: Rejection) -> Result<(), Error> {
        let Self { mut accepting, mut transport, .. } = self;
        accepting.reject(HandshakeError::Rejected(rejection), transport.clock, &mut transport.out);
        or_rejected(drive(&mut accepting, &mut transport, Accepting::next))
    }
}
