use alloc::string::String;

use crate::{
    connection::{Connection, Limits},
    deflate::Agreement,
    handshake::{Headers, headers::OwnedHeaders},
    random::Seed,
    redacted::Redacted,
};

/// The response that opened the connection.
#[derive(Clone, Debug)]
pub struct Accepted {
    pub(super) subprotocol: Option<Redacted<String>>,
    pub(super) headers: OwnedHeaders,
    pub(super) deflate: Option<Agreement>,
}

impl Accepted {
    /// The subprotocol that the server chose of those offered, if any.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// How compression was agreed on, if it was.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflate(&self) -> Option<crate::deflate::Params> {
        self.deflate.as_ref().map(|agreement| agreement.params)
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
    pub fn connection(&self, limits: &Limits, seed: Seed) -> Connection {
        Connection::client(limits, seed).with_agreement(self.deflate.as_ref())
    }
}
