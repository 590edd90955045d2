//! The replacement for `deflate` in builds without it: the names that the handshake uses, as types
//! without values. An option of one is always `None` and takes no space, so that nothing can be offered
//! or negotiated.

use alloc::{borrow::Cow, string::String};

pub(crate) const NAME: &str = "permessage-deflate";

#[derive(Clone, Debug)]
pub(crate) enum Config {}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Offer {}

#[derive(Clone, Debug)]
pub(crate) enum Agreement {}

#[derive(Clone, Debug)]
pub(crate) enum Answer {}

impl Offer {
    pub(crate) fn parse<P>(_params: P) -> Result<Self, ()> {
        Err(())
    }

    pub(crate) const fn new(config: &Config) -> Self {
        match *config {}
    }

    pub(crate) const fn to_header(self) -> String {
        match self {}
    }
}

impl Agreement {
    pub(crate) fn by_answer<'a, E>(
        config: &Config,
        _answer: impl IntoIterator<Item = (&'a str, Option<Cow<'a, str>>)>,
    ) -> Result<Self, E> {
        match *config {}
    }
}

impl Answer {
    pub(crate) const fn to(offer: Option<Offer>, _config: &Config) -> Option<Self> {
        match offer {
            Some(offer) => match offer {},
            None => None,
        }
    }

    pub(crate) const fn header(&self) -> &str {
        match *self {}
    }

    pub(crate) const fn agreement(&self) -> &Agreement {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Agreement, Answer, Config, Offer};

    #[test]
    fn impossible_values_take_no_space() {
        assert_eq!(size_of::<Option<Config>>(), 0);
        assert_eq!(size_of::<Option<Offer>>(), 0);
        assert_eq!(size_of::<Option<Answer>>(), 0);
        assert_eq!(size_of::<Option<Agreement>>(), 0);
    }
}
