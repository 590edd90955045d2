use alloc::{string::String, vec::Vec};

use super::{Error, Options, Subprotocol};
use crate::{
    handshake::{
        ExtraHeaders, HandshakeError, OriginPolicy,
        server::{HttpRequest, Response},
    },
    redacted::Redacted,
    session::{Accepting, Clock, Outlet},
};

/// The settings of a server: its answer to each upgrade request.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerSettings {
    pub(crate) options: Options,
    pub(crate) origin_policy: OriginPolicy,
    pub(crate) subprotocols: Vec<Redacted<String>>,
    pub(crate) headers: ExtraHeaders,
}

/// The settings for one request, which add to those of the server.
#[derive(Debug, Default)]
pub(crate) struct RequestSettings {
    /// The subprotocol, whether or not the server supports it.
    pub(crate) subprotocol: Option<Redacted<String>>,
    pub(crate) headers: ExtraHeaders,
}

impl ServerSettings {
    /// Starts an opening handshake, which waits for a request.
    pub(crate) fn await_request(&self) -> Accepting {
        let Options { head_limits, handshake_timeout, timeouts, .. } = &self.options;
        Accepting::new(head_limits, *handshake_timeout, *timeouts)
    }

    /// Applies the settings to a response that opens the connection.
    pub(crate) fn apply(&self, response: Response) -> Response {
        let mut response = response.origin_policy(&self.origin_policy);
        let is_spoken = |name: &&str| self.subprotocols.iter().any(|own| **own == **name);
        let agreed = response.offered_subprotocols().find(is_spoken).map(String::from);
        if let Some(name) = agreed {
            response.select(name.into());
        }
        if let Some(config) = &self.options.deflate {
            response.answer_offer(config);
        }
        for (name, value) in self.headers.lines() {
            response = response.header(name, value);
        }
        response
    }

    /// Accepts or rejects the request that has arrived, and returns the negotiated subprotocol.
    pub(crate) fn answer(
        &self,
        own: RequestSettings,
        accepting: &mut Accepting,
        clock: impl Clock,
        out: &mut impl Outlet,
    ) -> Subprotocol {
        let request = accepting.request().and_then(HttpRequest::upgrade);
        match request.map(|request| own.apply(self.apply(request.accept()))) {
            Ok(response) => {
                let subprotocol = response.agreed_subprotocol().into();
                // If it is invalid, the next step returns the error.
                let _ = accepting.accept(response, &self.options.limits, clock, out);
                subprotocol
            }
            Err(error) => {
                accepting.reject(error, clock, out);
                Subprotocol::default()
            }
        }
    }
}

/// Returns the result of a handshake that the application has rejected, which is not an error then.
pub(crate) fn or_rejected<T>(result: Result<T, Error>) -> Result<(), Error> {
    match result {
        Err(Error::Handshake(error)) if matches!(*error, HandshakeError::Rejected(_)) => Ok(()),
        result => result.map(drop),
    }
}

impl RequestSettings {
    fn apply(self, mut response: Response) -> Response {
        if let Some(name) = self.subprotocol {
            response.select(name);
        }
        response.add(self.headers);
        response
    }
}

/// The setters that the acceptors of all adapters have. They modify a field `settings`, which
/// clones share.
macro_rules! acceptor_settings {
    () => {
        /// Sets the options: limits, timeouts and compression.
        #[must_use]
        pub fn options(mut self, options: Options) -> Self {
            Arc::make_mut(&mut self.settings).options = options;
            self
        }

        /// Sets which pages may connect (RFC 6455 10.2).
        #[must_use]
        pub fn origin_policy(mut self, origin_policy: OriginPolicy) -> Self {
            Arc::make_mut(&mut self.settings).origin_policy = origin_policy;
            self
        }

        /// Adds a subprotocol that the server supports. The first one in the client's offer that is
        /// supported is selected. If there is none, the connection has no subprotocol.
        #[must_use]
        pub fn subprotocol(mut self, name: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.settings).subprotocols.push(name.into().into());
            self
        }

        /// Adds a header to the response.
        #[must_use]
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            Arc::make_mut(&mut self.settings).headers.push(name, value);
            self
        }
    };
}

pub(crate) use acceptor_settings;

/// The setters of a received request. They modify a field `own`.
macro_rules! received_settings {
    () => {
        /// Selects a subprotocol, even one that the acceptor does not support. The client must
        /// offer it: otherwise accepting fails, and the client gets a 500.
        #[must_use]
        pub fn subprotocol(mut self, name: impl Into<String>) -> Self {
            self.own.subprotocol = Some(name.into().into());
            self
        }

        /// Adds a header to the response that accepts the request, after those of the acceptor.
        #[must_use]
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.own.headers.push(name, value);
            self
        }
    };
}

pub(crate) use received_settings;

/// Returns a request whose head is slightly shorter than 16 KiB, the default limit.
#[cfg(test)]
pub(crate) fn long_request() -> String {
    alloc::format!(
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         X: {:x<16000}\r\n\r\n",
        ""
    )
}
