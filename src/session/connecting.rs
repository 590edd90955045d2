use alloc::boxed::Box;
use core::time::Duration;

use super::{
    Failure, Reading, Writing,
    opening::{Advance, Exchange, Opening},
};
use crate::{
    buffered::ReadBuffer,
    connection::{Limits, Receiver, Timeouts},
    handshake::{
        HandshakeError,
        client::{Accepted, AwaitingResponse, ErrorResponse},
        proxy::{ProxyError, Tunnel},
    },
    parsed::Parsed,
    random::Seed,
    time::TimeoutKind,
};

/// The opening handshake of a client (RFC 6455 4.1), once its request is queued.
///
/// ```
/// use core::time::Duration;
/// use sansocket::Timestamp;
/// use sansocket::buffered::ReadBuffer;
/// use sansocket::connection::{Limits, Timeouts};
/// use sansocket::handshake::client::Request;
/// use sansocket::session::{Connecting, Step, Writing};
///
/// let mut writing = Writing::new(None);
/// let nonce = *b"the sample nonce"; // 16 random bytes
/// let awaiting = Request::new("example.com", "/chat").send(nonce, writing.out())?;
/// let mut connecting = Connecting::new(
///     awaiting,
///     ReadBuffer::default(),
///     &Limits::default(),
///     [7; 32].into(), // 32 random bytes
///     Duration::from_secs(10),
///     Timeouts::default(),
/// );
///
/// let now = Timestamp::default();
/// assert_eq!(connecting.next(now, &mut writing)?, Step::Write);
/// writing.written(writing.unwritten().len());
/// writing.flushed();
///
/// assert_eq!(connecting.next(now, &mut writing)?, Step::Read);
/// let wire = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
///     Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
/// connecting.unfilled()[..wire.len()].copy_from_slice(wire);
/// connecting.filled(wire.len());
/// assert_eq!(connecting.next(now, &mut writing)?, Step::Opened);
/// let (accepted, reading) = connecting.into_accepted().unwrap();
/// assert_eq!(accepted.subprotocol(), None);
/// # Ok::<(), sansocket::session::Failure>(())
/// ```
pub type Connecting = Opening<Client>;

/// The exchange of a client before a connection is open, see [`Connecting`].
#[derive(Debug)]
pub struct Client {
    awaiting: AwaitingResponse,
    limits: Limits,
    seed: Option<Seed>,
    is_final: fn(&ErrorResponse) -> bool,
    accepted: Option<Box<Accepted>>,
    receiver: Option<Receiver>,
}

impl Opening<Client> {
    /// Creates the opening handshake of a client. Writing the request and reading the response must
    /// take at most `limit` together. `unread` holds bytes that were read before.
    ///
    /// The mask keys are derived from `seed` (RFC 6455 5.3).
    #[must_use]
    pub fn new(
        awaiting: AwaitingResponse,
        unread: ReadBuffer,
        limits: &Limits,
        seed: Seed,
        limit: Duration,
        timeouts: Timeouts,
    ) -> Self {
        let exchange = Client {
            awaiting,
            limits: limits.clone(),
            seed: Some(seed),
            is_final: |_| false,
            accepted: None,
            receiver: None,
        };
        Self::of(exchange, unread, limit.into(), timeouts)
    }

    /// Skips the body of each error response for which `is_final` returns `true`, such as a
    /// redirect to follow.
    #[must_use]
    pub fn without_body_if(mut self, is_final: fn(&ErrorResponse) -> bool) -> Self {
        self.exchange.is_final = is_final;
        self
    }

    /// Returns the accepted response and the reading half of the session after
    /// [`Step::Opened`](super::Step::Opened), or `None` before.
    #[must_use]
    pub fn into_accepted(mut self) -> Option<(Accepted, Reading)> {
        let accepted = self.exchange.accepted.take()?;
        Some((*accepted, self.into_reading()?))
    }
}

impl Exchange for Client {
    fn advance(&mut self, input: &[u8], out: &mut Writing) -> Result<Advance, HandshakeError> {
        let parsed = self.awaiting.parse(input)?;
        if self.awaiting.refusal().is_some_and(self.is_final) {
            return Err(self.awaiting.parse_eof(input));
        }
        match (parsed, self.seed.take()) {
            (Parsed::Complete { value: accepted, consumed }, Some(seed)) => {
                let connection = accepted.connection(&self.limits, seed);
                out.open(connection.sender);
                self.accepted = Some(Box::new(accepted));
                self.receiver = Some(connection.receiver);
                Ok(Advance::Done(consumed))
            }
            (_, seed) => {
                self.seed = seed;
                Ok(Advance::NeedInput)
            }
        }
    }

    fn fail(&mut self, input: &[u8], failure: Failure, _: &mut Writing) -> (Failure, bool) {
        let failure = match or_refusal(failure, || self.awaiting.parse_eof(input)) {
            Failure::Timeout(_) => Failure::Timeout(TimeoutKind::Response),
            failure => failure,
        };
        (failure, false)
    }

    fn take_receiver(&mut self) -> Option<Receiver> {
        self.receiver.take()
    }
}

/// The opening of a tunnel through a proxy, which precedes the opening handshake.
pub type Tunnelling = Opening<Tunnel>;

impl Opening<Tunnel> {
    /// Creates the opening of a tunnel, which must take at most `limit`.
    #[must_use]
    pub fn new(tunnel: Tunnel, limit: Duration) -> Self {
        Self::of(tunnel, ReadBuffer::default(), limit.into(), Timeouts::default())
    }

    /// Returns the bytes after the answer of the proxy.
    #[must_use]
    pub fn into_unread(self) -> ReadBuffer {
        self.buffer
    }
}

impl Exchange for Tunnel {
    fn advance(&mut self, input: &[u8], out: &mut Writing) -> Result<Advance, HandshakeError> {
        Ok(match Self::advance(self, input, out.out())? {
            Parsed::Complete { consumed, .. } => Advance::Done(consumed),
            Parsed::Partial { .. } => Advance::NeedInput,
        })
    }

    fn fail(&mut self, input: &[u8], failure: Failure, _: &mut Writing) -> (Failure, bool) {
        (or_refusal(failure, || self.advance_eof(input)), false)
    }

    fn take_receiver(&mut self) -> Option<Receiver> {
        None
    }
}

/// Chooses the error of a handshake that cannot read any more. `so_far` returns the error for the
/// input so far. An error response with a complete head takes precedence over a failure while
/// reading its body.
fn or_refusal(failure: Failure, so_far: impl FnOnce() -> HandshakeError) -> Failure {
    match failure {
        Failure::Handshake(_) => failure,
        Failure::Left => so_far().into(),
        _ => match so_far() {
            so_far @ (HandshakeError::UnexpectedResponse(_)
            | HandshakeError::Proxy(ProxyError::UnexpectedResponse(_))) => so_far.into(),
            _ => failure,
        },
    }
}
