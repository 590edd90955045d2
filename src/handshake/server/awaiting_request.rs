use super::{HttpRequest, Request};
use crate::{
    handshake::{HandshakeError, HeadLimits, HeadScanner},
    parsed::Parsed,
};

/// A parser of the client's request at the start of a stream, however it is split (RFC 6455 4.2.1).
///
/// ```
/// use sansocket::Parsed;
/// use sansocket::connection::Limits;
/// use sansocket::handshake::{HeadLimits, server::AwaitingRequest};
///
/// let stream = b"GET /chat HTTP/1.1\r\n\
///     Host: server.example.com\r\n\
///     Upgrade: websocket\r\n\
///     Connection: Upgrade\r\n\
///     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
///     Sec-WebSocket-Version: 13\r\n\r\n\
///     \x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
/// let mut awaiting = AwaitingRequest::new(&HeadLimits::default());
/// let mut out = Vec::new();
///
/// // Assume that each read returns ten bytes.
/// let mut received = 0;
/// let (connection, consumed) = loop {
///     received += 10;
///     if let Parsed::Complete { value, consumed } = awaiting.parse(&stream[..received])? {
///         break (value.accept().send(&Limits::default(), &mut out)?, consumed);
///     }
/// };
/// assert!(out.starts_with(b"HTTP/1.1 101 "));
/// // Frames begin there. Some may have arrived already.
/// assert_eq!(stream[consumed], 0x81);
/// # Ok::<(), sansocket::handshake::HandshakeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AwaitingRequest {
    scanner: HeadScanner,
}

impl AwaitingRequest {
    /// Creates a parser of a request within `limits`.
    #[must_use]
    pub const fn new(limits: &HeadLimits) -> Self {
        Self { scanner: HeadScanner::new(limits) }
    }

    /// Parses the request at the start of `input`, which is everything received so far.
    ///
    /// It continues where it stopped, so that a request takes linear time, however it is split.
    /// Input that is not HTTP fails at its first invalid byte. When the request is complete,
    /// `consumed` is the length of its head, and the bytes after it are frames.
    ///
    /// # Errors
    ///
    /// The request cannot be accepted. Convert the error to a [`Rejection`](super::Rejection) to
    /// answer it.
    ///
    /// ```
    /// use sansocket::Parsed;
    /// use sansocket::handshake::{HeadLimits, server::AwaitingRequest};
    ///
    /// let mut awaiting = AwaitingRequest::new(&HeadLimits::default());
    /// assert!(matches!(awaiting.parse(b"GET /chat HT")?, Parsed::Partial { .. }));
    /// let error = awaiting.parse(b"GET /chat HTTP/1.1\n").unwrap_err();
    /// assert_eq!(error.rejection_status(), Some(400));
    /// # Ok::<(), sansocket::handshake::HandshakeError>(())
    /// ```
    pub fn parse<'b>(&mut self, input: &'b [u8]) -> Result<Parsed<Request<'b>>, HandshakeError> {
        let consumed = match self.scanner.scan(input)? {
            Parsed::Complete { consumed, .. } => consumed,
            Parsed::Partial { needed } => return Ok(Parsed::Partial { needed }),
        };
        let value = self.take_apart(input)?.upgrade()?;
        Ok(Parsed::Complete { value, consumed })
    }

    /// Finds the end of the head, and returns its length.
    pub(crate) fn scan(&mut self, input: &[u8]) -> Result<Option<usize>, HandshakeError> {
        Ok(match self.scanner.scan(input)? {
            Parsed::Complete { consumed, .. } => Some(consumed),
            Parsed::Partial { .. } => None,
        })
    }

    /// Parses the complete head at the start of `input`.
    pub(crate) fn take_apart<'b>(
        &self,
        input: &'b [u8],
    ) -> Result<HttpRequest<'b>, HandshakeError> {
        Ok(HttpRequest::parse(self.scanner.lines(), input)?)
    }
}

impl<'b> Request<'b> {
    /// Parses the request at the start of `input`, which is everything received so far.
    ///
    /// When it is complete, `consumed` is the length of its head, and the bytes after it are
    /// frames. Every call starts from the beginning: for input in many small pieces, use
    /// [`AwaitingRequest`].
    ///
    /// # Errors
    ///
    /// The request cannot be accepted. Convert the error to a [`Rejection`](super::Rejection) to
    /// answer it.
    ///
    /// ```
    /// use sansocket::Parsed;
    /// use sansocket::handshake::{HeadLimits, server::Request};
    ///
    /// // RFC 6455 1.2.
    /// let input = b"GET /chat HTTP/1.1\r\n\
    ///     Host: server.example.com\r\n\
    ///     Upgrade: websocket\r\n\
    ///     Connection: Upgrade\r\n\
    ///     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    ///     Origin: http://example.com\r\n\
    ///     Sec-WebSocket-Protocol: chat, superchat\r\n\
    ///     Sec-WebSocket-Version: 13\r\n\r\n";
    /// let parsed = Request::parse(input, &HeadLimits::default())?;
    /// let Parsed::Complete { value: request, consumed } = parsed else { panic!() };
    /// assert_eq!(consumed, input.len());
    /// assert_eq!((request.path(), request.host()), ("/chat", "server.example.com"));
    /// assert_eq!(request.origin(), Some("http://example.com"));
    /// assert!(request.subprotocols().eq(["chat", "superchat"]));
    /// # Ok::<(), sansocket::handshake::HandshakeError>(())
    /// ```
    pub fn parse(input: &'b [u8], limits: &HeadLimits) -> Result<Parsed<Self>, HandshakeError> {
        AwaitingRequest::new(limits).parse(input)
    }
}

#[cfg(test)]
mod tests {
    use super::AwaitingRequest;
    use crate::{
        handshake::{HeadLimits, HeadScanner},
        parsed::Parsed,
    };

    const REQUEST: &[u8] = b"GET /chat?room=1 HTTP/1.1\r\n\
        Host: example.com\r\n\
        Upgrade: websocket\r\n\
        Connection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Version: 13\r\n\r\n";

    // Shows own-server-16.
    #[test]
    fn a_head_is_scanned_once_however_it_is_split() {
        for step in 1..=REQUEST.len() {
            let before = HeadScanner::looked_at();
            let mut awaiting = AwaitingRequest::new(&HeadLimits::default());
            for end in (step..REQUEST.len()).step_by(step) {
                let parsed = awaiting.parse(&REQUEST[..end]);
                assert!(matches!(parsed, Ok(Parsed::Partial { needed: 1 })));
            }
            let parsed = awaiting.parse(REQUEST).unwrap();
            let Parsed::Complete { value: request, consumed } = parsed else { panic!() };
            assert_eq!((request.query(), consumed), (Some("room=1"), REQUEST.len()));
            assert_eq!(HeadScanner::looked_at() - before, REQUEST.len());
        }
    }

    #[test]
    fn bytes_after_a_complete_request_do_not_change_it() {
        let mut awaiting = AwaitingRequest::new(&HeadLimits::default());
        let more = [REQUEST, b"\x81\x80\0\0\0\0"].concat();
        for input in [REQUEST, &more] {
            let parsed = awaiting.parse(input).unwrap();
            let Parsed::Complete { value: request, consumed } = parsed else { panic!() };
            assert_eq!((request.path(), consumed), ("/chat", REQUEST.len()));
        }
    }
}
