//! Connections that are taken apart, and calls that are left unfinished. For every adapter.

use std::io::ErrorKind;

use sansocket::connection::Connection;
use sansocket::{Error, Limits, Options, Role};

use super::adapter::WebSocket;
use crate::script::Script;
use crate::wire::{self, BINARY, CLOSE, FIN, PING, PONG, TEXT};

#[test]
fn a_partly_gathered_message_continues_in_chunks() {
    let to = |first: u8, payload: &[u8]| wire::to(Role::Server, first, payload);
    let script = Script::default()
        .read([to(TEXT, b"one "), to(0, b"two ")].concat())
        .fail_read(ErrorKind::WouldBlock)
        .read([to(FIN, b"three"), to(FIN | TEXT, b"next")].concat());
    let connection = Connection::server(&Limits::default());
    let mut socket = WebSocket::from_upgraded(script, connection, Vec::new(), &Options::default());
    assert!(matches!(socket.recv(), Err(Error::Io(_))));
    for (payload, is_first, is_last) in
        [("one two ", true, false), ("three", false, true), ("next", true, true)]
    {
        let (chunk, _) = socket.read_chunk().unwrap().unwrap();
        assert_eq!(chunk.payload, payload.as_bytes());
        assert_eq!((chunk.is_first, chunk.is_last), (is_first, is_last));
    }
}

#[test]
fn a_connection_continues_after_it_was_taken_apart_at_any_byte() {
    let to = |first: u8, payload: &[u8]| wire::to(Role::Server, first, payload);
    let session = [
        to(FIN | TEXT, b"one"),
        to(BINARY, b"frag"),
        to(FIN | PING, b"?"),
        to(FIN, b"ments"),
        to(FIN | TEXT, &[b'x'; 200]),
        to(FIN | CLOSE, &wire::close_payload(1000, "")),
    ]
    .concat();
    let from = |first: u8, payload: &[u8]| wire::to(Role::Client, first, payload);
    let answers = [
        from(FIN | TEXT, b"before"),
        from(FIN | TEXT, b"one"),
        from(FIN | PONG, b"?"),
        from(FIN | BINARY, b"fragments"),
        from(FIN | TEXT, &[b'x'; 200]),
        from(FIN | CLOSE, &wire::close_payload(1000, "")),
    ]
    .concat();
    for at in 1..session.len() {
        // Part of the queue has been written when it is taken apart.
        let script = Script::default()
            .read(&session[..at])
            .fail_read(ErrorKind::WouldBlock)
            .read(&session[at..])
            .read([])
            .fail_write(3, ErrorKind::WouldBlock);
        let log = script.log();
        let connection = Connection::server(&Limits::default());
        let options = Options::default();
        let mut socket = WebSocket::from_upgraded(script, connection, Vec::new(), &options);
        socket.feed("before").unwrap();
        let mut is_open = true;
        while is_open {
            match socket.recv() {
                Ok(Some(message)) => socket.feed(message).unwrap(),
                Ok(None) => is_open = false,
                Err(error) => {
                    assert!(
                        matches!(&error, Error::Io(error) if error.kind() == ErrorKind::WouldBlock),
                        "{error:?}"
                    );
                    let parts = socket.into_parts();
                    socket = WebSocket::from_parts(parts, &options);
                }
            }
        }
        assert_eq!(log.written(), answers, "taken apart at {at}");
    }
}

#[test]
fn taking_a_connection_apart_writes_nothing() {
    let script = Script::default();
    let log = script.log();
    let connection = Connection::server(&Limits::default());
    let unread = b"unread".to_vec();
    let options = Options::default();
    let mut socket = WebSocket::from_upgraded(script, connection, unread, &options);
    socket.feed("queued").unwrap();
    let parts = socket.into_parts();
    assert_eq!(parts.read_buffer.unread(), b"unread");
    let queued = wire::to(Role::Client, FIN | TEXT, b"queued");
    assert_eq!(parts.write_buffer.unwritten(), queued);
    assert_eq!(parts.connection.role(), Role::Server);
    drop(parts);
    assert_eq!(log.take(), []);
}
