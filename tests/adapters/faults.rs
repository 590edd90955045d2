//! Streams that would block, cut a write short, are interrupted, end or break, at every byte:
//! nothing is lost, doubled or torn, and what happened is told.

use std::io::ErrorKind;
use std::time::Duration;

use sansocket::blocking::WebSocket;
use sansocket::buffered::{Message, OwnedMessage};
use sansocket::connection::{Config, Connection, ProtocolError, SendError};
use sansocket::{CloseCode, Deadline, Error, Initiator, Options, Role};

use crate::script::{Log, Script};
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT};

/// Streams that do not block, or have a timeout of the application's.
const RETRY: [ErrorKind; 2] = [ErrorKind::WouldBlock, ErrorKind::TimedOut];

fn open(script: Script) -> (WebSocket<Script>, Log) {
    let log = script.log();
    let connection = Connection::server(&Config::default());
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

/// Frames of several kinds, to the server.
fn session() -> Vec<u8> {
    [
        frame(FIN | TEXT, b"one"),
        frame(FIN | PING, b"1"),
        frame(BINARY, b"frag"),
        frame(FIN | PING, b"2"),
        frame(CONTINUATION, b""),
        frame(FIN | CONTINUATION, b"ments"),
        frame(FIN | TEXT, b"three"),
        frame(FIN | TEXT, &[b'x'; 130]),
        frame(FIN | PING, b"3"),
    ]
    .concat()
}

/// The messages in the [`session`], and where their last frames end.
fn messages() -> Vec<(usize, OwnedMessage)> {
    vec![
        (9, OwnedMessage::Text("one".into())),
        (50, OwnedMessage::Binary(b"fragments".into())),
        (61, OwnedMessage::Text("three".into())),
        (199, OwnedMessage::Text("x".repeat(130))),
    ]
}

/// A further message to the server.
fn last() -> Vec<u8> {
    frame(FIN | TEXT, b"last")
}

/// What is sent when everything is sent back.
fn answers() -> Vec<u8> {
    [
        answer(FIN | TEXT, b"one"),
        answer(FIN | PONG, b"1"),
        answer(FIN | PONG, b"2"),
        answer(FIN | BINARY, b"fragments"),
        answer(FIN | TEXT, b"three"),
        answer(FIN | TEXT, &[b'x'; 130]),
        answer(FIN | PONG, b"3"),
        answer(FIN | TEXT, b"last"),
    ]
    .concat()
}

fn is_retry(error: &Error) -> bool {
    matches!(error, Error::Io(error) if RETRY.contains(&error.kind()))
}

/// Sends every message back up to the [`last`], and returns how often a call had to be made again.
#[track_caller]
fn echo(socket: &mut WebSocket<Script>) -> usize {
    let mut retries = 0;
    loop {
        match socket.read() {
            Ok(message) => {
                let (message, mut writer) = message.expect("no Close has come");
                let mut result = writer.send(message);
                while let Err(error) = result {
                    assert!(is_retry(&error), "{error:?}");
                    retries += 1;
                    result = writer.flush();
                }
                if message == Message::Text("last") {
                    return retries;
                }
            }
            Err(error) => {
                assert!(is_retry(&error), "{error:?}");
                retries += 1;
            }
        }
    }
}

#[test]
fn a_write_that_is_cut_short_goes_on_where_it_was_cut() {
    for len in 1..answers().len() {
        let script = Script::default().read(session()).read(last());
        let (mut socket, log) = open(script.cut_write(len));
        assert_eq!(echo(&mut socket), 0);
        assert_eq!(log.written(), answers(), "cut to {len}");
    }
}

#[test]
fn a_write_that_would_block_goes_on_later() {
    for kind in RETRY {
        for at in 0..answers().len() {
            let script = Script::default().read(session()).read(last());
            let (mut socket, log) = open(script.fail_write(at, kind));
            echo(&mut socket);
            assert_eq!(log.written(), answers(), "{kind} at {at}");
        }
    }
}

#[test]
fn a_write_that_is_interrupted_goes_on() {
    for at in 0..answers().len() {
        let script = Script::default().read(session()).read(last());
        let (mut socket, log) = open(script.fail_write(at, ErrorKind::Interrupted));
        assert_eq!(echo(&mut socket), 0, "nobody needs to know");
        assert_eq!(log.written(), answers(), "interrupted at {at}");
    }
}

#[test]
fn a_large_payload_goes_on_from_any_byte() {
    let payload: Vec<u8> = (0..=255).cycle().take(16 << 10).collect();
    let sent = [answer(FIN | TEXT, b"queued"), answer(FIN | BINARY, &payload)].concat();
    for at in 0..sent.len() {
        let (mut socket, log) = open(Script::default().fail_write(at, ErrorKind::WouldBlock));
        socket.feed("queued").unwrap();
        assert!(is_retry(&socket.send(&payload).unwrap_err()));
        assert!(log.written() == sent[..at], "up to {at}");
        socket.flush().unwrap();
        assert!(log.written() == sent, "from {at} on");
    }
}

#[test]
fn a_flush_that_would_block_is_made_again() {
    for kind in RETRY {
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
fn a_flush_that_is_interrupted_is_made_again() {
    let (mut socket, log) = open(Script::default().fail_flush(ErrorKind::Interrupted));
    socket.send("message").unwrap();
    assert_eq!(log.flushed(), log.written().len());
}

#[test]
fn a_read_that_would_block_or_is_interrupted_goes_on_later() {
    let session = session();
    for kind in [ErrorKind::Interrupted, RETRY[0], RETRY[1]] {
        for at in 0..session.len() {
            let mut script = Script::default();
            if at > 0 {
                script = script.read(&session[..at]);
            }
            script = script.fail_read(kind).read(&session[at..]).read(last());
            let (mut socket, log) = open(script);
            let retries = usize::from(kind != ErrorKind::Interrupted);
            assert_eq!(echo(&mut socket), retries);
            assert_eq!(log.written(), answers(), "{kind} at {at}");
        }
    }
}

#[test]
fn reads_of_one_byte_with_nothing_between_give_the_same() {
    let mut script = Script::default();
    for byte in session() {
        script = script.fail_read(ErrorKind::WouldBlock).read([byte]);
    }
    let (mut socket, log) = open(script);
    let mut received = Vec::new();
    while received.len() < messages().len() {
        match socket.recv() {
            Ok(message) => received.push(message.unwrap()),
            Err(error) => assert!(is_retry(&error), "{error:?}"),
        }
    }
    let messages = messages().into_iter().map(|(_, message)| message);
    assert!(received.into_iter().eq(messages));
    let pongs = [answer(FIN | PONG, b"1"), answer(FIN | PONG, b"2")];
    assert_eq!(log.written(), pongs.concat());
}

/// Checks that of the session cut at `at`, just the whole messages are delivered; returns how the
/// connection failed.
#[track_caller]
fn receive_cut(at: usize, socket: &mut WebSocket<Script>) -> Error {
    let whole = messages().into_iter().take_while(|(end, _)| *end <= at);
    for (_, message) in whole {
        assert_eq!(socket.recv().unwrap(), Some(message), "cut at {at}");
    }
    socket.recv().unwrap_err()
}

#[test]
fn the_end_of_the_stream_is_no_clean_close_wherever_it_comes() {
    let session = session();
    for at in 0..=session.len() {
        let mut script = Script::default();
        if at > 0 {
            script = script.read(&session[..at]);
        }
        let (mut socket, _) = open(script.read([]));
        let errors = [receive_cut(at, &mut socket), socket.recv().unwrap_err()];
        for error in errors {
            assert!(
                matches!(error, Error::Protocol(ProtocolError::ConnectionLost)),
                "{error:?} at {at}"
            );
        }
        let info = socket.close_info().unwrap();
        assert_eq!(info.initiator, Initiator::Transport);
        assert!(!info.was_clean);
        assert_eq!((info.received, info.sent), (None, None));
    }
}

#[test]
fn a_reset_is_an_error_and_the_end() {
    let session = session();
    for at in 1..session.len() {
        let script = Script::default().read(&session[..at]);
        let script = script.fail_read(ErrorKind::ConnectionReset);
        let (mut socket, log) = open(script.read(frame(FIN | TEXT, b"ghost")));
        let error = receive_cut(at, &mut socket);
        let is_reset =
            matches!(&error, Error::Io(error) if error.kind() == ErrorKind::ConnectionReset);
        assert!(is_reset, "{error:?}");
        assert_eq!(socket.close_info().unwrap().initiator, Initiator::Transport);
        log.take();
        let error = socket.recv().unwrap_err();
        assert!(matches!(error, Error::Protocol(ProtocolError::ConnectionLost)), "{error:?}");
        assert_eq!(log.take(), [], "the stream is left alone");
    }
}

#[test]
fn a_close_echo_that_would_block_is_written_later() {
    for kind in RETRY {
        for at in 0..4 {
            let script = Script::default().read(frame(FIN | CLOSE, &close_frame(1000)));
            let (mut socket, log) = open(script.fail_write(at, kind));
            let error = socket.recv().unwrap_err();
            assert!(is_retry(&error), "{error:?}");
            assert!(socket.recv().unwrap().is_none());
            assert_eq!(log.written(), answer(FIN | CLOSE, &close_frame(1000)));
            assert!(socket.close_info().unwrap().was_clean);
        }
    }
}

#[test]
fn a_close_frame_for_an_error_that_would_block_is_written_later() {
    for kind in RETRY {
        for at in 0..4 {
            let script = Script::default().read(answer(FIN | TEXT, b"not masked"));
            let (mut socket, log) = open(script.fail_write(at, kind));
            for _ in 0..2 {
                let error = socket.recv().unwrap_err();
                assert!(
                    matches!(error, Error::Protocol(ProtocolError::UnmaskedFrame)),
                    "{error:?}"
                );
            }
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

#[test]
fn a_broken_stream_is_not_written_to_again_and_nothing_is_kept_for_it() {
    for kind in [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset] {
        for at in 0..=8 {
            for is_dropped in [true, false] {
                let (mut socket, log) = open(Script::default().fail_write(at, kind));
                socket.feed("queued").unwrap();
                for message in ["", &"large".repeat(16 << 10)] {
                    assert_kind(socket.send(message), kind);
                    assert_kind(socket.flush(), kind);
                }
                if is_dropped {
                    assert_kind(socket.feed("queued"), kind);
                    drop(socket);
                } else {
                    // What follows half a frame would be taken for the rest of it.
                    assert_eq!(socket.into_parts().unwrap_err().kind(), kind);
                }
                assert_eq!(log.written().len(), at, "a torn frame does not go on");
            }
        }
    }
}

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
    assert_kind(socket.recv(), ErrorKind::BrokenPipe);
    let error = socket.recv().unwrap_err();
    assert!(matches!(error, Error::Protocol(ProtocolError::ConnectionLost)), "{error:?}");
    let info = socket.close_info().unwrap();
    assert_eq!(info.code(), CloseCode::POLICY_VIOLATION);
    assert_eq!(info.initiator, Initiator::Peer);
    assert!(!info.was_clean);
}

#[test]
fn a_stream_that_takes_nothing_is_broken() {
    let (mut socket, _) = open(Script::default().cut_write(0));
    assert_kind(socket.send("message"), ErrorKind::WriteZero);
    assert_kind(socket.send("message"), ErrorKind::WriteZero);
}

/// What comes of a message when the first write takes so much of it, and the limit has passed.
fn send_late(first_write: usize) -> Result<(), Error> {
    let script = Script::default().cut_write(first_write);
    let connection = Connection::server(&Config::default());
    let options = Options::default().write_timeout(Some(Duration::ZERO));
    let socket = WebSocket::from_upgraded(script, connection, Vec::new(), &options);
    socket.with_socket(|script| script).unwrap().send(vec![0; 100 << 10])
}

#[test]
fn a_peer_that_takes_next_to_nothing_is_given_up() {
    for count in [1, 100, (64 << 10) - 1] {
        let result = send_late(count);
        assert!(matches!(result, Err(Error::Timeout(Deadline::Write))), "{result:?}");
    }
}

#[test]
fn a_slow_peer_is_waited_for() {
    send_late(64 << 10).unwrap();
}

#[test]
fn after_the_end_nothing_is_sent_and_the_end_stays() {
    let script = Script::default().read(frame(FIN | CLOSE, &close_frame(1001)));
    let (mut socket, log) = open(script);
    assert!(socket.recv().unwrap().is_none());
    assert_eq!(log.written(), answer(FIN | CLOSE, &close_frame(1001)));
    log.take();
    assert!(socket.recv().unwrap().is_none());
    assert!(socket.read_part().unwrap().is_none());
    for result in [
        socket.send("late"),
        socket.feed("late"),
        socket.send(vec![0; 1 << 20]),
        socket.send_ping(b"late"),
        socket.send_close(None),
    ] {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Send(SendError::Closed)), "{error:?}");
    }
    let info = socket.close(CloseCode::NORMAL, "late").unwrap();
    assert_eq!(info.initiator, Initiator::Peer);
    assert_eq!(info.code(), CloseCode::GOING_AWAY);
    assert_eq!(log.take(), []);
}
