use alloc::vec::Vec;
use core::time::Duration;

use super::{
    Clock, Failure, Outlet, Writing,
    opening::{Advance, Exchange, Opening},
};
use crate::{
    buffered::ReadBuffer,
    connection::{Limits, Receiver, Timeouts},
    handshake::{
        HandshakeError, HeadError, HeadLimits, RequestError,
        server::{AwaitingRequest, HttpRequest, Rejection, Response},
    },
    time::TimeoutKind,
};

/// The opening handshake of a server (RFC 6455 4.2).
///
/// At [`Step::Request`](super::Step::Request) the application examines the
/// [`request`](Self::request), for as long as it needs. Then it [accepts](Self::accept) or
/// [rejects](Self::reject) it.
///
/// ```
/// use sansocket::Timestamp;
/// use sansocket::connection::{Limits, Timeouts};
/// use sansocket::handshake::HeadLimits;
/// use sansocket::session::{Accepting, Step, Writing};
/// use core::time::Duration;
///
/// let limit = Duration::from_secs(10);
/// let mut accepting = Accepting::new(&HeadLimits::default(), limit, Timeouts::default());
/// let mut writing = Writing::new(None);
/// let now = Timestamp::default();
///
/// let wire = b"GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\n\
///     Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
///     Sec-WebSocket-Version: 13\r\n\r\n";
/// assert_eq!(accepting.next(now, &mut writing)?, Step::Read);
/// accepting.unfilled()[..wire.len()].copy_from_slice(wire);
/// accepting.filled(wire.len());
///
/// assert_eq!(accepting.next(now, &mut writing)?, Step::Request);
/// let request = accepting.request()?;
/// assert_eq!(request.target(), "/chat");
/// let response = request.upgrade()?.accept();
/// accepting.accept(response, &Limits::default(), now, &mut writing)?;
///
/// assert_eq!(accepting.next(now, &mut writing)?, Step::Write);
/// assert!(writing.unwritten().starts_with(b"HTTP/1.1 101 Switching Protocols\r\n"));
/// writing.written(writing.unwritten().len());
/// writing.flushed();
/// assert_eq!(accepting.next(now, &mut writing)?, Step::Opened);
/// let reading = accepting.into_reading().unwrap();
/// # Ok::<(), sansocket::session::Failure>(())
/// ```
pub type Accepting = Opening<Server>;

/// The exchange of a server before a connection is open, see [`Accepting`].
#[derive(Debug)]
pub struct Server {
    awaiting: AwaitingRequest,
    stage: AcceptingStage,
}

#[derive(Debug)]
enum AcceptingStage {
    Incomplete,
    /// The request is complete; its head has this length.
    Asked(usize),
    Answered(usize, Option<Receiver>),
}

impl Opening<Server> {
    /// Creates the opening handshake of a server. Reading the request and writing the answer must
    /// take at most `limit` together. The time that the application takes to decide does not count.
    #[must_use]
    pub fn new(limits: &HeadLimits, limit: Duration, timeouts: Timeouts) -> Self {
        let exchange =
            Server { awaiting: AwaitingRequest::new(limits), stage: AcceptingStage::Incomplete };
        Self::of(exchange, ReadBuffer::default(), limit.into(), timeouts)
    }

    /// Returns the request that has arrived, whether it is an upgrade request or not.
    ///
    /// # Errors
    ///
    /// It is not an HTTP/1 request, or it has not arrived yet.
    pub fn request(&self) -> Result<HttpRequest<'_>, HandshakeError> {
        let Server { awaiting, stage } = &self.exchange;
        let head = match stage {
            AcceptingStage::Incomplete => None,
            AcceptingStage::Asked(len) | AcceptingStage::Answered(len, _) => {
                self.buffer.unread().get(..*len)
            }
        };
        awaiting.take_apart(head.ok_or_else(incomplete)?)
    }

    /// Answers the request and opens the connection. Does nothing if the request was answered
    /// before, since the client may have part of that answer.
    ///
    /// # Errors
    ///
    /// The request has not arrived yet. Or the response may not be sent, because the origin may not
    /// connect or the application made it invalid; then the client gets an error response instead.
    pub fn accept(
        &mut self,
        response: Response,
        limits: &Limits,
        clock: impl Clock,
        out: &mut impl Outlet,
    ) -> Result<(), HandshakeError> {
        let len = match self.exchange.stage {
            AcceptingStage::Asked(len) if !self.is_ending() => len,
            AcceptingStage::Incomplete => return Err(incomplete()),
            _ => return Ok(()),
        };
        let sent = out.with(|writing| {
            let connection = response.send(limits, writing.out())?;
            writing.open(connection.sender);
            Ok(connection.receiver)
        });
        match sent {
            Ok(receiver) => {
                self.resume(&clock);
                self.exchange.stage = AcceptingStage::Answered(len, Some(receiver));
                Ok(())
            }
            Err(error) => {
                self.reject(HandshakeError::clone(&error), clock, out);
                Err(error)
            }
        }
    }

    /// Answers the request. `decide` can modify the response to an upgrade request; any other
    /// request is answered with the matching error.
    pub fn answer(
        &mut self,
        decide: impl FnOnce(Response) -> Response,
        limits: &Limits,
        clock: impl Clock,
        out: &mut impl Outlet,
    ) {
        match self.request().and_then(HttpRequest::upgrade).map(|request| request.accept()) {
            // If it fails, the client gets an error response, and the next step returns the error.
            Ok(response) => drop(self.accept(decide(response), limits, clock, out)),
            Err(error) => self.reject(error, clock, out),
        }
    }

    /// Answers the request with an error response, or with any other that opens no connection:
    /// [`HandshakeError::Rejected`] holds one of the application. The response is sent, the
    /// transport is closed, and the handshake fails with `error`.
    pub fn reject(&mut self, error: HandshakeError, clock: impl Clock, out: &mut impl Outlet) {
        self.resume(&clock);
        self.fail(error.into(), &clock, out);
    }
}

impl Exchange for Server {
    fn advance(&mut self, input: &[u8], _: &mut Writing) -> Result<Advance, HandshakeError> {
        match &self.stage {
            AcceptingStage::Incomplete => match self.awaiting.scan(input)? {
                None => Ok(Advance::NeedInput),
                Some(len) => {
                    self.stage = AcceptingStage::Asked(len);
                    Ok(Advance::Asked)
                }
            },
            AcceptingStage::Asked(_) => Ok(Advance::Asked),
            AcceptingStage::Answered(len, _) => Ok(Advance::Done(*len)),
        }
    }

    fn fail(&mut self, _: &[u8], failure: Failure, out: &mut Writing) -> (Failure, bool) {
        let rejection = match (&self.stage, &failure) {
            // The client may have part of a response, which nothing else can follow.
            (AcceptingStage::Answered(..), _) => return (failure, false),
            (_, Failure::Handshake(error)) => Rejection::from(&**error),
            (_, Failure::Timeout(TimeoutKind::Handshake)) => Rejection::new(408),
            _ => return (failure, false),
        };
        // Nothing was sent yet, so the server was waiting for the request.
        let failure = match failure {
            Failure::Timeout(_) => Failure::Timeout(TimeoutKind::Request),
            failure => failure,
        };
        // RFC 6455 7.2.2 and 10.7: send the reason to the client, then close the connection.
        match send(&rejection, out.out()) {
            Ok(()) => (failure, true),
            Err(invalid) => (invalid.into(), true),
        }
    }

    fn take_receiver(&mut self) -> Option<Receiver> {
        match &mut self.stage {
            AcceptingStage::Answered(_, receiver) => receiver.take(),
            _ => None,
        }
    }
}

fn incomplete() -> HandshakeError {
    RequestError::from(HeadError::Incomplete).into()
}

/// Appends a response to `out`. If the application made an invalid one, this fails, and the client
/// gets a bare 500 instead.
fn send(rejection: &Rejection, out: &mut Vec<u8>) -> Result<(), HandshakeError> {
    let sent = rejection.send(out);
    if sent.is_err() {
        Rejection::new(500).send(out)?;
    }
    sent
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use alloc::vec;

    use super::{Accepting, Writing};
    use crate::{
        connection::Timeouts,
        handshake::{HeadLimits, HeadScanner},
        session::Step,
        time::Timestamp,
    };

    const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\n\
        Host: example.com\r\n\
        Upgrade: websocket\r\n\
        Connection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Version: 13\r\n\r\n";

    // Shows own-server-16.
    #[test]
    fn a_request_is_scanned_once_however_it_is_split() {
        let now = Timestamp::default();
        for step in 1..=REQUEST.len() {
            let before = HeadScanner::looked_at();
            let limit = Duration::from_secs(10);
            let mut accepting = Accepting::new(&HeadLimits::default(), limit, Timeouts::default());
            let mut writing = Writing::new(None);
            for piece in REQUEST.chunks(step) {
                assert_eq!(accepting.next(now, &mut writing), Ok(Step::Read));
                accepting.unfilled()[..piece.len()].copy_from_slice(piece);
                accepting.filled(piece.len());
            }
            assert_eq!(accepting.next(now, &mut writing), Ok(Step::Request));
            assert_eq!(accepting.request().unwrap().target(), "/chat");
            assert_eq!(HeadScanner::looked_at() - before, REQUEST.len());
        }
    }

    #[test]
    fn storage_that_an_opening_still_has_when_others_get_their_turn_can_be_taken_back() {
        let now = Timestamp::default();
        let limit = Duration::from_secs(10);
        let mut accepting = Accepting::new(&HeadLimits::default(), limit, Timeouts::default());
        let mut writing = Writing::new(None);

        assert_eq!(accepting.next(now, &mut writing), Ok(Step::Read));
        accepting.lendable().unwrap().attach(vec![0; 64 << 10]);
        accepting.unfilled()[..50].copy_from_slice(&REQUEST[..50]);
        accepting.filled(50);
        // The task yields in place of this read, and no read has found nothing.
        assert_eq!(accepting.next(now, &mut writing), Ok(Step::Read));
        assert!(matches!(accepting.next(now, &mut writing), Ok(Step::Wait(_))));
        let storage = accepting.lendable().unwrap().detach();
        assert_eq!(storage.map(|storage| storage.len()), Some(64 << 10));
    }

    #[test]
    fn the_start_of_a_head_waits_in_storage_of_its_own() {
        const LEN: usize = 64 << 10;
        let now = Timestamp::default();
        let limit = Duration::from_secs(10);
        let mut accepting = Accepting::new(&HeadLimits::default(), limit, Timeouts::default());
        let mut writing = Writing::new(None);
        let (start, rest) = REQUEST.split_at(50);

        assert_eq!(accepting.next(now, &mut writing), Ok(Step::Read));
        accepting.lendable().unwrap().attach(vec![0; LEN]);
        accepting.unfilled()[..start.len()].copy_from_slice(start);
        accepting.filled(start.len());
        assert_eq!(accepting.next(now, &mut writing), Ok(Step::Read));
        assert_eq!(accepting.lendable().unwrap().detach().map(|storage| storage.len()), Some(LEN));
        assert!(matches!(accepting.next(now, &mut writing), Ok(Step::Wait(_))));
        assert!(accepting.lendable().is_none());

        assert_eq!(accepting.next(now, &mut writing), Ok(Step::Read));
        accepting.unfilled()[..rest.len()].copy_from_slice(rest);
        accepting.filled(rest.len());
        assert_eq!(accepting.next(now, &mut writing), Ok(Step::Request));
        assert_eq!(accepting.request().unwrap().target(), "/chat");
    }
}
