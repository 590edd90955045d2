//! Streams that would block, shorten a read or write, are interrupted, end or break, at every byte
//! of the opening handshake: it succeeds and loses nothing that follows, or the error is reported.
//! For every adapter.

use core::fmt::Debug;

use sansocket::Parsed;
use sansocket::handshake::server::Request;
use sansocket::handshake::{HandshakeError, HeadLimits};
use sansocket::{Error, Limits, OwnedMessage, Role};

use super::adapter::{self, RETRY, WebSocket};
use crate::faulty::{Faulty, Schedule};
use crate::peer::REQUEST;
use crate::wire::{self, FIN, TEXT};

/// What the peer sends right after its head.
const MESSAGE: &str = "with the head";

/// What a server sends once it has the request.
fn respond(request: &[u8]) -> Option<Vec<u8>> {
    let Ok(Parsed::Complete { value, .. }) = Request::parse(request, &HeadLimits::default()) else {
        return None;
    };
    let mut response = Vec::new();
    value.accept().send(&Limits::default(), &mut response).unwrap();
    response.extend(wire::to(Role::Client, FIN | TEXT, MESSAGE.as_bytes()));
    Some(response)
}

fn is_retry(error: &Error) -> bool {
    matches!(error, Error::Io(error) if RETRY.contains(&error.kind()))
}

/// Checks the result of `open` over a stream.
#[track_caller]
fn judge(opened: Result<WebSocket<Faulty>, Error>, stream: &Faulty, schedule: &dyn Debug) {
    let is_broken = || stream.fate().is_read_cut || stream.fate().is_write_cut;
    let mut socket = match opened {
        Ok(socket) => socket,
        // A blocking handshake without a timeout leaves a timeout to the application.
        Err(error) if is_retry(&error) => return assert!(stream.has_waited(), "{schedule:?}"),
        Err(error) => return assert!(is_broken(), "{error:?}: {schedule:?}"),
    };
    let received = loop {
        match socket.recv() {
            Err(error) if is_retry(&error) => {}
            received => break received,
        }
    };
    match received {
        Ok(message) => assert_eq!(message, Some(OwnedMessage::Text(MESSAGE.into()))),
        Err(Error::Io(_) | Error::ConnectionLost) => {
            assert!(is_broken(), "{schedule:?}");
        }
        Err(error) => panic!("{error:?}: {schedule:?}"),
    }
}

/// How [`judge`] and [`judge_refusal`] are called.
type Judge = fn(Result<WebSocket<Faulty>, Error>, &Faulty, &dyn Debug);

/// Runs `open` over streams with each fault at each byte, and with random faults.
#[track_caller]
fn enumerate(
    stream: impl Fn(&Schedule) -> Faulty,
    open: impl Fn(Faulty) -> Result<WebSocket<Faulty>, Error>,
    judge: Judge,
) {
    let pass = |schedule: &Schedule| {
        let stream = stream(schedule);
        judge(open(stream.clone()), &stream, schedule);
        stream
    };
    let recorded = pass(&Schedule::default());
    let mut count = 0;
    for schedule in Schedule::all(recorded.read_count(), recorded.written().len()) {
        pass(&schedule);
        count += 1;
    }
    println!("{count} schedules");
    assert!(count > 9000, "as many as there are faults and bytes");
}

/// A refusal, and the part of its body that is sent.
const REFUSAL_HEAD: &str = "HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n";
const REFUSAL_BODY: &str = "7;x=y\r\nToken e\r\n6\r\nxpired\r\n0\r\n\r\n";

/// What a server sends to refuse a request.
fn refuse(request: &[u8]) -> Option<Vec<u8>> {
    respond(request).map(|_| [REFUSAL_HEAD, REFUSAL_BODY].concat().into())
}

/// Returns what can be decoded from this many bytes of the body.
fn decoded(len: usize) -> &'static str {
    let first = len.saturating_sub(7).min(7);
    let second = len.saturating_sub(19).min(6);
    &"Token expired"[..first + second]
}

/// Checks the result of `open` over a stream on which a server refuses.
#[track_caller]
fn judge_refusal(opened: Result<WebSocket<Faulty>, Error>, stream: &Faulty, schedule: &dyn Debug) {
    let error = opened.expect_err("a refusal opens nothing");
    let Some(body_len) = stream.read_count().checked_sub(REFUSAL_HEAD.len()) else {
        let is_told = stream.fate().is_read_cut || stream.fate().is_write_cut || is_retry(&error);
        return assert!(is_told, "{error:?}: {schedule:?}");
    };
    match &error {
        Error::Handshake(error) => match &**error {
            HandshakeError::UnexpectedResponse(refusal) => {
                assert_eq!(refusal.status(), 401);
                assert_eq!(refusal.body(), decoded(body_len).as_bytes(), "{schedule:?}");
                let is_whole = body_len + 2 >= REFUSAL_BODY.len();
                assert!(is_whole || stream.fate().is_read_cut, "{body_len}: {schedule:?}");
            }
            error => panic!("{error:?}: {schedule:?}"),
        },
        error => panic!("{error:?}: {schedule:?}"),
    }
}

// Shows own-client-2.
#[test]
fn a_refusal_survives_every_fault_at_every_byte_of_its_body() {
    enumerate(|schedule| Faulty::answering(refuse, schedule), adapter::connect, judge_refusal);
}

#[test]
fn a_clients_handshake_survives_every_fault_at_every_byte() {
    enumerate(|schedule| Faulty::answering(respond, schedule), adapter::connect, judge);
}

#[test]
fn a_servers_handshake_survives_every_fault_at_every_byte() {
    let message = wire::to(Role::Server, FIN | TEXT, MESSAGE.as_bytes());
    let input = [REQUEST.as_bytes(), &message].concat();
    enumerate(|schedule| Faulty::new(&input, schedule), adapter::accept, judge);
}
