use core::fmt;

use super::{Codes, Expected};

/// A way for a case to end that is accepted: right, or allowed but lax.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub(crate) expected: Vec<Expected>,
    /// Why it is lax, with the rule that would have it otherwise.
    pub(crate) lax: Option<Lax>,
}

/// Why an outcome is only allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lax {
    /// An id of the project's page of clauses.
    pub(crate) clause: &'static str,
    pub(crate) reason: &'static str,
}

impl Outcome {
    /// What is right. Messages, Pongs and the end are each expected in this order, but not with each
    /// other.
    #[must_use]
    pub fn right(expected: impl IntoIterator<Item = Expected>) -> Self {
        Self { expected: expected.into_iter().collect(), lax: None }
    }

    /// What is allowed: a warning, with the clause that recommends otherwise.
    #[must_use]
    pub fn lax(
        clause: &'static str,
        reason: &'static str,
        expected: impl IntoIterator<Item = Expected>,
    ) -> Self {
        Self { lax: Some(Lax { clause, reason }), ..Self::right(expected) }
    }

    /// Returns what the target does.
    #[must_use]
    pub fn expected(&self) -> &[Expected] {
        &self.expected
    }

    /// The connection fails (RFC 6455 7.1.7), after `before`: a Close frame with the code is right, one
    /// with another code or none at all is allowed.
    #[must_use]
    pub fn failing(code: u16, before: &[Expected]) -> [Self; 3] {
        let and = |last| before.iter().cloned().chain([last]);
        [
            Self::right(and(Expected::Close(Codes::OneOf(vec![code])))),
            Self::lax(
                "6455-7.1.7-4",
                "the Close frame should have the code for what went wrong",
                and(Expected::Close(Codes::Any)),
            ),
            Self::lax(
                "6455-7.1.7-4",
                "before it ends the stream it should say why in a Close frame",
                and(Expected::End),
            ),
        ]
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, expected) in self.expected.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", then " };
            write!(f, "{comma}{expected}")?;
        }
        match &self.lax {
            None => Ok(()),
            Some(lax) => write!(f, " (allowed, but {}: {})", lax.reason, lax.clause),
        }
    }
}
