use alloc::{borrow::Cow, string::ToString as _, sync::Arc};
use core::{fmt, net::SocketAddr};

use http::{Extensions, HeaderMap, HeaderValue, Uri, request::Parts};
use percent_encoding::percent_decode_str;

use crate::value::Object;

/// The data of a client that connects to a namespace: the request that opened its session, and its data
/// for authentication. Guards may add to it.
///
/// ```
/// use sansocket_socketio::{Value, packet::ConnectError, server::{Handshake, Server}};
///
/// #[derive(Clone)]
/// struct User(String);
///
/// async fn authenticate(mut handshake: Handshake) -> Result<Handshake, ConnectError> {
///     let user = match handshake.auth().get("token").and_then(Value::as_str) {
///         Some("sesame") => User("ali baba".into()),
///         _ => return Err(ConnectError::new("not authorized")),
///     };
///     handshake.insert(user);
///     Ok(handshake)
/// }
///
/// let server = Server::new();
/// server.namespace("/").guard(authenticate).serve(|socket| async move {
///     if let Some(User(name)) = socket.handshake().get() {
///         println!("{name} is here");
///     }
/// })?;
/// # Ok::<(), sansocket_socketio::packet::NamespaceError>(())
/// ```
#[derive(Clone)]
pub struct Handshake {
    opening: Arc<Opening>,
    auth: Object,
    /// What guards added.
    added: Extensions,
}

/// The request that opened a session.
pub(super) struct Opening {
    uri: Uri,
    headers: HeaderMap,
    extensions: Extensions,
}

impl From<Parts> for Opening {
    fn from(Parts { uri, mut headers, extensions, .. }: Parts) -> Self {
        // Copies, since hyper's are slices of its read buffer, which they would keep in memory.
        let uri = uri.to_string().parse().unwrap_or(uri);
        for value in headers.values_mut() {
            let Ok(mut copy) = HeaderValue::from_bytes(value.as_bytes()) else { continue };
            copy.set_sensitive(value.is_sensitive());
            *value = copy;
        }
        Self { uri, headers, extensions }
    }
}

impl Handshake {
    pub(super) fn new(opening: &Arc<Opening>, auth: Object) -> Self {
        Self { opening: Arc::clone(opening), auth, added: Extensions::new() }
    }

    /// Returns the data for authentication, which clients in JavaScript call `auth`. It is empty if
    /// there was none.
    #[must_use]
    pub fn auth(&self) -> &Object {
        &self.auth
    }

    /// Returns the headers of the request that opened the session.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.opening.headers
    }

    /// Returns the query of the request that opened the session, as it was sent.
    #[must_use]
    pub fn query(&self) -> &str {
        self.opening.uri.query().unwrap_or_default()
    }

    /// Returns the decoded value of the first parameter with this name, which must need no escapes.
    /// Invalid UTF-8 is replaced.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        self.query().split('&').find_map(|parameter| {
            let (found, value) = parameter.split_once('=')?;
            (found == name).then(|| percent_decode_str(value).decode_utf8_lossy())
        })
    }

    /// Returns the address of the client, if the HTTP server put one, a `SocketAddr`, into the
    /// extensions of the request; axum's `ConnectInfo` is a value of another type, for [`get`](Self::get).
    /// Behind a proxy it is that of the proxy.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.get().copied()
    }

    /// Adds a value for later guards and for the handler, such as the user.
    pub fn insert<T: Clone + Send + Sync + 'static>(&mut self, value: T) {
        self.added.insert(value);
    }

    /// Returns the value of a type that a guard added, or that the HTTP server put into the extensions of
    /// the request that opened the session.
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.added.get().or_else(|| self.opening.extensions.get())
    }
}

impl fmt::Debug for Handshake {
    // Cookies and tokens grant access: keep them out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake").field("path", &self.opening.uri.path()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening").field("path", &self.uri.path()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use bytes::Bytes;
    use http::Request;

    use super::*;

    #[test]
    fn the_buffer_of_the_request_is_not_kept() {
        let buffer = Bytes::from(b"/socket.io/?EIO=4 session=7".to_vec());
        let mut request = Request::new(());
        *request.uri_mut() = Uri::from_maybe_shared(buffer.slice(..17)).unwrap();
        let mut cookie = HeaderValue::from_maybe_shared(buffer.slice(18..)).unwrap();
        cookie.set_sensitive(true);
        request.headers_mut().append("cookie", cookie.clone());
        request.headers_mut().append("cookie", cookie);
        assert!(!buffer.is_unique());

        let opening = Opening::from(request.into_parts().0);
        assert!(buffer.is_unique());
        assert_eq!(opening.uri, "/socket.io/?EIO=4");
        let cookies: Vec<_> = opening.headers.get_all("cookie").iter().collect();
        assert_eq!(cookies, ["session=7"; 2]);
        assert!(cookies.iter().all(|cookie| cookie.is_sensitive()));
    }
}
