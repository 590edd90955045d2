//! Openings of sessions, full of secrets; and a queue that was lent.

use core::fmt::Debug;
use core::time::Duration;

use sansocket::buffered::{ReadBuffer, WriteBuffer};
use sansocket::handshake::proxy::Tunnel;
use sansocket::handshake::server::Rejection;
use sansocket::handshake::{Credentials, HandshakeError, HeadLimits};
use sansocket::session::{
    Accepting, Advance, Connecting, Exchange, Failure, Opening, Session, Step, Tunnelling, Turns,
    WriteTurn, Writing,
};
use sansocket::{Limits, Role, Timeouts, Timestamp, deflate};

use crate::engine::connection;
use crate::handshake::sent;
use crate::log::{COOKIE, Log, PAYLOAD, PROXY_PASSWORD, QUERY, SEED, SUBPROTOCOL};

const LIMIT: Duration = Duration::from_secs(10);

pub(crate) fn check(log: &mut Log) {
    let response = accepting(log);
    rejecting(log);
    connecting(log, &response);
    tunnelling(log);
    for role in [Role::Client, Role::Server] {
        lent(log, role);
    }
}

/// Gives the opening all of this input, byte by byte. Returns the next step.
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
    let mut accepting = Accepting::new(&HeadLimits::default(), LIMIT, Timeouts::default());
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
    accepting.accept(response, &Limits::default(), Timestamp::default(), &mut writing).unwrap();
    log.check(&accepting);
    log.check(&writing);
    let response = writing.unwritten().to_vec();
    let step = feed(log, &mut accepting, &mut writing, b"");
    assert_eq!(step, Ok(Step::Opened));
    log.check(&accepting.into_reading().unwrap());
    response
}

fn rejecting(log: &mut Log) {
    let mut accepting = Accepting::new(&HeadLimits::default(), LIMIT, Timeouts::default());
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
            &Limits::default(),
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
    let tunnel = Tunnel::http("example.com", 443, &HeadLimits::default()).credentials(credentials);
    let mut tunnelling = Tunnelling::new(tunnel, LIMIT);
    let answer = format!("HTTP/1.1 200 x\r\nSet-Cookie: {COOKIE}\r\n\r\n{PAYLOAD}");
    let mut writing = Writing::new(None);
    let step = feed(log, &mut tunnelling, &mut writing, answer.as_bytes());
    assert_eq!(step, Ok(Step::Opened));
    log.check(&tunnelling);
    log.check(&tunnelling.into_unread());
}

/// A session whose queue was lent to another thread.
fn lent(log: &mut Log, role: Role) {
    let mut session = Session::new(connection(role, &Limits::default()));
    let Session { writing, .. } = &mut session;
    writing.send(PAYLOAD).unwrap();
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

    let mut writing = Session::new(connection(role, &Limits::default())).writing;
    writing.send(PAYLOAD).unwrap();
    let mut turn = WriteTurn::new(PAYLOAD.as_bytes(), None);
    log.check(&turn.next(Timestamp::default(), &mut writing));
    log.check(&turn);
    log.check(&Turns::default());
}
