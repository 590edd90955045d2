use alloc::{borrow::Cow, string::String};

use super::{Config, InvalidParams, Offer, Params};

/// Negotiated compression: the parameters, and the settings of this end.
#[derive(Clone, Debug)]
pub(crate) struct Agreement {
    pub(crate) params: Params,
    pub(crate) config: Config,
}

impl Agreement {
    /// Completes the negotiation with the server's answer to what `config` offers.
    pub(crate) fn by_answer<'a, E: From<InvalidParams>>(
        config: &Config,
        answer: impl IntoIterator<Item = (&'a str, Option<Cow<'a, str>>)>,
    ) -> Result<Self, E> {
        // RFC 7692 7.1: an answer that cannot be accepted fails the connection.
        let params = Offer::new(config).accept(&Offer::parse(answer)?)?;
        Ok(Self { params, config: config.clone() })
    }
}

/// A server's answer to an offer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    header: String,
    agreement: Agreement,
}

impl Answer {
    /// Returns the answer to the client's offer, if there is one. RFC 6455 9: a server uses only
    /// extensions that the client offers.
    pub(crate) fn to(offer: Option<Offer>, config: &Config) -> Option<Self> {
        let (answer, params) = offer?.answer(config);
        let agreement = Agreement { params, config: config.clone() };
        Some(Self { header: answer.to_header(), agreement })
    }

    /// Returns the element of `Sec-WebSocket-Extensions`.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// Returns the negotiated compression.
    pub(crate) const fn agreement(&self) -> &Agreement {
        &self.agreement
    }
}
