use alloc::{string::String, vec::Vec};

use super::{Accepted, ErrorResponse, ResponseScanner};
use crate::{
    deflate::{self, Agreement},
    handshake::{Extensions, HandshakeError, HeadError, Headers, ResponseError},
    parsed::Parsed,
    redacted::Redacted,
};

const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// A request was sent: reads the response to it (RFC 6455 4.1).
#[derive(Clone, Debug)]
pub struct AwaitingResponse {
    /// What the server makes of the key.
    pub(super) accept: String,
    pub(super) offered: Vec<Redacted<String>>,
    pub(super) requires_subprotocol: bool,
    /// How compression was offered.
    pub(super) deflate: Option<deflate::Config>,
    pub(super) scanner: ResponseScanner,
}

impl AwaitingResponse {
    /// Parses the response at the start of `input`, everything that was received so far.
    ///
    /// It goes on where it stopped, so that a response costs linear time in whatever pieces it
    /// comes. Responses with a status of 1xx before the final one are skipped. `consumed` counts
    /// them too; what follows are frames. A refusal is an error once its body is complete, or as
    /// long as is kept of it.
    ///
    /// # Errors
    ///
    /// The server refused, or its response is none to this request. The stream is to be closed.
    ///
    /// ```
    /// use sansocket::Parsed;
    /// use sansocket::handshake::client::Request;
    ///
    /// let mut awaiting = Request::new("server.example.com", "/chat")
    ///     .send(*b"the sample nonce", &mut Vec::new())?;
    /// let input = b"HTTP/1.1 101 Switching Protocols\r\n\
    ///     Upgrade: websocket\r\n\
    ///     Connection: Upgrade\r\n\
    ///     Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\
    ///     \x81\x05Hello";
    /// assert!(matches!(awaiting.parse(&input[..50])?, Parsed::Partial { .. }));
    /// let parsed = awaiting.parse(input)?;
    /// let Parsed::Complete { value: accepted, consumed } = parsed else { panic!() };
    /// assert_eq!(accepted.headers().get("upgrade"), Some(&b"websocket"[..]));
    /// assert_eq!(&input[consumed..], b"\x81\x05Hello");
    /// # Ok::<(), sansocket::handshake::HandshakeError>(())
    /// ```
    pub fn parse(&mut self, input: &[u8]) -> Result<Parsed<Accepted>, HandshakeError> {
        match self.scanner.scan(input, |status| status == 101)? {
            Parsed::Complete { value: Ok(headers), consumed } => {
                Ok(Parsed::Complete { value: self.accept(&headers)?, consumed })
            }
            Parsed::Complete { value: Err(refusal), .. } => {
                Err(HandshakeError::UnexpectedResponse(refusal))
            }
            Parsed::Partial { needed } => Ok(Parsed::Partial { needed }),
        }
    }

    /// Returns the refusal whose head is complete, with as much of its body as
    /// [`parse`](Self::parse) has seen, while `parse` asks for the rest.
    ///
    /// Whoever follows a redirect need not wait for its body.
    #[must_use]
    pub fn refusal(&self) -> Option<&ErrorResponse> {
        self.scanner.refusal()
    }

    /// Returns why the handshake failed if nothing more comes though [`parse`](Self::parse) asked
    /// for more: the refusal with the body so far, or an incomplete head.
    ///
    /// This is for the end of the stream. When the stream breaks or the time is over, a
    /// [`HandshakeError::UnexpectedResponse`] from here says more than that does.
    pub fn parse_eof(&self, input: &[u8]) -> HandshakeError {
        match self.scanner.scan_eof(input) {
            Ok(refusal) => HandshakeError::UnexpectedResponse(refusal),
            Err(error) => error.into(),
        }
    }

    /// Checks a response with status 101.
    fn accept(&self, headers: &Headers<'_>) -> Result<Accepted, ResponseError> {
        // RFC 6455 4.1: `Upgrade` is `websocket`, in any case, and `Connection` holds `Upgrade`.
        let mut upgrade = headers.tokens("Upgrade");
        let (protocol, further) = (upgrade.next(), upgrade.next());
        if !protocol.is_some_and(|name| name.eq_ignore_ascii_case(b"websocket"))
            || further.is_some()
            || !headers.has_token("Connection", "Upgrade")
        {
            return Err(ResponseError::NotWebSocket);
        }
        // RFC 6455 11.3.3: once.
        if headers.one("Sec-WebSocket-Accept")? != self.accept.as_bytes() {
            return Err(ResponseError::WrongAccept);
        }
        let mut agreement = None;
        headers.get_all(EXTENSIONS).flat_map(Extensions::new).try_for_each(|extension| {
            let extension = extension.map_err(|_| HeadError::InvalidHeader(EXTENSIONS))?;
            if let Some(config) = &self.deflate
                && agreement.is_none()
                && extension.name() == deflate::NAME
            {
                let agreed = Agreement::by_answer::<ResponseError>(config, extension.params());
                agreement = Some(agreed?);
                return Ok(());
            }
            // RFC 6455 4.1: only what was offered.
            Err(ResponseError::UnofferedExtension(extension.name().into()))
        })?;
        // RFC 6455 9.1: a list of at least one, which stands in one line or in several.
        if agreement.is_none() && headers.get(EXTENSIONS).is_some() {
            return Err(HeadError::InvalidHeader(EXTENSIONS).into());
        }
        // RFC 6455 11.3.4: at most once.
        let subprotocol = match headers.at_most_one("Sec-WebSocket-Protocol")? {
            Some(name) => Some(self.offered_subprotocol(name)?),
            None if self.requires_subprotocol && !self.offered.is_empty() => {
                return Err(ResponseError::MissingSubprotocol);
            }
            None => None,
        };
        Ok(Accepted { subprotocol, headers: headers.into(), deflate: agreement })
    }

    fn offered_subprotocol(&self, name: &[u8]) -> Result<Redacted<String>, ResponseError> {
        self.offered.iter().find(|offered| offered.as_bytes() == name).cloned().ok_or_else(|| {
            ResponseError::UnofferedSubprotocol(String::from_utf8_lossy(name).into_owned())
        })
    }
}
