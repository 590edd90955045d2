//! The opening handshake of a server: its responses, their time, and the effects on the client.

use sansocket::Parsed;
use sansocket::TimeoutKind;
use sansocket::connection::{Limits, SendError};
use sansocket::handshake::server::Rejection;
use sansocket::handshake::{HandshakeError, HeadLimits};
use sansocket::session::{Failure, Step};

use super::super::link::{Arrival, KIB, at};
use super::opener::Line;
use super::{request, response, server};

fn order_of(steps: &[Step]) -> Vec<Step> {
    let is_ending = |step: &&Step| matches!(step, Step::HalfClose | Step::Drain);
    let mut order: Vec<Step> = steps.iter().filter(is_ending).copied().collect();
    order.dedup();
    order
}

// Shows own-server-12, own-server-13, own-limits-6 (server).
#[test]
fn a_client_whose_request_takes_too_long_gets_a_408() {
    let (request, _) = request();
    for come in [0, 1, request.len() - 1] {
        let line = match &request[..come] {
            [] => Line::default(),
            bytes => Line::with(at(9), bytes),
        };
        let mut opener = server(Line { room: usize::MAX, ..line });
        let failure = opener.run().unwrap_err();
        assert_eq!(failure, Failure::Timeout(TimeoutKind::Request));
        let written = opener.transport.written();
        assert!(written.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{written}");
        assert!(written.contains("Connection: close\r\n"));
        assert_eq!(opener.transport.half_closed_at, Some(at(10)));
        assert_eq!(order_of(&opener.steps), [Step::HalfClose, Step::Drain]);
        assert_eq!(opener.transport.now, at(20), "so long the end of the client is waited for");
        opener.assert_is_over(&failure);
    }
}

#[test]
fn nothing_follows_half_of_a_101() {
    let expected = response();
    for taken in 0..expected.len() {
        let mut opener = server(Line::with(at(1), &request().0));
        assert_eq!(opener.run(), Ok(Step::Request));
        opener.accept(|response| response).unwrap();
        opener.transport.room = taken;
        assert_eq!(opener.run_to_wait(), at(10));
        opener.transport.now = at(10);
        // In vain, and one last attempt with the queue.
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
fn the_time_that_the_application_needs_does_not_count() {
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
fn a_refusal_is_sent_before_the_end_and_further_input_is_discarded() {
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
fn an_invalid_request_is_refused_at_its_first_wrong_byte() {
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
fn a_request_is_answered_once_and_not_before_it_has_come() {
    let other = || {
        let (bytes, _) = request();
        let parsed = server::Request::parse(&bytes, &HeadLimits::default()).unwrap();
        let Parsed::Complete { value: request, .. } = parsed else { panic!() };
        request.accept().header("X-Other", "1")
    };
    let config = Limits::default();
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
fn a_client_that_leaves_before_its_request_is_complete_gets_no_response() {
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
