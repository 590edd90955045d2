//! What stays out of logs: `Debug` shows how long it is, and no more.
//!
//! A program prints its sockets, settings and errors. What a peer sent, what other connections of
//! the thread have sent, and what lets somebody in (header values, queries, subprotocols, which
//! carry bearer tokens in practice) must not be in that. So a field that holds such bytes or text is
//! [`Redacted`], and a type that is made of such fields can derive `Debug`.
//!
//! Three kinds of values are shown. A message, a chunk, a frame's piece or an event is a value that
//! the application was handed, and prints on purpose; nothing of ours that contains one shows it.
//! The reason of a Close frame is meant for logs (RFC 6455 7.1.6), as is the body of a server that
//! refuses.

use core::{
    fmt,
    ops::{Deref, DerefMut},
};

/// Bytes or text, of which `Debug` shows the length.
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

/// A request target, of which `Debug` shows the path, and how long its query is.
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

/// A host, of which `Debug` shows no credentials: whoever takes a URL apart may leave them in it.
#[derive(Clone, Copy)]
pub(crate) struct RedactedHost<T>(pub(crate) T);

impl<T: AsRef<str>> fmt::Debug for RedactedHost<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.as_ref();
        host.rsplit_once('@').map_or(host, |(_, host)| host).fmt(f)
    }
}
