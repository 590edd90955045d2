use alloc::sync::Arc;
use std::io::{Read, Write};

use super::{
    WebSocket,
    opening::{advance, opened},
    writer::Duplex,
};
use crate::{
    adapter::{Error, server_settings::ServerSettings},
    handshake::{
        HandshakeError,
        server::{HttpRequest, Rejection, Request, Response},
    },
    session::{Accepting, Failure},
};

/// A request that has come, see [`Acceptor::receive`](super::Acceptor::receive): to be accepted or
/// rejected. Dropped, it is not answered.
#[derive(Debug)]
pub struct Received<S: Read + Write> {
    pub(super) settings: Arc<ServerSettings>,
    pub(super) accepting: Accepting,
    pub(super) duplex: Duplex<S>,
}

impl<S: Read + Write> Received<S> {
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
    pub fn accept(self) -> Result<WebSocket<S>, Error> {
        self.answer(|_, response| Ok(response))
    }

    /// Opens the connection with the response that `change` makes of that of the settings.
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    pub fn accept_with(
        self,
        change: impl FnOnce(Response) -> Response,
    ) -> Result<WebSocket<S>, Error> {
        self.answer(|_, response| Ok(change(response)))
    }

    /// Answers with a response that opens no connection, and ends the stream once the client has it.
    ///
    /// # Errors
    ///
    /// The response may not be sent as it is.
    pub fn reject(mut self, rejection: Rejection) -> Result<(), Error> {
        let clock = self.duplex.link.clock();
        self.accepting.reject(HandshakeError::Rejected(rejection), clock, &mut self.duplex);
        match advance(&mut self.accepting, &mut self.duplex) {
            Err(Error::Handshake(error)) if matches!(*error, HandshakeError::Rejected(_)) => Ok(()),
            result => result.map(|_| ()),
        }
    }

    /// Accepts or rejects.
    pub(super) fn answer(
        mut self,
        decide: impl FnOnce(&Request<'_>, Response) -> Result<Response, Rejection>,
    ) -> Result<WebSocket<S>, Error> {
        let Self { settings, accepting, duplex } = &mut self;
        let clock = duplex.link.clock();
        let subprotocol = settings.answer(accepting, decide, clock, duplex);
        advance(accepting, duplex)?;
        let Self { settings, accepting, duplex } = self;
        let reading = accepting.into_reading().ok_or_else(|| Error::from(Failure::Lost))?;
        Ok(opened(reading, duplex, subprotocol.as_deref(), &settings.options)?)
    }
}
