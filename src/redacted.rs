//! Values that stay out of logs: `Debug` shows their length only.
//!
//! Programs log their sockets, settings and errors. Such a log must not hold what a peer sent, what
//! other connections of the thread sent, or anything that grants access: header values, queries,
//! and subprotocols, which carry bearer tokens in practice. So a field with such bytes or text is
//! [`Redacted`], and a type made of such fields can derive `Debug`.
//!
//! Three kinds of values are shown. A message, a chunk, a piece of a frame or an event belongs to
//! the application, which prints it on purpose; no type of this crate that contains one shows it.
//! The reason of a Close frame is meant for logs (RFC 6455 7.1.6), and so is the body of an error
//! response.

use core::{
    fmt,
    ops::{Deref, DerefMut},
};

/// Bytes or text. `Debug` shows the length only.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Redacted<T>(pub(crate) T);

impl<T: Deref<Target: AsRef<[u8]>>> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.as_ref().len())
    }
}

impl<T: Deref> Deref for Redacted<T> {
    type Target = T::Target;

    #[inline]
    fn deref(&self) -> &T::Target {
        &self.0
    }
}

impl<T: DerefMut> DerefMut for Redacted<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T::Target {
        &mut self.0
    }
}

impl<T> From<T> for Redacted<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

/// A request target. `Debug` shows the path and the length of the query.
#[derive(Clone, Copy)]
pub(crate) struct RedactedTarget<T>(pub(crate) T);

impl<T: AsRef<str>> fmt::Debug for RedactedTarget<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_ref().split_once('?') {
            Some((path, query)) => write!(f, "{path:?} with a query of {:?}", Redacted(query)),
            None => self.0.as_ref().fmt(f),
        }
    }
}

/// A host. `Debug` hides credentials, which a caller may have left in it when splitting a URL.
#[derive(Clone, Copy)]
pub(crate) struct RedactedHost<T>(pub(crate) T);

impl<T: AsRef<str>> fmt::Debug for RedactedHost<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.as_ref();
        host.rsplit_once('@').map_or(host, |(_, host)| host).fmt(f)
    }
}
