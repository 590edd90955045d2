//! Connections that sessions open: however heads are split, within their timeouts, and to the end
//! if they are refused.

mod accepting;
mod connecting;
#[cfg(feature = "std")]
mod faults;
mod opener;

use core::time::Duration;

use sansocket::Parsed;
use sansocket::buffered::{Message, OwnedMessage, ReadBuffer};
use sansocket::connection::{Limits, SendError, Timeouts};
use sansocket::handshake::server::{self, Rejection, Response};
use sansocket::handshake::{HandshakeError, HeadLimits, client};
use sansocket::session::{self, Accepting, Connecting, Failure, Reading, Session, Step, Writing};
use sansocket::{CloseCode, CloseFrame, Role, TimeoutKind};

use super::driver::{Driver, Transport};
use super::link::{Arrival, at};
use super::pieces::Pieces;
use super::recorded::Outcome;
use crate::pair::ROLES;
use crate::wire::{self, CLOSE, FIN, TEXT};
use opener::{Line, Opener};

const LIMIT: Duration = Duration::from_secs(10);
const SEED: [u8; 32] = [7; 32];
const NONCE: [u8; 16] = *b"the sample nonce";
/// Everything at once.
const ALL: &[usize] = &[usize::MAX];

/// The head of a client's request, and what awaits the response.
fn request() -> (Vec<u8>, client::AwaitingResponse) {
    let mut out = Vec::new();
    let awaiting = client::Request::new("example.com", "/chat").send(NONCE, &mut out).unwrap();
    (out, awaiting)
}

/// The head of the response to that request.
fn response() -> Vec<u8> {
    let (request, _) = request();
    let parsed = server::Request::parse(&request, &HeadLimits::default()).unwrap();
    let Parsed::Complete { value: request, .. } = parsed else { panic!() };
    let mut out = Vec::new();
    request.accept().send(&Limits::default(), &mut out).unwrap();
    out
}

fn accepting() -> Accepting {
    Accepting::new(&HeadLimits::default(), LIMIT, Timeouts::default())
}

fn connecting(unread: ReadBuffer) -> Connecting {
    let (_, awaiting) = request();
    let config = Limits::default();
    Connecting::new(awaiting, unread, &config, SEED.into(), LIMIT, Timeouts::default())
}

fn server<T: Transport>(transport: T) -> Opener<session::Server, T> {
    Opener::new(accepting(), Writing::new(None), transport)
}

/// A client whose request is queued.
fn client<T: Transport>(transport: T) -> Opener<session::Client, T> {
    let mut writing = Writing::new(None);
    writing.out().extend(request().0);
    Opener::new(connecting(ReadBuffer::default()), writing, transport)
}

impl<T: Transport> Opener<session::Server, T> {
    /// Accepts with the usual response, modified by `change`.
    fn accept(&mut self, change: fn(Response) -> Response) -> Result<(), HandshakeError> {
        let response = self.opening.request()?.upgrade()?.accept();
        let Self { opening, writing, transport, .. } = self;
        opening.accept(change(response), &Limits::default(), || transport.now(), writing)
    }

    fn reject(&mut self, rejection: Rejection) {
        let Self { opening, writing, transport, .. } = self;
        opening.reject(HandshakeError::Rejected(rejection), || transport.now(), writing);
    }

    /// Accepts the request when it has arrived, and returns the session.
    #[track_caller]
    fn open(mut self) -> Result<Driver<T>, (Failure, T)> {
        let mut opened = self.run();
        if opened == Ok(Step::Request) {
            self.accept(|response| response).unwrap();
            opened = self.run();
        }
        match opened {
            Ok(_) => {
                let reading = self.opening.into_reading().unwrap();
                Ok(driver(reading, self.writing, self.transport))
            }
            Err(failure) => Err((failure, self.transport)),
        }
    }
}

impl<T: Transport> Opener<session::Client, T> {
    #[track_caller]
    fn open(mut self) -> Result<Driver<T>, (Failure, T)> {
        match self.run() {
            Ok(_) => {
                let (accepted, reading) = self.opening.into_accepted().unwrap();
                assert_eq!(accepted.headers().get("upgrade"), Some(&b"websocket"[..]));
                Ok(driver(reading, self.writing, self.transport))
            }
            Err(failure) => Err((failure, self.transport)),
        }
    }
}

fn driver<T: Transport>(reading: Reading, writing: Writing, transport: T) -> Driver<T> {
    Driver::new(Session { reading, writing }, transport).echo()
}

/// Opens a connection in this role, and returns the session.
fn open<T: Transport>(role: Role, transport: T) -> Result<Driver<T>, (Failure, T)> {
    match role {
        Role::Server => server(transport).open(),
        Role::Client => client(transport).open(),
    }
}

const MESSAGE: &str = "right behind the head";

/// A message and a Close frame, as they follow the head of the peer.
fn frames(role: Role) -> Vec<u8> {
    [
        wire::to(role, FIN | TEXT, MESSAGE.as_bytes()),
        wire::to(role, FIN | CLOSE, &wire::close_payload(1000, "bye")),
    ]
    .concat()
}

/// The head of the peer and what follows.
fn input(role: Role) -> Vec<u8> {
    let head = match role {
        Role::Server => request().0,
        Role::Client => response(),
    };
    [head, frames(role)].concat()
}

/// Opens a connection and uses it to its end. Returns its result and its output.
#[track_caller]
fn run(role: Role, input: &[u8], reads: &[usize], writes: &[usize]) -> (Outcome, Vec<u8>) {
    let Ok(mut driver) = open(role, Pieces::new(input, reads, writes)) else { panic!() };
    (Outcome::of(&mut driver), driver.transport.written)
}

// Shows own-server-19, own-client-4, own-server-24.
#[test]
fn the_connection_is_the_same_however_heads_and_frames_are_split() {
    for role in ROLES {
        let input = input(role);
        let whole = run(role, &input, ALL, ALL);
        assert_eq!(whole.0.received, [OwnedMessage::Text(MESSAGE.into())]);
        assert_eq!(whole.0.end, Ok(()));
        assert!(whole.0.info.was_clean);
        let head = if role == Role::Server { response() } else { request().0 };
        assert!(whole.1.starts_with(&head));
        assert_eq!(wire::contents(&whole.1[head.len()..]).len(), 2, "the echo, the Close frame");
        for cut in 1..input.len() {
            assert_eq!(run(role, &input, &[cut, 0, usize::MAX], ALL), whole, "read up to {cut}");
        }
        for cut in 1..whole.1.len() {
            assert_eq!(run(role, &input, ALL, &[cut, 0, usize::MAX]), whole, "written to {cut}");
        }
        for len in 1..50 {
            for lens in [&[len][..], &[len, 0]] {
                assert_eq!(run(role, &input, lens, lens), whole, "in pieces of {len}");
            }
        }
    }
}

// Shows own-limits-6 (both).
#[test]
fn a_trickling_head_does_not_extend_the_timeout() {
    for role in ROLES {
        let input = input(role);
        let bytes = input.iter().zip(1..20);
        let line = Line::new(bytes.map(|(byte, secs)| (at(secs), Arrival::Bytes(vec![*byte]))));
        let (failure, line) = open(role, line).map(|_| ()).unwrap_err();
        let kind = match role {
            Role::Server => TimeoutKind::Request,
            Role::Client => TimeoutKind::Response,
        };
        assert_eq!(failure, Failure::Timeout(kind));
        assert_eq!(line.half_closed_at, Some(at(10)));
    }
}

#[test]
fn nothing_can_be_sent_before_the_connection_is_open() {
    let frame = CloseFrame { code: CloseCode::NORMAL, reason: "" };
    let assert_is_shut = |writing: &mut Writing| {
        let waiting = writing.waiting();
        assert_eq!(writing.send("early"), Err(SendError::Closed));
        assert_eq!(writing.send_header(Message::Text("early")), Err(SendError::Closed));
        writing.close(frame).unwrap();
        assert_eq!(writing.waiting(), waiting);
    };
    let mut opener = server(Line::with(at(1), &request().0));
    assert_is_shut(&mut opener.writing);
    assert!(opener.opening.request().is_err(), "it has not come");
    assert_eq!(opener.run(), Ok(Step::Request));
    assert_is_shut(&mut opener.writing);
    opener.accept(|response| response).unwrap();
    opener.writing.send("behind the 101").unwrap();
    assert_eq!(opener.run(), Ok(Step::Opened));
    let frames = opener.transport.written.strip_prefix(&response()[..]).unwrap();
    assert_eq!(wire::contents(frames), [(FIN | TEXT, b"behind the 101".to_vec())]);

    let mut opener = client(Line::with(at(1), &response()));
    assert_is_shut(&mut opener.writing);
    opener.run_to_wait();
    assert_is_shut(&mut opener.writing);
    assert_eq!(opener.run(), Ok(Step::Opened));
    assert_eq!(opener.transport.written, request().0);
    opener.writing.send("open").unwrap();
}

#[test]
fn an_opening_whose_transport_fails_is_lost() {
    for role in ROLES {
        for is_write in [true, false] {
            let reset = (at(3), Arrival::Reset);
            let head = (at(2), Arrival::Bytes(input(role)[..20].to_vec()));
            let mut line = Line::new(if is_write { vec![] } else { vec![head, reset] });
            if is_write && role == Role::Server {
                line = Line::with(at(1), &input(role));
            }
            line.is_broken = is_write;
            let (failure, line) = open(role, line).map(|_| ()).unwrap_err();
            assert_eq!(failure, Failure::Lost);
            let time = match (is_write, role) {
                (true, Role::Client) => 0,
                (true, Role::Server) => 1,
                _ => 3,
            };
            assert_eq!(line.half_closed_at, Some(at(time)));
            assert_eq!(line.now, at(time));
        }
    }
}
