use alloc::string::{String, ToString as _};
use core::fmt::Display;

use serde::{de, ser};

/// A type does not fit: a value cannot be read as it, or cannot be made of it.
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

impl de::Error for ValueError {
    fn custom<T: Display>(reason: T) -> Self {
        Self::new(reason)
    }
}

impl ser::Error for ValueError {
    fn custom<T: Display>(reason: T) -> Self {
        Self::new(reason)
    }
}
