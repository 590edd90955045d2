//! Connections that are opened by sessions: in whatever pieces heads come, in the time that they have,
//! and to the end if they are refused.

use core::time::Duration;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};

use sansocket::Parsed;
use sansocket::buffered::{Message, OwnedMessage, ReadBuffer};
use sansocket::connection::{Config, SendError, Timeouts};
use sansocket::handshake::client;
use sansocket::handshake::proxy::{ProxyError, Tunnel};
use sansocket::handshake::server::{self, Rejection, Response};
use sansocket::handshake::{Credentials, HandshakeError, Limits};
use sansocket::session::{
    self, Accepting, Connecting, Exchange, Failure, Opening, Reading, Session, Step, Tunnelling,
    Want, Writing,
};
use sansocket::{CloseCode, CloseFrame, Role, TimeoutKind, Timestamp};

use super::driver::{Driver, Transport};
use super::link::{Arrival, KIB, at};
use super::pieces::Pieces;
use super::recorded::Outcome;
use crate::pair::ROLES;
use crate::wire::{self, CLOSE, FIN, TEXT};

const LIMIT: Duration = Duration::from_secs(10);
const SEED: [u8; 32] = [7; 32];
const NONCE: [u8; 16] = *b"the sample nonce";
/// All there is, at once.
const ALL: &[usize] = &[usize::MAX];
/// More steps than this in which nothing happens are a livelock.
const MAX_VAIN_STEPS: usize = 12;

/// Carries out the steps of an opening, one call of the transport at a time.
struct Opener<E, T> {
    opening: Opening<E>,
    writing: Writing,
    transport: T,
    steps: Vec<Step>,
}

impl<E: Exchange, T: Transport> Opener<E, T> {
    fn new(opening: Opening<E>, writing: Writing, transport: T) -> Self {
        Self { opening, writing, transport, steps: Vec::new() }
    }

    fn next(&mut self) -> Result<Step, Failure> {
        let Self { opening, writing, transport, .. } = self;
        opening.next(|| transport.now(), writing)
    }

    /// Until the application is asked, or the connection is open.
    #[track_caller]
    fn run(&mut self) -> Result<Step, Failure> {
        let mut vain = 0;
        loop {
            let step = self.next()?;
            if matches!(step, Step::Request | Step::Opened) {
                return Ok(step);
            }
            vain = if self.carry_out(step) { 0 } else { vain + 1 };
            assert!(vain < MAX_VAIN_STEPS, "a livelock, at last {step:?}");
        }
    }

    /// Until there is nothing to do but to wait; that long it goes without.
    #[track_caller]
    fn run_to_wait(&mut self) -> Timestamp {
        loop {
            match self.next().expect("it goes on") {
                Step::Wait(until) => return until,
                step => self.carry_out(step),
            };
        }
    }

    /// Whether anything came or went.
    #[track_caller]
    fn carry_out(&mut self, step: Step) -> bool {
        let Self { opening, writing, transport, steps } = self;
        steps.push(step);
        let start = transport.now();
        match step {
            Step::Read => match transport.read(opening.unfilled()) {
                Ok(0) => opening.end_of_stream(),
                Ok(count) => {
                    opening.filled(count);
                    return true;
                }
                Err(error) if is_passing(&error) => {}
                Err(_) => opening.failed(writing),
            },
            Step::Write => return write(writing, transport),
            Step::HalfClose => match transport.half_close() {
                Err(error) if is_passing(&error) => {}
                _ => opening.half_closed(writing),
            },
            Step::Drain => match transport.read(&mut [0; 16 << 10]) {
                Err(error) if is_passing(&error) => {}
                result => {
                    let count = result.unwrap_or(0);
                    opening.drained(count, writing);
                    return count > 0;
                }
            },
            Step::Wait(until) => {
                transport.wait(until);
                return transport.now() > start;
            }
            step => panic!("{step:?} while it is opened"),
        }
        false
    }

    /// Checks that the end is final, and that nothing can be sent.
    #[track_caller]
    fn assert_is_over(&mut self, failure: &Failure) {
        for _ in 0..3 {
            assert_eq!(self.next().as_ref(), Err(failure));
            self.opening.failed(&mut self.writing);
            assert_eq!(self.writing.send("late"), Err(SendError::Closed));
            assert_eq!(self.writing.wants(self.transport.now()), Want::Nothing);
        }
    }
}

/// Makes the calls that are wanted, up to one that would have to wait. Returns whether anything went.
fn write(writing: &mut Writing, transport: &mut impl Transport) -> bool {
    let mut has_written = false;
    loop {
        let result = match writing.wants(transport.now()) {
            Want::Write => transport.write(writing.unwritten()).map(Some),
            Want::Flush => transport.flush().map(|()| None),
            Want::Nothing => return has_written,
        };
        match result {
            Ok(None) => writing.flushed(),
            Ok(Some(count)) if count > 0 => {
                writing.written(count);
                has_written = true;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                writing.refused(transport.now());
                return has_written;
            }
            _ => writing.failed(),
        }
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// A transport over which things come at given times, and that takes so many bytes.
#[derive(Debug, Default)]
struct Line {
    now: Timestamp,
    /// In the order of time.
    arriving: VecDeque<(Timestamp, Arrival)>,
    room: usize,
    is_broken: bool,
    written: Vec<u8>,
    half_closed_at: Option<Timestamp>,
}

impl Line {
    fn new(arriving: impl IntoIterator<Item = (Timestamp, Arrival)>) -> Self {
        let arriving = arriving.into_iter().collect();
        Self { arriving, room: usize::MAX, ..Self::default() }
    }

    fn with(at: Timestamp, bytes: &[u8]) -> Self {
        Self::new([(at, Arrival::Bytes(bytes.into()))])
    }

    fn written(&self) -> &str {
        str::from_utf8(&self.written).unwrap()
    }
}

impl Transport for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.arriving.front_mut() {
            Some((at, arrival)) if *at <= self.now => match arrival {
                Arrival::Bytes(bytes) => {
                    let count = bytes.len().min(buffer.len());
                    buffer[..count].copy_from_slice(&bytes[..count]);
                    bytes.drain(..count);
                    if bytes.is_empty() {
                        self.arriving.pop_front();
                    }
                    Ok(count)
                }
                Arrival::End => Ok(0),
                Arrival::Reset => Err(ErrorKind::ConnectionReset.into()),
            },
            _ => Err(ErrorKind::WouldBlock.into()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_broken || self.half_closed_at.is_some() {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let count = bytes.len().min(self.room);
        if count == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.room -= count;
        self.written.extend(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn half_close(&mut self) -> io::Result<()> {
        assert_eq!(self.half_closed_at, None, "a direction ends once");
        self.half_closed_at = Some(self.now);
        Ok(())
    }

    fn wait(&mut self, until: Timestamp) {
        let later = self.arriving.iter().map(|(at, _)| *at).find(|at| *at > self.now);
        self.now = later.unwrap_or(until).min(until);
        assert!(self.now < at(1000), "it waits for ever");
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}

/// The head of a client's request, and what awaits the response.
fn request() -> (Vec<u8>, client::AwaitingResponse) {
    let mut out = Vec::new();
    let awaiting = client::Request::new("example.com", "/chat").send(NONCE, &mut out).unwrap();
    (out, awaiting)
}

/// The head of the response to it.
fn response() -> Vec<u8> {
    let (request, _) = request();
    let parsed = server::Request::parse(&request, &Limits::default()).unwrap();
    let Parsed::Complete { value: request, .. } = parsed else { panic!() };
    let mut out = Vec::new();
    request.accept().send(&Config::default(), &mut out).unwrap();
    out
}

fn accepting() -> Accepting {
    Accepting::new(&Limits::default(), LIMIT, Timeouts::default())
}

fn connecting(unread: ReadBuffer) -> Connecting {
    let (_, awaiting) = request();
    let config = Config::default();
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
    /// Accepts with what `change` makes of the usual response.
    fn accept(&mut self, change: fn(Response) -> Response) -> Result<(), HandshakeError> {
        let response = self.opening.request()?.upgrade()?.accept();
        let Self { opening, writing, transport, .. } = self;
        opening.accept(change(response), &Config::default(), || transport.now(), writing)
    }

    fn reject(&mut self, rejection: Rejection) {
        let Self { opening, writing, transport, .. } = self;
        opening.reject(HandshakeError::Rejected(rejection), || transport.now(), writing);
    }

    /// Accepts as soon as the request is there, and returns the session.
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

/// What a connection comes to that is opened and used to its end, and what it writes.
#[track_caller]
fn run(role: Role, input: &[u8], reads: &[usize], writes: &[usize]) -> (Outcome, Vec<u8>) {
    let Ok(mut driver) = open(role, Pieces::new(input, reads, writes)) else { panic!() };
    (Outcome::of(&mut driver), driver.transport.written)
}

// Shows own-server-19, own-client-4, own-server-24.
#[test]
fn in_whatever_pieces_heads_and_frames_come_and_go_the_connection_is_the_same() {
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

#[cfg(feature = "std")]
mod faults {
    use super::super::faults::Brief;
    use super::*;
    use crate::faulty::{Faulty, Schedule};

    /// What a server sends once a request is there.
    fn respond(written: &[u8]) -> Option<Vec<u8>> {
        written.ends_with(b"\r\n\r\n").then(|| input(Role::Client))
    }

    fn stream(role: Role, schedule: &Schedule) -> Faulty {
        match role {
            Role::Server => Faulty::new(&input(role), schedule),
            Role::Client => Faulty::answering(respond, schedule),
        }
    }

    #[test]
    fn an_opening_survives_every_fault_at_every_byte() {
        for role in ROLES {
            let pass = |schedule: &Schedule| {
                let stream = stream(role, schedule);
                let fate = match open(role, Brief::from(stream.clone())) {
                    Ok(mut driver) => Ok(Outcome::of(&mut driver)),
                    Err((failure, _)) => Err(failure),
                };
                (stream, fate)
            };
            let (whole, outcome) = pass(&Schedule::default());
            let outcome = outcome.unwrap();
            assert_eq!(outcome.end, Ok(()));
            let mut count = 0;
            let lens = (whole.read_count(), whole.written().len());
            for schedule in Schedule::all(lens.0, lens.1) {
                let (stream, opened) = pass(&schedule);
                let fate = stream.fate();
                let is_cut = fate.is_read_cut || fate.is_write_cut;
                match opened {
                    Ok(opened) if is_cut => {
                        assert!(outcome.received.starts_with(&opened.received), "{schedule:?}");
                    }
                    Ok(opened) => assert_eq!(opened, outcome, "{schedule:?}"),
                    Err(Failure::Lost) => assert!(is_cut, "{schedule:?}"),
                    Err(Failure::Left) => assert!(role == Role::Server && fate.is_read_cut),
                    Err(Failure::Handshake(_)) => {
                        assert!(role == Role::Client && fate.is_read_cut, "{schedule:?}");
                    }
                    Err(failure) => panic!("{failure:?}: {schedule:?}"),
                }
                // Half a response is never followed by another.
                assert!(whole.written().starts_with(&stream.written()), "{schedule:?}");
                count += 1;
            }
            println!("{count} schedules");
        }
    }
}

fn order_of(steps: &[Step]) -> Vec<Step> {
    let is_ending = |step: &&Step| matches!(step, Step::HalfClose | Step::Drain);
    let mut order: Vec<Step> = steps.iter().filter(is_ending).copied().collect();
    order.dedup();
    order
}

// Shows own-server-12, own-server-13, own-limits-6 (server).
#[test]
fn a_client_whose_request_takes_too_long_is_told_so() {
    let (request, _) = request();
    for come in [0, 1, request.len() - 1] {
        let line = match &request[..come] {
            [] => Line::default(),
            bytes => Line::with(at(9), bytes),
        };
        let mut opener = server(Line { room: usize::MAX, ..line });
        let failure = opener.run().unwrap_err();
        assert_eq!(failure, Failure::Timeout(TimeoutKind::Handshake));
        let written = opener.transport.written();
        assert!(written.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{written}");
        assert!(written.contains("Connection: close\r\n"));
        assert_eq!(opener.transport.half_closed_at, Some(at(10)));
        assert_eq!(order_of(&opener.steps), [Step::HalfClose, Step::Drain]);
        assert_eq!(opener.transport.now, at(20), "so long the end of the client is waited for");
        opener.assert_is_over(&failure);
    }
}

// Shows own-limits-6 (both).
#[test]
fn a_trickle_of_a_head_has_no_more_time() {
    for role in ROLES {
        let input = input(role);
        let bytes = input.iter().zip(1..20);
        let line = Line::new(bytes.map(|(byte, secs)| (at(secs), Arrival::Bytes(vec![*byte]))));
        let (failure, line) = open(role, line).map(|_| ()).unwrap_err();
        assert_eq!(failure, Failure::Timeout(TimeoutKind::Handshake));
        assert_eq!(line.half_closed_at, Some(at(10)));
    }
}

#[test]
fn half_of_a_101_is_followed_by_nothing_else() {
    let expected = response();
    for taken in 0..expected.len() {
        let mut opener = server(Line::with(at(1), &request().0));
        assert_eq!(opener.run(), Ok(Step::Request));
        opener.accept(|response| response).unwrap();
        opener.transport.room = taken;
        assert_eq!(opener.run_to_wait(), at(10));
        opener.transport.now = at(10);
        // In vain; and one last attempt, with what was queued.
        for room in [0, 7] {
            assert_eq!(opener.next(), Ok(Step::Write));
            assert_eq!(opener.writing.unwritten(), &expected[taken..]);
            opener.transport.room = room;
            opener.carry_out(Step::Write);
        }
        assert_eq!(opener.run(), Err(Failure::Timeout(TimeoutKind::Handshake)));
        let len = opener.transport.written.len();
        assert_eq!(opener.transport.written, expected[..len]);
        assert_eq!(len, expected.len().min(taken + 7));
        assert_eq!(opener.transport.half_closed_at, Some(at(10)));
        opener.assert_is_over(&Failure::Timeout(TimeoutKind::Handshake));
    }
}

#[test]
fn a_connection_is_open_once_its_101_has_left() {
    let mut opener = server(Line::with(at(1), &request().0));
    assert_eq!(opener.run(), Ok(Step::Request));
    opener.accept(|response| response).unwrap();
    for _ in 1..response().len() {
        opener.transport.room = 1;
        opener.run_to_wait();
    }
    opener.transport.room = 1;
    assert_eq!(opener.run(), Ok(Step::Opened));
    assert_eq!(opener.transport.written, response());
}

#[test]
fn the_time_of_the_application_to_decide_does_not_count() {
    for is_accepted in [true, false] {
        let mut opener = server(Line::with(at(3), &request().0));
        assert_eq!(opener.run(), Ok(Step::Request));
        opener.transport.now = at(50);
        assert_eq!(opener.run(), Ok(Step::Request), "asked again");
        opener.transport.now = at(100);
        opener.transport.room = 0;
        if is_accepted {
            opener.accept(|response| response).unwrap();
            assert_eq!(opener.run_to_wait(), at(107), "seven of ten seconds are left");
            let failure = opener.run().unwrap_err();
            assert_eq!(failure, Failure::Timeout(TimeoutKind::Handshake));
            assert_eq!(opener.transport.now, at(107));
        } else {
            opener.reject(Rejection::new(403));
            assert_eq!(opener.run_to_wait(), at(110), "as long as an end may take");
        }
    }
}

// Shows own-server-13, own-server-14.
#[test]
fn a_response_that_refuses_leaves_before_the_end_and_what_still_comes_is_thrown_away() {
    let rejection = || Rejection::new(403).header("X-Why", "members only").body("no entry\n");
    let mut expected = Vec::new();
    rejection().send(&mut expected).unwrap();
    for is_slow in [false, true] {
        let more = (0..65 * 16).map(|_| (at(2), Arrival::Bytes(vec![b'.'; 64 * KIB])));
        let request = (at(1), Arrival::Bytes(request().0));
        let mut opener = server(Line::new([request].into_iter().chain(more)));
        assert_eq!(opener.run(), Ok(Step::Request));
        opener.reject(rejection());
        if is_slow {
            opener.transport.room = 10;
            assert_eq!(opener.run_to_wait(), at(11));
            assert_eq!(opener.transport.half_closed_at, None);
            opener.transport.room = usize::MAX;
        }
        let failure = opener.run().unwrap_err();
        let error = HandshakeError::Rejected(rejection());
        assert_eq!(failure, Failure::from(error));
        assert_eq!(opener.transport.written, expected);
        assert_eq!(order_of(&opener.steps), [Step::HalfClose, Step::Drain]);
        assert_eq!(opener.transport.arriving.len(), 16, "64 of 65 MiB were thrown away");
        opener.assert_is_over(&failure);
    }
}

// Shows own-server-11, own-server-13.
#[test]
fn what_is_no_request_is_refused_at_its_first_wrong_byte() {
    for (bytes, status) in [
        (&b"\x16\x03\x01"[..], "400 Bad Request"),
        (b"GET /chat HTTP/1.1\nHost", "400 Bad Request"),
    ] {
        let line = Line::new([(at(1), Arrival::Bytes(bytes.into())), (at(2), Arrival::End)]);
        let mut opener = server(line);
        let failure = opener.run().unwrap_err();
        assert!(matches!(failure, Failure::Handshake(_)), "{failure:?}");
        let written = opener.transport.written();
        assert!(written.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{written}");
        assert_eq!(opener.transport.half_closed_at, Some(at(1)));
        assert_eq!(opener.transport.now, at(2), "the end of the client");
        opener.assert_is_over(&failure);
    }
}

// Shows own-server-25 (server).
#[test]
fn a_response_that_may_not_be_sent_becomes_a_bare_500() {
    let mut bare = Vec::new();
    Rejection::new(500).send(&mut bare).unwrap();
    for is_accepted in [true, false] {
        let line = Line::new([(at(1), Arrival::Bytes(request().0)), (at(2), Arrival::End)]);
        let mut opener = server(line);
        assert_eq!(opener.run(), Ok(Step::Request));
        if is_accepted {
            let sent = opener.accept(|response| response.header("X-Split", "a\r\nb: c"));
            assert!(matches!(sent, Err(HandshakeError::InvalidArgument(_))), "{sent:?}");
        } else {
            opener.reject(Rejection::new(403).header("X-Split", "a\r\nb: c").body("no entry"));
        }
        let failure = opener.run().unwrap_err();
        let Failure::Handshake(error) = &failure else { panic!("{failure:?}") };
        assert!(matches!(**error, HandshakeError::InvalidArgument(_)), "{error:?}");
        assert_eq!(opener.transport.written, bare);
        assert!(opener.opening.into_reading().is_none());
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
fn a_request_is_answered_once_and_not_before_it_has_come() {
    let other = || {
        let (bytes, _) = request();
        let parsed = server::Request::parse(&bytes, &Limits::default()).unwrap();
        let Parsed::Complete { value: request, .. } = parsed else { panic!() };
        request.accept().header("X-Other", "1")
    };
    let config = Config::default();
    let mut opener =
        server(Line::new([(at(1), Arrival::Bytes(request().0)), (at(2), Arrival::End)]));
    assert!(opener.opening.accept(other(), &config, at(0), &mut opener.writing).is_err());
    assert_eq!((opener.writing.waiting(), opener.next()), (0, Ok(Step::Read)));
    assert_eq!(opener.writing.send("early"), Err(SendError::Closed));
    assert_eq!(opener.run(), Ok(Step::Request));
    opener.accept(|response| response).unwrap();
    opener.accept(|response| response.header("X-Other", "1")).unwrap();
    assert_eq!(opener.run(), Ok(Step::Opened));
    assert_eq!(opener.transport.written, response());

    let line = Line::new([(at(1), Arrival::Bytes(request().0)), (at(2), Arrival::End)]);
    let mut opener = server(line);
    assert_eq!(opener.run(), Ok(Step::Request));
    opener.reject(Rejection::new(403));
    opener.accept(|response| response).unwrap();
    assert_eq!(opener.writing.send("early"), Err(SendError::Closed));
    let failure = opener.run().unwrap_err();
    assert_eq!(failure, HandshakeError::Rejected(Rejection::new(403)).into());
    let mut rejection = Vec::new();
    Rejection::new(403).send(&mut rejection).unwrap();
    assert_eq!(opener.transport.written, rejection);
    opener.assert_is_over(&failure);
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

#[test]
fn a_client_that_leaves_before_its_request_is_complete_is_told_nothing() {
    let (request, _) = request();
    for come in 0..request.len() {
        let bytes = Arrival::Bytes(request[..come].into());
        let arriving = (come > 0).then_some((at(1), bytes)).into_iter();
        let mut opener = server(Line::new(arriving.chain([(at(2), Arrival::End)])));
        assert_eq!(opener.run(), Err(Failure::Left));
        assert_eq!(opener.transport.written, b"");
        assert_eq!(opener.transport.half_closed_at, Some(at(2)));
        opener.assert_is_over(&Failure::Left);
    }
}

const REFUSAL: &str = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 13\r\n\r\nToken expired";

/// The status and the body of the refusal that a handshake has failed with.
#[track_caller]
fn refusal_of(failure: &Failure) -> (u16, String) {
    let Failure::Handshake(error) = failure else { panic!("{failure:?}") };
    let (HandshakeError::Refused(refusal) | HandshakeError::Proxy(ProxyError::Refused(refusal))) =
        &**error
    else {
        panic!("{error:?}")
    };
    (refusal.status(), String::from_utf8(refusal.body().into()).unwrap())
}

// Shows own-client-2, own-client-6.
#[test]
fn a_refusal_has_as_much_of_its_body_as_came_whatever_becomes_of_the_rest() {
    let head = REFUSAL.len() - 13;
    for come in head..=REFUSAL.len() {
        for end in [None, Some(Arrival::End), Some(Arrival::Reset)] {
            let bytes = (at(1), Arrival::Bytes(REFUSAL[..come].into()));
            let ends = end.clone().map(|end| (at(2), end));
            let mut opener = client(Line::new([bytes].into_iter().chain(ends)));
            let failure = opener.run().unwrap_err();
            assert_eq!(refusal_of(&failure), (401, REFUSAL[head..come].into()), "{end:?}");
            let secs = match end {
                _ if come == REFUSAL.len() => 1,
                None => 10,
                Some(_) => 2,
            };
            assert_eq!(opener.transport.half_closed_at, Some(at(secs)));
            assert_eq!(opener.transport.now, at(secs), "nothing is waited for");
            opener.assert_is_over(&failure);
        }
    }
}

#[test]
fn the_body_of_a_redirect_that_is_followed_is_not_waited_for() {
    let head = "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 13\r\n\r\n";
    for (status, secs) in [("302", 1), ("401", 10)] {
        let head = head.replace("302", status);
        let mut opener = client(Line::with(at(1), head.as_bytes()));
        opener.opening = opener.opening.without_body_if(|refusal| refusal.status() == 302);
        let failure = opener.run().unwrap_err();
        assert_eq!(refusal_of(&failure), (status.parse().unwrap(), String::new()));
        assert_eq!(opener.transport.now, at(secs));
    }
}

#[test]
fn half_a_head_of_a_response_is_no_refusal() {
    let head = &REFUSAL[..REFUSAL.len() - 14];
    for (end, secs) in [(None, 10), (Some(Arrival::End), 2), (Some(Arrival::Reset), 2)] {
        let bytes = (at(1), Arrival::Bytes(head.into()));
        let ends = end.clone().map(|end| (at(2), end));
        let mut opener = client(Line::new([bytes].into_iter().chain(ends)));
        let failure = opener.run().unwrap_err();
        match (end, &failure) {
            (None, failure) => assert_eq!(*failure, Failure::Timeout(TimeoutKind::Handshake)),
            (Some(Arrival::Reset), failure) => assert_eq!(*failure, Failure::Lost),
            (_, Failure::Handshake(error)) => {
                assert!(matches!(**error, HandshakeError::Response(_)), "{error:?}");
            }
            (_, failure) => panic!("{failure:?}"),
        }
        assert_eq!(opener.transport.now, at(secs));
    }
}

const PROXY_ANSWER: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

fn tunnel(is_socks: bool) -> Tunnel {
    let credentials = Credentials::new("user", "password");
    let tunnel = if is_socks {
        Tunnel::socks5("example.com", 80)
    } else {
        Tunnel::http("example.com", 80, &Limits::default())
    };
    tunnel.credentials(credentials)
}

/// A client's connection through a proxy, to its end.
#[track_caller]
fn run_through(is_socks: bool, input: &[u8], reads: &[usize], writes: &[usize]) -> Vec<u8> {
    let transport = Pieces::new(input, reads, writes);
    let mut opener =
        Opener::new(Tunnelling::new(tunnel(is_socks), LIMIT), Writing::new(None), transport);
    assert_eq!(opener.run(), Ok(Step::Opened));
    let Opener { opening, mut writing, transport, .. } = opener;
    assert_eq!(writing.send("early"), Err(SendError::Closed));
    writing.out().extend(request().0);
    let opener = Opener::new(connecting(opening.into_unread()), writing, transport);
    let Ok(mut driver) = opener.open() else { panic!() };
    let outcome = Outcome::of(&mut driver);
    assert_eq!(outcome.received, [OwnedMessage::Text(MESSAGE.into())]);
    assert!(outcome.info.was_clean);
    driver.transport.written
}

#[test]
fn a_connection_through_a_proxy_is_the_same_in_whatever_pieces_it_comes() {
    for is_socks in [false, true] {
        let answers = if is_socks {
            &b"\x05\x02\x01\x00\x05\x00\x00\x01\0\0\0\0\0\0"[..]
        } else {
            PROXY_ANSWER
        };
        let input = [answers, &input(Role::Client)].concat();
        let whole = run_through(is_socks, &input, ALL, ALL);
        let head = request().0;
        assert!(whole.windows(head.len()).any(|part| part == head));
        for cut in 1..input.len() {
            let reads = [cut, 0, usize::MAX];
            assert_eq!(run_through(is_socks, &input, &reads, ALL), whole, "read up to {cut}");
        }
        for cut in 1..whole.len() {
            let writes = [cut, 0, usize::MAX];
            assert_eq!(run_through(is_socks, &input, ALL, &writes), whole, "written to {cut}");
        }
        for len in 1..20 {
            assert_eq!(run_through(is_socks, &input, &[len, 0], &[len, 0]), whole);
        }
    }
}

#[test]
fn a_proxy_that_refuses_or_takes_too_long_is_told_apart() {
    let refusal = REFUSAL.replace("401 Unauthorized", "407 Proxy Authentication Required");
    for (bytes, is_refused) in [(&refusal[..refusal.len() - 5], true), (&refusal[..20], false)] {
        let tunnelling = Tunnelling::new(tunnel(false), LIMIT);
        let line = Line::with(at(1), bytes.as_bytes());
        let mut opener = Opener::new(tunnelling, Writing::new(None), line);
        let failure = opener.run().unwrap_err();
        if is_refused {
            assert_eq!(refusal_of(&failure), (407, "Token ex".into()));
        } else {
            assert_eq!(failure, Failure::Timeout(TimeoutKind::Handshake));
        }
        assert_eq!(opener.transport.now, at(10));
        opener.assert_is_over(&failure);
    }
}
