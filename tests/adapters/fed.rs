//! Messages that are queued in order to leave together. For every adapter.

use sansocket::connection::{Connection, SendError};
use sansocket::{
    Chunk, CloseCode, CloseFrame, Error, Limits, MessageKind, Options, Ping, Pong, PreparedMessage,
    Role, Seed,
};

use super::adapter::WebSocket;
use crate::script::{Call, Log, Script};
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT};

const ROLES: [Role; 2] = [Role::Client, Role::Server];

fn open(role: Role, script: Script) -> (WebSocket<Script>, Log) {
    let log = script.log();
    let connection = match role {
        Role::Client => Connection::client(&Limits::default(), Seed::from([7; 32])),
        Role::Server => Connection::server(&Limits::default()),
    };
    (WebSocket::from_upgraded(script, connection, Vec::new(), &Options::default()), log)
}

/// Returns the texts in each write, in the order of the calls.
fn writes(log: &Log) -> Vec<Vec<(u8, Vec<u8>)>> {
    let writes = log.take().into_iter().filter_map(|call| match call {
        Call::Read => None,
        Call::Write(bytes) => Some(wire::contents(&bytes)),
    });
    writes.collect()
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<(u8, Vec<u8>)> {
    texts.map(|text| (FIN | TEXT, text.into())).into()
}

// Shows 6455-2.1-1, 6455-6.1-6.
#[test]
fn messages_that_are_fed_wait_and_leave_with_one_write() {
    for role in ROLES {
        let (mut socket, log) = open(role, Script::default());
        socket.feed("one").unwrap();
        socket.feed("two").unwrap();
        assert_eq!(log.take(), [], "they wait");
        socket.flush().unwrap();
        assert_eq!(writes(&log), [texts(["one", "two"])]);
        socket.feed("three").unwrap();
        socket.send("four").unwrap();
        assert_eq!(writes(&log), [texts(["three", "four"])]);
        socket.flush().unwrap();
        assert_eq!(log.take(), [], "nothing is left");
    }
}

#[test]
fn everything_that_can_be_sent_can_be_fed_and_leaves_in_order_in_one_write() {
    for role in ROLES {
        let (mut socket, log) = open(role, Script::default());
        socket.feed("text").unwrap();
        socket.feed(PreparedMessage::binary(b"prepared")).unwrap();
        socket.feed(Chunk::more(MessageKind::Text, b"chu")).unwrap();
        socket.feed(Ping(b"1")).unwrap();
        socket.feed(Pong(b"2")).unwrap();
        socket.feed(Chunk::last(MessageKind::Text, b"nk")).unwrap();
        socket.feed(CloseFrame { code: CloseCode::GOING_AWAY, reason: "bye" }).unwrap();
        assert_eq!(log.take(), [], "they wait");
        assert!(matches!(socket.feed(CloseFrame::EMPTY), Err(Error::Send(SendError::Closed))));
        assert!(matches!(socket.send("late"), Err(Error::Send(SendError::Closed))));
        socket.flush().unwrap();
        let expected = [
            (FIN | TEXT, b"text".into()),
            (FIN | BINARY, b"prepared".into()),
            (TEXT, b"chu".into()),
            (FIN | PING, b"1".into()),
            (FIN | PONG, b"2".into()),
            (FIN | CONTINUATION, b"nk".into()),
            (FIN | CLOSE, wire::close_payload(1001, "bye")),
        ];
        assert_eq!(writes(&log), [expected]);
    }
}

// Shows own-adapters-3.
#[test]
fn a_message_is_written_when_send_returns() {
    for role in ROLES {
        // Also the answer to a message that is followed by another.
        let frames = [b"one", b"two"].map(|text| wire::to(role, FIN | TEXT, text));
        let (mut socket, log) = open(role, Script::default().read(frames.concat()));
        socket.send("first").unwrap();
        assert_eq!(writes(&log), [texts(["first"])]);
        for text in ["one", "two"] {
            assert!(socket.recv().unwrap().is_some());
            socket.send(text).unwrap();
            assert_eq!(writes(&log), [texts([text])], "{role:?}");
        }
    }
}

// Shows own-adapters-4.
#[test]
fn messages_that_are_fed_leave_before_the_next_read() {
    for role in ROLES {
        let script = Script::default().read(wire::to(role, FIN | TEXT, b"read"));
        let (mut socket, log) = open(role, script);
        socket.feed("fed").unwrap();
        assert!(socket.recv().unwrap().is_some());
        let calls = log.take();
        assert_eq!(calls.last(), Some(&Call::Read));
        let [Call::Write(written), Call::Read] = &calls[..] else {
            panic!("{calls:?}");
        };
        assert_eq!(wire::contents(written), texts(["fed"]));
    }
}
