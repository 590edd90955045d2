use alloc::{borrow::Cow, string::String};

use super::{Config, InvalidParams, Offer, Params};

/// Compression as both ends have agreed on it, and as this end does it.
#[derive(Clone, Debug)]
pub(crate) struct Agreement {
    pub(crate) params: Params,
    pub(crate) config: Config,
}

impl Agreement {
    /// What is agreed on by the parameters of a server's answer to what `config` offers.
    pub(crate) fn by_answer<'a, E: From<InvalidParams>>(
        config: &Config,
        answer: impl IntoIterator<Item = (&'a str, Option<Cow<'a, str>>)>,
    ) -> Result<Self, E> {
        // RFC 7692 7.1: what cannot be accepted fails the connection.
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
    /// The answer to what the client offers, if it offers something. RFC 6455 9: nothing is agreed on
    /// that it does not offer.
    pub(crate) fn to(offer: Option<Offer>, config: &Config) -> Option<Self> {
        let (answer, params) = offer?.answer(config);
        let agreement = Agreement { params, config: config.clone() };
        Some(Self { header: answer.to_header(), agreement })
    }

    /// As it stands in `Sec-WebSocket-Extensions`.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// What is agreed on by it.
    pub(crate) const fn agreement(&self) -> &Agreement {
        &self.agreement
    }
}
