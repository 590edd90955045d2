use alloc::{string::String, vec::Vec};

use super::{AwaitingResponse, ResponseScanner};
use crate::{
    deflate::{self, Offer},
    handshake::{
        HandshakeError, HeadLimits, InvalidArgument,
        accept_key::{accept_key, encode_nonce},
        authority::Authority,
        extra_headers::ExtraHeaders,
        grammar::is_token,
        head,
        target::Target,
    },
    redacted::{Redacted, RedactedHost, RedactedTarget},
};

/// A request to open a connection (RFC 6455 4.1).
#[derive(Clone, Debug)]
pub struct Request {
    host: RedactedHost<String>,
    target: RedactedTarget<String>,
    origin: Option<String>,
    subprotocols: Vec<Redacted<String>>,
    requires_subprotocol: bool,
    headers: ExtraHeaders,
    limits: HeadLimits,
    pub(crate) deflate: Option<deflate::Config>,
}

impl Request {
    /// A request to `host`, a name or address with the port if it is not the scheme's default,
    /// for `target`, a path with or without a query.
    ///
    /// Both are in ASCII. A `#` in the target is to be written as `%23` (RFC 6455 3).
    #[must_use]
    pub fn new(host: &str, target: &str) -> Self {
        Self {
            host: RedactedHost(host.into()),
            target: RedactedTarget(target.into()),
            origin: None,
            subprotocols: Vec::new(),
            requires_subprotocol: false,
            headers: ExtraHeaders::default(),
            limits: HeadLimits::default(),
            deflate: None,
        }
    }

    /// Sends an `Origin`, as browsers do.
    #[must_use]
    pub fn origin(mut self, origin: &str) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// Offers a subprotocol; the first one given is preferred.
    #[must_use]
    pub fn subprotocol(mut self, name: &str) -> Self {
        self.subprotocols.push(Redacted(name.into()));
        self
    }

    /// Whether a response that agrees on none of the offered subprotocols is an error, as it is
    /// to browsers. By default it is not (RFC 6455 4.1).
    #[must_use]
    pub fn require_subprotocol(self, requires_subprotocol: bool) -> Self {
        Self { requires_subprotocol, ..self }
    }

    /// Adds a header, such as `Authorization`. The handshake's own headers cannot be given.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(name, value);
        self
    }

    /// The limits of the response's head and of the body of a refusal.
    #[must_use]
    pub fn limits(self, limits: HeadLimits) -> Self {
        Self { limits, ..self }
    }

    /// Offers compression (RFC 7692 7.1).
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflate(self, config: &deflate::Config) -> Self {
        Self { deflate: Some(config.clone()), ..self }
    }

    /// Appends the request to `out`. `nonce` is to be random, and fresh for each connection
    /// (RFC 6455 4.1); [`Random::nonce`](crate::Random::nonce) makes one.
    ///
    /// Nothing else may be sent until the response was read.
    ///
    /// # Errors
    ///
    /// The application erred: the host, the target, the origin, a subprotocol or a header may not
    /// be sent. Nothing was appended then.
    ///
    /// ```
    /// use sansocket::handshake::client::Request;
    ///
    /// let mut out = Vec::new();
    /// let awaiting = Request::new("server.example.com", "/chat")
    ///     .origin("http://example.com")
    ///     .subprotocol("chat")
    ///     .subprotocol("superchat")
    ///     .send(*b"the sample nonce", &mut out)?;
    /// assert_eq!(
    ///     out,
    ///     b"GET /chat HTTP/1.1\r\n\
    ///     Host: server.example.com\r\n\
    ///     Upgrade: websocket\r\n\
    ///     Connection: Upgrade\r\n\
    ///     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    ///     Sec-WebSocket-Version: 13\r\n\
    ///     Origin: http://example.com\r\n\
    ///     Sec-WebSocket-Protocol: chat, superchat\r\n\r\n"
    /// );
    /// # Ok::<(), sansocket::handshake::HandshakeError>(())
    /// ```
    pub fn send(
        &self,
        nonce: [u8; 16],
        out: &mut Vec<u8>,
    ) -> Result<AwaitingResponse, HandshakeError> {
        self.check()?;
        let key = encode_nonce(nonce);
        let offered: Vec<&str> = self.subprotocols.iter().map(|name| &**name).collect();
        let offered = offered.join(", ");
        let extension = self.deflate.as_ref().map(|config| Offer::new(config).to_header());
        let headers = [
            ("Host", self.host.0.as_str()),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", &key),
            ("Sec-WebSocket-Version", "13"),
        ]
        .into_iter()
        .chain(self.origin.as_deref().map(|origin| ("Origin", origin)))
        .chain((!offered.is_empty()).then_some(("Sec-WebSocket-Protocol", offered.as_str())))
        .chain(extension.as_deref().map(|offer| ("Sec-WebSocket-Extensions", offer)))
        .chain(self.headers.checked()?);
        head::write(&["GET ", &self.target.0, " HTTP/1.1"], headers, out);
        Ok(AwaitingResponse {
            accept: accept_key(key.as_bytes()),
            offered: self.subprotocols.clone(),
            requires_subprotocol: self.requires_subprotocol,
            deflate: self.deflate.clone(),
            scanner: ResponseScanner::new(&self.limits),
        })
    }

    fn check(&self) -> Result<(), InvalidArgument> {
        if Authority::parse(&self.host.0).is_none() {
            return Err(InvalidArgument::Host(self.host.0.clone()));
        }
        let RedactedTarget(target) = &self.target;
        if !target.starts_with('/') || Target::parse(target).is_none() {
            return Err(InvalidArgument::Target(target.clone()));
        }
        if let Some(origin) = &self.origin
            && (origin.is_empty() || !origin.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            return Err(InvalidArgument::Origin(origin.clone()));
        }
        // RFC 6455 4.1: tokens, each of them once.
        for (index, name) in self.subprotocols.iter().enumerate() {
            if !is_token(name.as_bytes()) {
                return Err(InvalidArgument::Subprotocol(name.0.clone()));
            }
            if self.subprotocols.iter().take(index).any(|own| own == name) {
                return Err(InvalidArgument::DuplicateSubprotocol(name.0.clone()));
            }
        }
        Ok(())
    }
}
