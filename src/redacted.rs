//! What stays out of logs: `Debug` shows how long it is, and no more.
//!
//! A program prints its sockets, settings and errors. What a peer sent, what other connections on
//! the same thread have sent, and what lets somebody in (headers, queries, subprotocols, which
//! carry bearer tokens in practice) must not be in that. So a field that holds bytes or text of
//! somebody else is [`Redacted`], and a type that is made of such fields can derive `Debug`.
//!
//! A message, a chunk or an event that the application was handed is its own value, and shows what
//! is in it, as does the frame and the reason of a Close. Nothing that contains one does.

use core::{
    fmt,
    ops::{Deref, DerefMut},
};

/// A value that `Debug` shows the length of.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Redacted<T>(pub(crate) T);

impl<T: AsRef<[u8]>> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.as_ref().len())
    }
}

impl<T> Deref for Redacted<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Redacted<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Redacted<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}
