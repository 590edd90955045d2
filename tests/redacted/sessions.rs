//! Sessions, from the opening to the end, with secrets in all that they hold.

use core::fmt::Debug;
use core::time::Duration;

use sansocket::buffered::{ReadBuffer, WriteBuffer};
use sansocket::handshake::proxy::Tunnel;
use sansocket::handshake::server::Rejection;
use sansocket::handshake::{Credentials, HandshakeError, Limits};
use sansocket::session::{
    Accepting, Advance, Connecting, Exchange, Failure, Opening, Session, Step, Tunnelling, Want,
    Writing,
};
use sansocket::{Config, Message, Role, Timeouts, Timestamp, deflate};

use crate::engine::connection;
use crate::handshake::sent;
use crate::log::{COOKIE, Log, PAYLOAD, PROXY_PASSWORD, QUERY, SEED, SUBPROTOCOL};
use crate::threads::frames;
use crate::wire::{self, FIN, TEXT};

const LIMIT: Duration = Duration::from_secs(10);

pub(crate) fn check(log: &mut Log) {
    let response = accepting(log);
    rejecting(log);
    connecting(log, &response);
    tunnelling(log);
    for role in [Role::Client, Role::Server] {
        open(log, role);
        failing(log, role);
    }
}

/// Gives the opening all of this, byte by byte, while it reads. Returns the step after that.
fn feed<E: Exchange + Debug>(
    log: &mut Log,
    opening: &mut Opening<E>,
    writing: &mut Writing,
    input: &[u8],
) -> Result<Step, Failure> {
    let mut input = input.iter();
    loop {
        let step = opening.next(Timestamp::default(), writing)?;
        log.check(&step);
        log.check(opening);
        log.check(writing);
        match (step, input.as_slice()) {
            (Step::Write, _) => {
                log.check(&writing.wants(Timestamp::default()));
                writing.written(writing.waiting());
                writing.flushed();
            }
            (Step::Read, [_, ..]) => {
                opening.unfilled()[0] = *input.next().unwrap();
                opening.filled(1);
            }
            _ => return Ok(step),
        }
    }
}

/// Returns the response.
fn accepting(log: &mut Log) -> Vec<u8> {
    let mut accepting = Accepting::new(&Limits::default(), LIMIT, Timeouts::default());
    let mut writing = Writing::new(None);
    let step = feed(log, &mut accepting, &mut writing, &sent().0);
    assert_eq!(step, Ok(Step::Request));
    let request = accepting.request().unwrap();
    assert_eq!(request.target(), format!("/chat?token={QUERY}"));
    log.check(&request);
    log.check(request.headers());
    log.check(&Advance::Asked);
    let response = request.upgrade().unwrap().accept().subprotocol(SUBPROTOCOL);
    let response = response.deflate(&deflate::Config::default()).header("Set-Cookie", COOKIE);
    accepting.accept(response, &Config::default(), Timestamp::default(), &mut writing).unwrap();
    log.check(&accepting);
    log.check(&writing);
    let response = writing.unwritten().to_vec();
    let step = feed(log, &mut accepting, &mut writing, b"");
    assert_eq!(step, Ok(Step::Opened));
    log.check(&accepting.into_reading().unwrap());
    response
}

fn rejecting(log: &mut Log) {
    let mut accepting = Accepting::new(&Limits::default(), LIMIT, Timeouts::default());
    let mut writing = Writing::new(None);
    feed(log, &mut accepting, &mut writing, &sent().0).unwrap();
    let rejection = Rejection::new(401).header("Set-Cookie", COOKIE).body(PAYLOAD);
    let error = HandshakeError::Rejected(rejection);
    log.check(&Failure::from(error.clone()));
    accepting.reject(error, Timestamp::default(), &mut writing);
    log.check(&accepting);
    log.check(&writing);
    accepting.failed(&mut writing);
    log.check(&accepting);
}

fn connecting(log: &mut Log, response: &[u8]) {
    let (request, awaiting) = sent();
    let refusal = format!(
        "HTTP/1.1 302 Found\r\nLocation: /?{QUERY}\r\nSet-Cookie: {COOKIE}\r\n\
        Content-Length: 3\r\n\r\nno\n"
    );
    for (response, is_open) in [(response, true), (refusal.as_bytes(), false)] {
        let mut connecting = Connecting::new(
            awaiting.clone(),
            ReadBuffer::default(),
            &Config::default(),
            SEED.into(),
            LIMIT,
            Timeouts::default(),
        );
        let mut writing = Writing::new(None);
        writing.out().extend_from_slice(&request);
        let step = feed(log, &mut connecting, &mut writing, response);
        if is_open {
            assert_eq!(step, Ok(Step::Opened));
            log.check(&connecting);
            let (accepted, reading) = connecting.into_accepted().unwrap();
            log.check(&accepted);
            log.check(&reading);
        } else {
            assert_eq!(step, Ok(Step::HalfClose));
            connecting.half_closed(&mut writing);
            log.check(&connecting);
            let failure = connecting.next(Timestamp::default(), &mut writing).unwrap_err();
            assert!(matches!(failure, Failure::Handshake(_)));
            log.check(&failure);
        }
    }
}

fn tunnelling(log: &mut Log) {
    let credentials = Credentials::new("user", PROXY_PASSWORD);
    let tunnel = Tunnel::http("example.com", 443, &Limits::default()).credentials(credentials);
    let mut tunnelling = Tunnelling::new(tunnel, LIMIT);
    let answer = format!("HTTP/1.1 200 x\r\nSet-Cookie: {COOKIE}\r\n\r\n{PAYLOAD}");
    let mut writing = Writing::new(None);
    let step = feed(log, &mut tunnelling, &mut writing, answer.as_bytes());
    assert_eq!(step, Ok(Step::Opened));
    log.check(&tunnelling);
    log.check(&tunnelling.into_unread());
}

/// A session that has received a message and half of another, and has sent back what it could.
fn open(log: &mut Log, role: Role) {
    let mut session = Session::new(connection(role, &Config::default()));
    log.check(&session);
    let input = frames(role);
    for byte in &input {
        session.reading.unfilled()[0] = *byte;
        session.reading.filled(1);
        let Session { reading, writing } = &mut session;
        if reading.next(Timestamp::default(), writing) == Ok(Step::Message) {
            let message = reading.message().unwrap();
            assert_eq!(message, Message::Text(PAYLOAD));
            writing.send(message).unwrap();
        }
        log.check(reading);
        log.check(reading.lifecycle());
        log.check(writing);
        log.check(&session);
    }
    let Session { writing, .. } = &mut session;
    assert_eq!(writing.wants(Timestamp::default()), Want::Write);
    let mut lent = WriteBuffer::default();
    writing.lend(&mut lent);
    writing.written(3);
    writing.refused(Timestamp::default());
    writing.send(PAYLOAD).unwrap();
    log.check(&lent);
    log.check(writing);
    log.check(&session);
    session.writing.failed();
    log.check(&session);
}

fn failing(log: &mut Log, role: Role) {
    let mut session = Session::new(connection(role, &Config::default()));
    let text = [PAYLOAD.as_bytes(), b"\xFF"].concat();
    let input = wire::to(role, FIN | TEXT, &text);
    session.reading.unfilled()[..input.len()].copy_from_slice(&input);
    session.reading.filled(input.len());
    let Session { reading, writing } = &mut session;
    assert_eq!(reading.next(Timestamp::default(), writing), Ok(Step::Message));
    let mut invalid = reading.message().unwrap_err();
    log.check(&invalid);
    log.check(&invalid.next(Timestamp::default(), writing).unwrap());
    log.check(&invalid);
    log.check(invalid.lifecycle());
    reading.failed(writing);
    log.check(&session);
}
