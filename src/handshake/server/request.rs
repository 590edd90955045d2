use crate::{
    deflate::{self, Offer},
    handshake::{
        Extensions, HandshakeError, HeadError, Headers, RequestError,
        accept_key::is_valid_key,
        authority::Authority,
        grammar::{is_text_byte, is_token},
        target::Target,
    },
    redacted::{Redacted, RedactedTarget},
};

/// RFC 6455 4.2.1: a GET request.
const METHOD: &str = "GET";
const SUBPROTOCOL: &str = "Sec-WebSocket-Protocol";
const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// A client's upgrade request that keeps all the rules of RFC 6455 4.2.1.
///
/// It borrows the input. Who may connect, and to what, is for the application to decide; then it
/// calls [`accept`](Self::accept) or sends a [`Rejection`](super::Rejection).
#[derive(Clone, Debug)]
pub struct Request<'b> {
    target: RedactedTarget<&'b str>,
    resource: Target<'b>,
    headers: Headers<'b>,
    host: &'b str,
    origin: Option<&'b str>,
    key: Redacted<&'b [u8]>,
}

impl<'b> Request<'b> {
    /// A request that another HTTP/1.1 stack has parsed: its target and its headers.
    ///
    /// That stack has to see to it that the method is GET and the version 1.1.
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

    /// What the request asks for, as it was written: a path, or an absolute URI.
    #[must_use]
    pub const fn target(&self) -> &'b str {
        self.target.0
    }

    /// The path of the target, as it was written; it begins with `/`.
    #[must_use]
    pub const fn path(&self) -> &'b str {
        self.resource.path
    }

    /// What follows the `?` of the target, as it was written.
    #[must_use]
    pub const fn query(&self) -> Option<&'b str> {
        match self.resource.query {
            Some(Redacted(query)) => Some(query),
            None => None,
        }
    }

    /// The host that the client means, with the port if it gave one.
    #[must_use]
    pub fn host(&self) -> &'b str {
        // RFC 9112 3.2.2: the host of an absolute URI replaces the header's.
        self.resource.authority.unwrap_or(self.host)
    }

    /// The origin of the page that connects. Only browsers send one that can be believed.
    #[must_use]
    pub const fn origin(&self) -> Option<&'b str> {
        self.origin
    }

    /// The header lines.
    #[must_use]
    pub const fn headers(&self) -> &Headers<'b> {
        &self.headers
    }

    /// The subprotocols that the client offers, the one it prefers first.
    pub fn subprotocols(&self) -> impl Iterator<Item = &'b str> {
        self.headers.tokens(SUBPROTOCOL).filter_map(|name| str::from_utf8(name).ok())
    }

    /// The first offer of compression that is valid. RFC 7692 5.1: others are declined.
    pub(super) fn deflate_offer(&self) -> Option<Offer> {
        self.headers
            .get_all(EXTENSIONS)
            .flat_map(Extensions::new)
            .flatten()
            .filter(|extension| extension.name() == deflate::NAME)
            .find_map(|extension| Offer::parse(extension.params()).ok())
    }

    pub(super) const fn key(&self) -> &'b [u8] {
        self.key.0
    }

    /// Checks all of RFC 6455 4.2.1 but the version of HTTP.
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
        // RFC 6455 4.2.1: tokens of a list, in any case.
        if !headers.has_token("Upgrade", "websocket") || !headers.has_token("Connection", "Upgrade")
        {
            return Err(RequestError::NotWebSocket);
        }
        // RFC 6455 4.2.2 and 11.3.5: one version; a request for another is told which one is
        // spoken.
        if headers.at_most_one("Sec-WebSocket-Version")? != Some(b"13") {
            return Err(RequestError::WebSocketVersion);
        }
        // RFC 6455 4.2.1 and 11.3.1: one key, which stands for 16 bytes.
        let key = headers.one("Sec-WebSocket-Key")?;
        if !is_valid_key(key) {
            return Err(HeadError::InvalidHeader("Sec-WebSocket-Key").into());
        }
        // A body would stand where the frames begin: what follows the head must be unambiguous.
        let has_length = headers.get_all("Content-Length").any(|len| len != b"0");
        if has_length || headers.get("Transfer-Encoding").is_some() {
            return Err(RequestError::Body);
        }
        let origin = match headers.at_most_one("Origin")? {
            Some(origin) => Some(text("Origin", origin)?),
            None => None,
        };
        // RFC 6455 4.3 and 9.1: what breaks the grammar is refused, also where it is optional.
        if !headers.tokens(SUBPROTOCOL).all(is_token) {
            return Err(HeadError::InvalidHeader(SUBPROTOCOL).into());
        }
        let is_malformed = headers
            .get_all(EXTENSIONS)
            .flat_map(Extensions::new)
            .any(|extension| extension.is_err());
        if is_malformed {
            return Err(HeadError::InvalidHeader(EXTENSIONS).into());
        }
        let target = RedactedTarget(target);
        Ok(Self { target, resource, headers, host, origin, key: key.into() })
    }
}

/// The value of a header that holds ASCII only.
fn text<'b>(name: &'static str, value: &'b [u8]) -> Result<&'b str, HeadError> {
    match str::from_utf8(value) {
        Ok(text) if value.is_ascii() && value.iter().copied().all(is_text_byte) => Ok(text),
        _ => Err(HeadError::InvalidHeader(name)),
    }
}
