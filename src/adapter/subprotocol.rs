use alloc::{boxed::Box, string::String};

use crate::redacted::Redacted;

/// The negotiated subprotocol. It is as small as a pointer, since most connections have none.
#[derive(Debug, Default)]
pub(crate) struct Subprotocol(Option<Box<Redacted<String>>>);

impl From<Option<&str>> for Subprotocol {
    fn from(name: Option<&str>) -> Self {
        Self(name.map(|name| Box::new(Redacted(name.into()))))
    }
}

impl Subprotocol {
    pub(crate) fn name(&self) -> Option<&str> {
        self.0.as_ref().map(|name| &***name)
    }
}
