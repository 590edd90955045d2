use alloc::string::String;

use crate::{
    connection::{Config, Connection},
    handshake::{Headers, headers::OwnedHeaders},
    random::Seed,
};

/// The response that opened the connection.
#[derive(Clone, Debug)]
pub struct Accepted {
    pub(super) subprotocol: Option<String>,
    pub(super) headers: OwnedHeaders,
}

impl Accepted {
    /// The subprotocol that the server chose of those offered, if any.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// The response's header lines.
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        self.headers.as_headers()
    }

    /// The connection that the response opened. The mask keys come from `seed`.
    ///
    /// The bytes behind the head are to be given to it first.
    #[must_use]
    pub fn connection(&self, config: &Config, seed: Seed) -> Connection {
        Connection::client(config, seed)
    }
}
