use crate::{
    deflate::{self, Offer},
    handshake::{
        Extensions, HandshakeError, HeadError, Headers, RequestError, accept_key::is_valid_key,
        authority::Authority, byte_run::text_len, grammar::is_token, target::Target,
    },
    redacted::{Redacted, RedactedTarget},
};

/// RFC 6455 4.2.1: a GET request.
const METHOD: &str = "GET";
const SUBPROTOCOL: &str = "Sec-WebSocket-Protocol";
const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// A valid upgrade request of a client (RFC 6455 4.2.1).
///
/// It is borrowed from the input. The application decides who may connect, and to what; then it
/// calls [`accept`](Self::accept) or sends a [`Rejection`](super::Rejection).
#[derive(Clone, Debug)]
pub struct Request<'b> {
    target: RedactedTarget<&'b str>,
    resource: Target<'b>,
    headers: Headers<'b>,
    host: &'b str,
    origin: Option<&'b str>,
    key: Redacted<&'b [u8]>,
    /// The first valid offer of compression. RFC 7692 5.1: others are declined.
    pub(super) deflate_offer: Option<Offer>,
}

impl<'b> Request<'b> {
    /// Validates a request that another HTTP/1.1 stack has parsed, from its target and its headers.
    ///
    /// That stack must ensure that the method is GET and the version 1.1.
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse).
    ///
    /// ```
    /// use sansocket::handshake::server::Request;
    ///
    /// let headers: [(&str, &[u8]); 5] = [
    ///     ("host", b"server.example.com"),
    ///     ("upgrade", b"websocket"),
    ///     ("connection", b"Upgrade"),
    ///     ("sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
    ///     ("sec-websocket-version", b"13"),
    /// ];
    /// let request = Request::from_parts("/chat?room=1", headers.into_iter())?;
    /// assert_eq!(request.query(), Some("room=1"));
    /// let response = request.accept();
    /// assert!(response.headers()?.eq([
    ///     ("Upgrade", "websocket"),
    ///     ("Connection", "Upgrade"),
    ///     ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    /// ]));
    /// # Ok::<(), sansocket::handshake::HandshakeError>(())
    /// ```
    pub fn from_parts(
        target: &'b str,
        headers: impl Iterator<Item = (&'b str, &'b [u8])>,
    ) -> Result<Self, HandshakeError> {
        Ok(Self::check(METHOD, target, Target::parse(target), headers.collect())?)
    }

    /// Returns the target as written: a path, or an absolute URI.
    #[must_use]
    pub const fn target(&self) -> &'b str {
        self.target.0
    }

    /// Returns the path of the target, as written. It begins with `/`.
    #[must_use]
    pub const fn path(&self) -> &'b str {
        self.resource.path
    }

    /// Returns the query of the target, as written, without the `?`.
    #[must_use]
    pub const fn query(&self) -> Option<&'b str> {
        match self.resource.query {
            Some(Redacted(query)) => Some(query),
            None => None,
        }
    }

    /// Returns the host that the client addressed, with the port if there is one.
    #[must_use]
    pub fn host(&self) -> &'b str {
        // RFC 9112 3.2.2: the host of an absolute URI replaces the header's.
        self.resource.authority.unwrap_or(self.host)
    }

    /// Returns the origin of the page that connects. Only a browser's origin can be trusted.
    #[must_use]
    pub const fn origin(&self) -> Option<&'b str> {
        self.origin
    }

    /// Returns the header lines.
    #[must_use]
    pub const fn headers(&self) -> &Headers<'b> {
        &self.headers
    }

    /// Returns the subprotocols that the client offers, in order of preference.
    pub fn subprotocols(&self) -> impl Iterator<Item = &'b str> {
        self.headers.tokens(SUBPROTOCOL).filter_map(|name| str::from_utf8(name).ok())
    }

    pub(super) const fn key(&self) -> &'b [u8] {
        self.key.0
    }

    /// Checks the rules of RFC 6455 4.2.1, except for the version of HTTP.
    pub(super) fn check(
        method: &str,
        target: &'b str,
        resource: Option<Target<'b>>,
        headers: Headers<'b>,
    ) -> Result<Self, RequestError> {
        if method != METHOD {
            return Err(RequestError::Method(method.into()));
        }
        let resource = resource.ok_or(RequestError::InvalidTarget)?;
        // RFC 9112 3.2: exactly one Host, with a valid value.
        let host = text("Host", headers.one("Host")?)?;
        Authority::parse(host).ok_or(HeadError::InvalidHeader("Host"))?;
        // RFC 6455 4.2.1: tokens of a list, ignoring case.
        if !headers.has_token("Upgrade", "websocket") || !headers.has_token("Connection", "Upgrade")
        {
            return Err(RequestError::NotWebSocket);
        }
        // RFC 6455 4.2.2 and 11.3.5: one version; the answer to another lists the supported one.
        if headers.at_most_one("Sec-WebSocket-Version")? != Some(b"13") {
            return Err(RequestError::WebSocketVersion);
        }
        // RFC 6455 4.2.1 and 11.3.1: one key, which encodes 16 bytes.
        let key = headers.one("Sec-WebSocket-Key")?;
        if !is_valid_key(key) {
            return Err(HeadError::InvalidHeader("Sec-WebSocket-Key").into());
        }
        // A body would be where frames begin. The meaning of the bytes after the head must be
        // unambiguous.
        let has_length = headers.get_all("Content-Length").any(|len| len != b"0");
        if has_length || headers.get("Transfer-Encoding").is_some() {
            return Err(RequestError::Body);
        }
        let origin = match headers.at_most_one("Origin")? {
            Some(origin) => Some(text("Origin", origin)?),
            None => None,
        };
        // RFC 6455 4.3 and 9.1: malformed headers are rejected, even optional ones.
        if !headers.tokens(SUBPROTOCOL).all(is_token) {
            return Err(HeadError::InvalidHeader(SUBPROTOCOL).into());
        }
        let mut deflate_offer = None;
        for extension in headers.get_all(EXTENSIONS).flat_map(Extensions::new) {
            let extension = extension.map_err(|_| HeadError::InvalidHeader(EXTENSIONS))?;
            if deflate_offer.is_none() && extension.name() == deflate::NAME {
                deflate_offer = Offer::parse(extension.params()).ok();
            }
        }
        let target = RedactedTarget(target);
        Ok(Self { target, resource, headers, host, origin, key: key.into(), deflate_offer })
    }
}

/// Returns the value of a header that must be ASCII.
fn text<'b>(name: &'static str, value: &'b [u8]) -> Result<&'b str, HeadError> {
    let is_ascii_text = value.is_ascii() && text_len(value) == value.len();
    let text = str::from_utf8(value).ok().filter(|_| is_ascii_text);
    text.ok_or(HeadError::InvalidHeader(name))
}
