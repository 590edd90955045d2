use alloc::{string::String, vec::Vec};

use super::Request;
use crate::{
    connection::{Connection, Limits},
    deflate::{Answer, Offer},
    handshake::{
        HandshakeError, InvalidArgument, OriginPolicy, RequestError, accept_key::accept_key,
        extra_headers::ExtraHeaders, head,
    },
    redacted::Redacted,
};

/// The response that opens a connection, made by [`Request::accept`] (RFC 6455 4.2.2).
///
/// By default, only pages of the request's own host and clients that are not browsers may connect.
/// [`origin_policy`](Self::origin_policy) changes that.
#[derive(Clone, Debug)]
pub struct Response {
    accept: String,
    host: String,
    origin: Option<String>,
    /// `None`: as the default policy says.
    is_origin_allowed: Option<bool>,
    /// The subprotocols that the client offers, as a list.
    offered: Redacted<String>,
    subprotocol: Option<Redacted<String>>,
    headers: ExtraHeaders,
    /// The first valid offer of compression.
    deflate_offer: Option<Offer>,
    deflate_answer: Option<Answer>,
}

impl Request<'_> {
    /// Starts the response that opens the connection.
    #[must_use]
    pub fn accept(&self) -> Response {
        let mut offered = String::new();
        for name in self.subprotocols() {
            offered.push_str(name);
            offered.push(',');
        }
        Response {
            accept: accept_key(self.key()),
            host: self.host().into(),
            origin: self.origin().map(String::from),
            is_origin_allowed: None,
            offered: offered.into(),
            subprotocol: None,
            headers: ExtraHeaders::default(),
            deflate_offer: self.deflate_offer,
            deflate_answer: None,
        }
    }
}

impl Response {
    /// Selects a subprotocol. The client must offer it.
    #[must_use]
    pub fn subprotocol(mut self, name: &str) -> Self {
        self.subprotocol = Some(Redacted(name.into()));
        self
    }

    /// Adds a header, such as a cookie. The headers of the handshake itself are reserved.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(name, value);
        self
    }

    /// Selects a subprotocol without copying its name.
    #[cfg(feature = "std")]
    pub(crate) fn select(&mut self, name: Redacted<String>) {
        self.subprotocol = Some(name);
    }

    /// Adds headers without copying them.
    #[cfg(feature = "std")]
    pub(crate) fn add(&mut self, headers: ExtraHeaders) {
        self.headers.append(headers);
    }

    /// Sets which pages may connect (RFC 6455 10.2).
    #[must_use]
    pub fn origin_policy(mut self, policy: &OriginPolicy) -> Self {
        self.is_origin_allowed = Some(self.is_allowed_by(policy));
        self
    }

    fn is_allowed_by(&self, policy: &OriginPolicy) -> bool {
        policy.allows(self.origin.as_deref(), &self.host)
    }

    /// Accepts compression, if the client has a valid offer (RFC 7692 5.1).
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflate(mut self, config: &crate::deflate::Config) -> Self {
        self.answer_offer(config);
        self
    }

    /// Accepts compression. Unlike `deflate`, this also exists in builds without the feature.
    #[allow(dead_code, reason = "by itself the handshake of such a build has no use for it")]
    pub(crate) fn answer_offer(&mut self, config: &crate::deflate::Config) {
        self.deflate_answer = Answer::to(self.deflate_offer, config);
    }

    /// Returns the negotiated parameters of compression, if any.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn agreed_deflate(&self) -> Option<crate::deflate::Params> {
        self.deflate_answer.as_ref().map(|answer| answer.agreement().params)
    }

    /// Returns the subprotocols that the client offers, in order of preference.
    pub fn offered_subprotocols(&self) -> impl Iterator<Item = &str> {
        self.offered.split_terminator(',')
    }

    /// Returns the selected subprotocol.
    #[must_use]
    pub fn agreed_subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// Returns the headers of the response, for another HTTP stack to send with status 101.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    pub fn headers(&self) -> Result<impl Iterator<Item = (&str, &str)>, HandshakeError> {
        let is_origin_allowed = self.is_origin_allowed;
        if !is_origin_allowed.unwrap_or_else(|| self.is_allowed_by(&OriginPolicy::default())) {
            let origin = self.origin.clone().unwrap_or_default();
            return Err(RequestError::Origin { origin, host: self.host.clone() }.into());
        }
        // RFC 6455 4.2.2: one of the client's subprotocols, or none.
        if let Some(name) = &self.subprotocol
            && !self.offered_subprotocols().any(|offered| *offered == **name)
        {
            return Err(InvalidArgument::UnofferedSubprotocol(name.0.clone()).into());
        }
        // RFC 6455 11.3.2, 11.3.3 and 11.3.4: at most one of each.
        let headers = [
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Accept", self.accept.as_str()),
        ];
        let subprotocol = self.subprotocol.as_deref();
        let extension = self.deflate_answer.as_ref().map(Answer::header);
        Ok(headers
            .into_iter()
            .chain(subprotocol.map(|name| ("Sec-WebSocket-Protocol", name)))
            .chain(extension.map(|answer| ("Sec-WebSocket-Extensions", answer)))
            .chain(self.headers.checked()?))
    }

    /// Appends the response to `out` and opens the connection.
    ///
    /// # Errors
    ///
    /// The request's origin may not connect; or the client does not offer the subprotocol, or a
    /// header is invalid. Nothing was appended then.
    ///
    /// ```
    /// use sansocket::handshake::{HeadLimits, server::Request};
    /// use sansocket::{Limits, Parsed};
    ///
    /// let input = b"GET /chat HTTP/1.1\r\n\
    ///     Host: server.example.com\r\n\
    ///     Upgrade: websocket\r\n\
    ///     Connection: Upgrade\r\n\
    ///     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    ///     Sec-WebSocket-Protocol: chat, superchat\r\n\
    ///     Sec-WebSocket-Version: 13\r\n\r\n";
    /// let parsed = Request::parse(input, &HeadLimits::default())?;
    /// let Parsed::Complete { value: request, .. } = parsed else { panic!() };
    /// let mut out = Vec::new();
    /// let connection = request.accept().subprotocol("chat").send(&Limits::default(), &mut out)?;
    /// assert_eq!(
    ///     out,
    ///     b"HTTP/1.1 101 Switching Protocols\r\n\
    ///     Upgrade: websocket\r\n\
    ///     Connection: Upgrade\r\n\
    ///     Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
    ///     Sec-WebSocket-Protocol: chat\r\n\r\n"
    /// );
    /// # Ok::<(), sansocket::handshake::HandshakeError>(())
    /// ```
    pub fn send(self, limits: &Limits, out: &mut Vec<u8>) -> Result<Connection, HandshakeError> {
        head::write(&["HTTP/1.1 101 Switching Protocols"], self.headers()?, out);
        Ok(self.open(limits))
    }

    /// Creates the connection that the response opens, after another HTTP stack has sent it.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    pub fn connection(&self, limits: &Limits) -> Result<Connection, HandshakeError> {
        self.headers().map(|_| self.open(limits))
    }

    fn open(&self, limits: &Limits) -> Connection {
        let agreement = self.deflate_answer.as_ref().map(Answer::agreement);
        Connection::server(limits).with_agreement(agreement)
    }
}
