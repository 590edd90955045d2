use alloc::{string::String, vec::Vec};

use super::Options;
use crate::{
    handshake::{
        ExtraHeaders, HandshakeError, OriginPolicy,
        server::{HttpRequest, Rejection, Request, Response},
    },
    redacted::Redacted,
    session::{Accepting, Clock, Outlet},
};

/// What a server answers to each upgrade request.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerSettings {
    pub(crate) options: Options,
    pub(crate) origin_policy: OriginPolicy,
    pub(crate) subprotocols: Vec<Redacted<String>>,
    /// The subprotocol that the application has chosen for one connection, among whatever is spoken.
    pub(crate) chosen_subprotocol: Option<Redacted<String>>,
    pub(crate) headers: ExtraHeaders,
}

impl ServerSettings {
    /// The response that opens the connection, with all that the settings say.
    pub(crate) fn apply(&self, response: Response) -> Response {
        let mut response = response.origin_policy(&self.origin_policy);
        let is_spoken = |name: &&str| self.subprotocols.iter().any(|own| **own == **name);
        let chosen = self.chosen_subprotocol.as_deref();
        let agreed = chosen.or_else(|| response.offered_subprotocols().find(is_spoken));
        if let Some(name) = agreed.map(String::from) {
            response = response.subprotocol(&name);
        }
        if let Some(config) = &self.options.deflate {
            response.answer_offer(config);
        }
        for (name, value) in self.headers.lines() {
            response = response.header(name, value);
        }
        response
    }

    /// The response to a request, in which the application has the last word.
    pub(crate) fn response(
        &self,
        request: &Request<'_>,
        decide: impl FnOnce(&Request<'_>, Response) -> Result<Response, Rejection>,
    ) -> Result<Response, HandshakeError> {
        decide(request, self.apply(request.accept())).map_err(HandshakeError::Rejected)
    }

    /// Accepts or rejects the request that has come, and returns the subprotocol that was agreed on.
    pub(crate) fn answer(
        &self,
        accepting: &mut Accepting,
        decide: impl FnOnce(&Request<'_>, Response) -> Result<Response, Rejection>,
        clock: impl Clock,
        out: &mut impl Outlet,
    ) -> Option<String> {
        let request = accepting.request().and_then(HttpRequest::upgrade);
        match request.and_then(|request| self.response(&request, decide)) {
            Ok(response) => {
                let subprotocol = response.agreed_subprotocol().map(String::from);
                // If it may not be sent, the next step fails with that.
                let _ = accepting.accept(response, &self.options.limits, clock, out);
                subprotocol
            }
            Err(error) => {
                accepting.reject(error, clock, out);
                None
            }
        }
    }
}

/// The settings that the acceptors of all adapters have, over a field `settings` that clones
/// share.
macro_rules! acceptor_settings {
    () => {
        /// Limits and times.
        #[must_use]
        pub fn options(mut self, options: Options) -> Self {
            Arc::make_mut(&mut self.settings).options = options;
            self
        }

        /// Which pages may connect (RFC 6455 10.2).
        #[must_use]
        pub fn origin_policy(mut self, origin_policy: OriginPolicy) -> Self {
            Arc::make_mut(&mut self.settings).origin_policy = origin_policy;
            self
        }

        /// A subprotocol that the server speaks. Of those that a client offers, the first one that
        /// is spoken is agreed on; if there is none, the connection has no subprotocol.
        #[must_use]
        pub fn subprotocol(mut self, name: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.settings).subprotocols.push(name.into().into());
            self
        }

        /// A further header of the response.
        #[must_use]
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.settings).headers.push(name, value);
            self
        }
    };
}

pub(crate) use acceptor_settings;

/// The settings that a request has which was received, over those of its acceptor in a field
/// `settings`.
macro_rules! received_settings {
    () => {
        /// Agrees on a subprotocol, whatever the acceptor speaks. It must be one that the client
        /// offers; if not, accepting fails, and the client is told that the server has erred.
        #[must_use]
        pub fn subprotocol(mut self, name: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.settings).chosen_subprotocol = Some(name.into().into());
            self
        }

        /// Adds a header to the response that accepts, after those of the acceptor.
        #[must_use]
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.settings).headers.push(name, value);
            self
        }
    };
}

pub(crate) use received_settings;

/// A request with a head of nearly 16 KiB, which is the default limit.
#[cfg(test)]
pub(crate) fn long_request() -> String {
    alloc::format!(
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         X: {:x<16000}\r\n\r\n",
        ""
    )
}
