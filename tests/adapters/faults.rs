//! Streams that would block, shorten a write, are interrupted, end or break, at every byte: no
//! message is lost, duplicated or incomplete, and errors are reported. For every adapter.

use std::io::ErrorKind;

use sansocket::connection::{Connection, ProtocolError, SendError};
use sansocket::{
    CloseCode, CloseFrame, Error, Initiator, Limits, Options, OwnedMessage, Ping, Role,
};

use super::adapter::{self, RETRY, WebSocket};
use crate::faulty::{self, Faulty};
use crate::script::{Log, Script};
use crate::session::{Order, Run};
use crate::wire::{self, BINARY, CLOSE, FIN, PING, TEXT};

fn open(script: Script) -> (WebSocket<Script>, Log) {
    let log = script.log();
    let connection = Connection::server(&Limits::default());
    let socket = WebSocket::from_upgraded(script, connection, Vec::new(), &Options::default());
    (socket, log)
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    wire::to(Role::Server, first, payload)
}

fn answer(first: u8, payload: &[u8]) -> Vec<u8> {
    wire::to(Role::Client, first, payload)
}

fn close_frame(code: u16) -> Vec<u8> {
    wire::close_payload(code, "")
}

fn is_retry(error: &Error) -> bool {
    matches!(error, Error::Io(error) if RETRY.contains(&error.kind()))
}

/// Runs a session in which `next` sends back every message.
fn echo(
    stream: Faulty,
    connection: Connection,
    next: impl Fn(&mut WebSocket<Faulty>, &mut Vec<OwnedMessage>) -> Result<bool, Error>,
) -> Run {
    let mut socket = adapter::open(stream, connection);
    let run = Run::of(RETRY, |received| next(&mut socket, received));
    // What a peer that has ended only its direction still has to get.
    while socket.flush().is_err_and(|error| is_retry(&error)) {}
    Run { info: socket.close_info(), ..run }
}

// Shows 6455-6.1-6 (both), own-control-7 (both).
#[test]
fn an_owned_echo_survives_every_fault_at_every_byte() {
    faulty::enumerate(Order::OfInput, |stream, connection| {
        echo(stream, connection, |socket, received| {
            let Some(message) = socket.recv()? else {
                return Ok(false);
            };
            received.push(message.clone());
            socket.send(message).map(|()| true)
        })
    });
}

// Shows 6455-6.1-6 (both), own-control-7 (both).
#[test]
fn a_lent_echo_survives_every_fault_at_every_byte() {
    faulty::enumerate(Order::OfInput, |stream, connection| {
        echo(stream, connection, |socket, received| {
            let Some((message, mut writer)) = socket.read()? else {
                return Ok(false);
            };
            received.push(message.into_owned());
            writer.send(message).map(|()| true)
        })
    });
}

#[test]
fn a_large_payload_resumes_at_any_byte() {
    let payload: Vec<u8> = (0..=255).cycle().take(16 << 10).collect();
    let sent = [answer(FIN | TEXT, b"queued"), answer(FIN | BINARY, &payload)].concat();
    for at in 0..sent.len() {
        let (mut socket, log) = open(Script::default().fail_write(at, ErrorKind::WouldBlock));
        socket.feed("queued").unwrap();
        if let Err(error) = socket.send(&payload) {
            assert!(is_retry(&error), "{error:?}");
            assert!(log.written() == sent[..at], "up to {at}");
            socket.flush().unwrap();
        }
        assert!(log.written() == sent, "from {at} on");
    }
}

#[test]
fn a_flush_that_would_block_can_be_repeated() {
    for &kind in RETRY {
        let (mut socket, log) = open(Script::default().fail_flush(kind));
        assert!(is_retry(&socket.send("message").unwrap_err()));
        assert_eq!(log.flushed(), 0);
        socket.flush().unwrap();
        assert_eq!(log.flushed(), log.written().len(), "after {kind}");
        assert_eq!(log.written(), answer(FIN | TEXT, b"message"));

        let script = Script::default().read(frame(FIN | PING, b""));
        let (mut socket, log) = open(script.fail_flush(kind));
        for _ in 0..2 {
            assert!(is_retry(&socket.recv().unwrap_err()));
        }
        assert_eq!(log.flushed(), 2, "reading makes it again, too");
    }
}

#[test]
fn a_flush_that_is_interrupted_is_repeated() {
    let (mut socket, log) = open(Script::default().fail_flush(ErrorKind::Interrupted));
    socket.send("message").unwrap();
    assert_eq!(log.flushed(), log.written().len());
}

#[test]
fn a_close_frame_for_an_error_that_would_block_is_written_later() {
    for &kind in RETRY {
        for at in 0..4 {
            let script = Script::default().read(answer(FIN | TEXT, b"not masked")).read([]);
            let (mut socket, log) = open(script.fail_write(at, kind));
            let error = socket.recv().unwrap_err();
            let is_violation =
                |error| matches!(error, Error::Protocol(ProtocolError::UnmaskedFrame));
            assert!(is_retry(&error) || is_violation(error));
            assert!(is_violation(socket.recv().unwrap_err()));
            let contents = wire::contents(&log.written());
            assert_eq!(contents.len(), 1);
            assert_eq!(contents[0].1[..2], 1002_u16.to_be_bytes());
        }
    }
}

fn assert_kind<T: core::fmt::Debug>(result: Result<T, Error>, kind: ErrorKind) {
    match result {
        Err(Error::Io(error)) => assert_eq!(error.kind(), kind),
        result => panic!("{result:?} is not {kind:?}"),
    }
}

fn assert_closed<T: core::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::Send(SendError::Closed))), "{result:?}");
}

// Shows own-closing-3 (server).
#[test]
fn a_broken_stream_is_not_written_to_again_and_nothing_is_kept_for_it() {
    for kind in [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset] {
        for at in 0..=8 {
            for is_dropped in [true, false] {
                let (mut socket, log) = open(Script::default().fail_write(at, kind));
                socket.feed("queued").unwrap();
                assert_kind(socket.send(""), kind);
                for message in ["", &"large".repeat(16 << 10)] {
                    assert_closed(socket.send(message));
                    assert_closed(socket.feed(message));
                    assert_kind(socket.flush(), kind);
                }
                if is_dropped {
                    drop(socket);
                } else {
                    // Anything after half a frame would be taken for the rest of the frame.
                    assert!(adapter::ends_apart(socket));
                }
                assert_eq!(log.written().len(), at, "a torn frame does not go on");
            }
        }
    }
}

// Shows own-closing-2 (server), own-closing-4 (server).
#[test]
fn what_a_peer_said_before_the_stream_broke_is_received() {
    let read = [frame(FIN | TEXT, b"one"), frame(FIN | PING, b"")].concat();
    let script = Script::default()
        .read(read)
        .read(frame(FIN | TEXT, b"two"))
        .read(frame(FIN | CLOSE, &close_frame(1008)));
    let (mut socket, _) = open(script.fail_write(0, ErrorKind::BrokenPipe));
    for expected in ["one", "two"] {
        let message = socket.recv().unwrap().unwrap();
        assert_eq!(message, OwnedMessage::Text(expected.into()));
    }
    // The answer to the Close frame cannot be written: the closing handshake is not completed.
    for _ in 0..2 {
        assert_eq!(socket.recv().unwrap(), None);
        let info = socket.close_info().unwrap();
        assert_eq!(info.code(), CloseCode::POLICY_VIOLATION);
        assert_eq!(info.initiator, Initiator::Peer);
        assert_eq!(info.sent, None);
        assert!(!info.was_clean);
        assert_closed(socket.send(CloseFrame::EMPTY));
    }
}

// Shows own-closing-2 (server), own-closing-4 (server).
#[test]
fn an_incomplete_answer_to_a_close_does_not_count_as_sent() {
    let answer_len = answer(FIN | CLOSE, &close_frame(1008)).len();
    for kind in [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset] {
        for at in 0..answer_len {
            let script = Script::default().read(frame(FIN | CLOSE, &close_frame(1008)));
            let (mut socket, log) = open(script.read([]).fail_write(at, kind));
            assert_eq!(socket.recv().unwrap(), None);
            let info = socket.close_info().unwrap();
            assert_eq!((info.code(), &info.sent), (CloseCode::POLICY_VIOLATION, &None));
            assert!(!info.was_clean);
            assert_eq!(log.written().len(), at);
            assert_eq!(socket.close(CloseCode::NORMAL, "").unwrap(), info);
        }
    }
}

#[test]
fn a_stream_that_accepts_zero_bytes_is_broken() {
    let (mut socket, _) = open(Script::default().cut_write(0));
    assert_kind(socket.send("message"), ErrorKind::WriteZero);
    assert_closed(socket.send("message"));
    assert_kind(socket.flush(), ErrorKind::WriteZero);
}

// Shows own-control-6 (server), own-closing-4 (server).
#[test]
fn after_the_end_nothing_is_sent_and_the_result_stays_the_same() {
    let script = Script::default().read(frame(FIN | CLOSE, &close_frame(1001)));
    let (mut socket, log) = open(script.read([]));
    assert!(socket.recv().unwrap().is_none());
    assert_eq!(log.written(), answer(FIN | CLOSE, &close_frame(1001)));
    log.take();
    assert!(socket.recv().unwrap().is_none());
    assert!(socket.read_chunk().unwrap().is_none());
    for result in [
        socket.send("late"),
        socket.feed("late"),
        socket.send(vec![0; 1 << 20]),
        socket.send(Ping(b"late")),
        socket.send(CloseFrame::EMPTY),
    ] {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Send(SendError::Closed)), "{error:?}");
    }
    let info = socket.close(CloseCode::NORMAL, "late").unwrap();
    assert_eq!(info.initiator, Initiator::Peer);
    assert_eq!(info.code(), CloseCode::GOING_AWAY);
    assert_eq!(log.take(), []);
}
