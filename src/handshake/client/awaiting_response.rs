use alloc::{string::String, vec::Vec};

use super::{Accepted, Refusal};
#[cfg(feature = "deflate")]
use crate::deflate::{self, Offer};
use crate::{
    frame::Status,
    handshake::{
        Extensions, HandshakeError, HeadError, HeadScanner, Headers, Limits, ResponseError,
        head::{Head, parse_version},
    },
};

const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// A request was sent: reads the response to it (RFC 6455 4.1).
#[derive(Clone, Debug)]
pub struct AwaitingResponse {
    accept: String,
    offered: Vec<String>,
    requires_subprotocol: bool,
    /// How compression was offered.
    #[cfg(feature = "deflate")]
    deflate: Option<deflate::Config>,
    max_body_len: usize,
    scanner: HeadScanner,
    /// Where the head begins that is being read, behind those of 1xx responses.
    head_start: usize,
    /// A refusal whose body is to come.
    refused: Option<Refused>,
}

#[derive(Clone, Debug)]
struct Refused {
    refusal: Refusal,
    body_start: usize,
    /// How much of the body is waited for.
    awaited: usize,
    /// How much of it is kept.
    kept: usize,
}

impl AwaitingResponse {
    pub(super) fn new(
        accept: String,
        offered: Vec<String>,
        requires_subprotocol: bool,
        limits: &Limits,
    ) -> Self {
        // What the limit of a target counts is the status in a response.
        let limits = limits.clone().max_target_len(usize::MAX);
        Self {
            accept,
            offered,
            requires_subprotocol,
            #[cfg(feature = "deflate")]
            deflate: None,
            max_body_len: limits.max_body_len,
            scanner: HeadScanner::new(&limits),
            head_start: 0,
            refused: None,
        }
    }

    #[cfg(feature = "deflate")]
    pub(super) fn with_deflate(self, deflate: Option<deflate::Config>) -> Self {
        Self { deflate, ..self }
    }

    /// Parses the response at the start of `input`, everything that was received so far.
    ///
    /// It goes on where it stopped, so that a response costs linear time in whatever pieces it
    /// comes. Responses with a status of 1xx before the final one are skipped. `consumed` counts
    /// them too; what follows are frames.
    ///
    /// # Errors
    ///
    /// The server refused, or its response is none to this request. The stream is to be closed.
    ///
    /// ```
    /// use sansocket::frame::Status;
    /// use sansocket::handshake::client::Request;
    ///
    /// let mut awaiting = Request::new("server.example.com", "/chat")
    ///     .send(*b"the sample nonce", &mut Vec::new())?;
    /// let input = b"HTTP/1.1 101 Switching Protocols\r\n\
    ///     Upgrade: websocket\r\n\
    ///     Connection: Upgrade\r\n\
    ///     Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\
    ///     \x81\x05Hello";
    /// assert!(matches!(awaiting.parse(&input[..50])?, Status::Partial { .. }));
    /// let parsed = awaiting.parse(input)?;
    /// let Status::Complete { value: accepted, consumed } = parsed else { panic!() };
    /// assert_eq!(accepted.headers().get("upgrade"), Some(&b"websocket"[..]));
    /// assert_eq!(&input[consumed..], b"\x81\x05Hello");
    /// # Ok::<(), sansocket::handshake::HandshakeError>(())
    /// ```
    pub fn parse(&mut self, input: &[u8]) -> Result<Status<Accepted>, HandshakeError> {
        loop {
            if let Some(refused) = &self.refused {
                return refused.parse_body(input);
            }
            let consumed = match self.scanner.find_end(input).map_err(ResponseError::from)? {
                Status::Complete { consumed, .. } => consumed,
                Status::Partial { needed } => return Ok(Status::Partial { needed }),
            };
            let bytes = input.get(self.head_start..consumed).unwrap_or_default();
            let head =
                Head::parse(bytes, self.scanner.header_count()).map_err(ResponseError::from)?;
            match parse_status(head.start_line)? {
                101 => {
                    let value = self.accept(&head.headers)?;
                    return Ok(Status::Complete { value, consumed });
                }
                // RFC 9110 15.2: interim responses can come before the final one.
                100..=199 => {
                    self.head_start = consumed;
                    self.scanner.begin_next();
                }
                status => {
                    self.refused =
                        Some(Refused::new(status, &head.headers, consumed, self.max_body_len));
                }
            }
        }
    }

    /// What the handshake failed with, when the stream ends though [`parse`](Self::parse) asked
    /// for more: the refusal with the body so far, or an incomplete head.
    pub fn parse_eof(&self, input: &[u8]) -> HandshakeError {
        match &self.refused {
            Some(refused) => refused.finish(input),
            None => ResponseError::from(HeadError::Incomplete).into(),
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
        #[cfg(feature = "deflate")]
        let mut deflate = None;
        headers.get_all(EXTENSIONS).flat_map(Extensions::new).try_for_each(|extension| {
            let extension = extension.map_err(|_| HeadError::InvalidHeader(EXTENSIONS))?;
            #[cfg(feature = "deflate")]
            if let Some(config) = &self.deflate
                && deflate.is_none()
                && extension.name() == deflate::NAME
            {
                // RFC 7692 7.1: what cannot be accepted fails the connection.
                let answer = Offer::parse(extension.params())?;
                deflate = Some((Offer::new(config).accept(&answer)?, config.clone()));
                return Ok(());
            }
            // RFC 6455 4.1: only what was offered.
            Err(ResponseError::UnofferedExtension(extension.name().into()))
        })?;
        #[cfg(feature = "deflate")]
        let is_empty = deflate.is_none();
        #[cfg(not(feature = "deflate"))]
        let is_empty = true;
        // RFC 6455 9.1: a list of at least one, which stands in one line or in several.
        if is_empty && headers.get(EXTENSIONS).is_some() {
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
        Ok(Accepted {
            subprotocol,
            headers: headers.into(),
            #[cfg(feature = "deflate")]
            deflate,
        })
    }

    fn offered_subprotocol(&self, name: &[u8]) -> Result<String, ResponseError> {
        self.offered.iter().find(|offered| offered.as_bytes() == name).cloned().ok_or_else(|| {
            ResponseError::UnofferedSubprotocol(String::from_utf8_lossy(name).into_owned())
        })
    }
}

impl Refused {
    fn new(status: u16, headers: &Headers<'_>, body_start: usize, max_len: usize) -> Self {
        let len = body_len(headers).map(|len| len.min(max_len));
        Self {
            refusal: Refusal { status, headers: headers.into(), body: Vec::new() },
            body_start,
            awaited: len.unwrap_or(0),
            kept: len.unwrap_or(max_len),
        }
    }

    fn parse_body<T>(&self, input: &[u8]) -> Result<Status<T>, HandshakeError> {
        let come = input.len().saturating_sub(self.body_start);
        match self.awaited.saturating_sub(come) {
            0 => Err(self.finish(input)),
            needed => Ok(Status::Partial { needed }),
        }
    }

    fn finish(&self, input: &[u8]) -> HandshakeError {
        let body = input.get(self.body_start..).unwrap_or_default();
        let body = body.get(..self.kept).unwrap_or(body);
        HandshakeError::Refused(Refusal { body: body.into(), ..self.refusal.clone() })
    }
}

/// The length that a body declares, if it declares one that can be believed (RFC 9112 6.3).
fn body_len(headers: &Headers<'_>) -> Option<usize> {
    if headers.get("Transfer-Encoding").is_some() {
        return None;
    }
    let len = headers.at_most_one("Content-Length").ok()??;
    if !len.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(len).ok()?.parse().ok()
}

/// Parses a status line to its status (RFC 9112 4).
fn parse_status(line: &[u8]) -> Result<u16, ResponseError> {
    let mut words = line.splitn(3, |&byte| byte == b' ');
    let version = words.next().and_then(parse_version);
    let (major, minor) = version.ok_or(HeadError::InvalidLine)?;
    let status = match words.next().map(str::from_utf8) {
        Some(Ok(status)) if status.len() == 3 && !status.starts_with(['0', '+']) => status,
        _ => return Err(HeadError::InvalidLine.into()),
    };
    let status = status.parse().map_err(|_| HeadError::InvalidLine)?;
    // RFC 9110 7.8: HTTP/1.0 has no upgrade, though it can refuse one.
    if major != 1 || (minor == 0 && status == 101) {
        return Err(ResponseError::HttpVersion);
    }
    Ok(status)
}
