#[cfg(feature = "deflate")]
use sansocket::{
    Role,
    deflate::{Offer, Params},
    handshake::Extensions,
};

/// What is known of the extensions that both ends use.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Negotiated {
    /// The handshake was not seen, or agreed on something that is not understood here.
    Unknown,
    Nothing,
    #[cfg(feature = "deflate")]
    Deflate(Params),
}

impl Negotiated {
    /// Parses what a server has answered in `Sec-WebSocket-Extensions`, without knowing the offer.
    #[cfg(feature = "deflate")]
    pub(crate) fn parse(value: &[u8]) -> Option<Self> {
        let mut extensions = Extensions::new(value);
        let answer = extensions.next()?.ok().filter(|answer| answer.name() == DEFLATE)?;
        if extensions.next().is_some() {
            return None;
        }
        Self::by_answer(&Offer::parse(answer.params()).ok()?)
    }

    /// Returns what an answer agrees on, if the offer was the one that every answer fits.
    #[cfg(feature = "deflate")]
    pub(crate) fn by_answer(answer: &Offer) -> Option<Self> {
        let offer = Offer::parse([("client_max_window_bits", None)]).ok()?;
        offer.accept(answer).ok().map(Self::Deflate)
    }

    pub(crate) const fn may_compress(self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// Returns the largest window of the messages of an end, in bytes, and whether it is kept from
    /// one message to the next; `None` if nothing is inflated.
    #[cfg(feature = "deflate")]
    pub(crate) fn window_of(self, sender: Role) -> Option<(usize, bool)> {
        let Self::Deflate(params) = self else { return None };
        let (bits, is_fresh) = match sender {
            Role::Client => (params.client_max_window_bits, params.client_no_context_takeover),
            Role::Server => (params.server_max_window_bits, params.server_no_context_takeover),
        };
        Some((1 << bits, !is_fresh))
    }

    #[cfg(not(feature = "deflate"))]
    pub(crate) const fn window_of(self, _sender: sansocket::Role) -> Option<(usize, bool)> {
        None
    }
}

/// The name of the extension (RFC 7692 7).
pub(crate) const DEFLATE: &str = "permessage-deflate";
