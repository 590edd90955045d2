use alloc::string::{String, ToString as _};
use core::fmt::Display;

use serde::{
    de::{self, Expected, Unexpected},
    ser,
};

/// A type does not fit: a value cannot be read as it, or cannot be made of it. The value is not in the
/// error, since it may be a secret, and errors are logged; unless the type itself writes it into its
/// error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value does not fit the type: {reason}")]
pub struct ValueError {
    /// Serde's words.
    reason: String,
}

impl ValueError {
    pub(super) fn new(reason: impl Display) -> Self {
        Self { reason: reason.to_string() }
    }
}

// What serde says by default has the value.
impl de::Error for ValueError {
    fn custom<T: Display>(reason: T) -> Self {
        Self::new(reason)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format_args!("{} instead of {expected}", kind(&found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format_args!("{} that is not {expected}", kind(&found)))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format_args!("an unknown variant, instead of one of {expected:?}"))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format_args!("an unknown member, beside {expected:?}"))
    }
}

fn kind(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) => "a string",
        Unexpected::Bytes(_) => "binary",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "an array",
        Unexpected::Map => "an object",
        _ => "a value",
    }
}

impl ser::Error for ValueError {
    fn custom<T: Display>(reason: T) -> Self {
        Self::new(reason)
    }
}
