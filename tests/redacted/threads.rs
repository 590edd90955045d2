//! The blocking adapter, from the settings to the last message.

use sansocket::blocking::{Acceptor, Connector, Untimed, WebSocket};
use sansocket::{CloseCode, Limits, Options, Proxy, Role};

use crate::engine::connection;
use crate::handshake::sent;
use crate::log::{AUTHORIZATION, COOKIE, Log, PAYLOAD, PING, PROXY_PASSWORD, SUBPROTOCOL};
use crate::tape::Tape;
use crate::wire::{self, CONTINUATION, FIN, TEXT};

/// The input after the handshake: a message, half of another, and a Ping in it.
pub(crate) fn frames(role: Role) -> Vec<u8> {
    [
        wire::to(role, FIN | TEXT, PAYLOAD.as_bytes()),
        wire::to(role, TEXT, PAYLOAD.as_bytes()),
        wire::to(role, FIN | wire::PING, &PING),
        wire::to(role, CONTINUATION, PAYLOAD.as_bytes()),
    ]
    .concat()
}

pub(crate) fn check(log: &mut Log) {
    let acceptor = Acceptor::new().subprotocol(SUBPROTOCOL).header("Set-Cookie", COOKIE);
    log.check(&acceptor);
    let proxy = Proxy::parse(&format!("socks5://user:{PROXY_PASSWORD}@proxy.example")).unwrap();
    let connector = Connector::new()
        .subprotocol(SUBPROTOCOL)
        .header("Cookie", COOKIE)
        .header("Authorization", AUTHORIZATION)
        .proxies(proxy);
    log.check(&connector);

    let tape = Tape::new(sent().0);
    tape.put(frames(Role::Server));
    let socket = acceptor.accept_over(Untimed(tape.clone())).unwrap();
    assert_eq!(socket.subprotocol(), Some(SUBPROTOCOL));
    check_socket(log, socket, &tape);

    let received = acceptor.receive_over(Untimed(Tape::new(sent().0))).unwrap();
    log.check(&received);
    log.check(&received.request().unwrap());

    let tape = Tape::new(frames(Role::Client));
    let client = connection(Role::Client, &Limits::default());
    check_socket(
        log,
        WebSocket::from_upgraded(Untimed(tape.clone()), client, Vec::new(), &Options::default()),
        &tape,
    );
}

fn check_socket(log: &mut Log, mut socket: WebSocket<Untimed<Tape>>, tape: &Tape) {
    log.check(&socket);
    let (message, mut writer) = socket.read().unwrap().unwrap();
    assert_eq!(message.as_bytes(), PAYLOAD.as_bytes());
    log.check(&writer);
    writer.feed(message).unwrap();
    log.check(&writer);
    socket.send(PAYLOAD).unwrap();
    log.check(&socket);
    assert!(socket.recv().is_err(), "half of a message is there");
    log.check(&socket);
    tape.get_stuck();
    assert!(socket.send(PAYLOAD).is_err());
    log.check(&socket);

    let (writer, mut reader) = socket.split();
    log.check(&reader);
    log.check(&writer);
    assert!(reader.recv().is_err());
    log.check(&reader);
    let _ = writer.feed(PAYLOAD);
    log.check(&writer);
    let other = connection(Role::Server, &Limits::default());
    let stream = Untimed(Tape::new(frames(Role::Server)));
    let other = WebSocket::from_upgraded(stream, other, Vec::new(), &Options::default());
    let error = other.split().1.reunite(writer).unwrap_err();
    log.check_error(&error);
    log.check(&reader.reunite(error.1).unwrap());

    let mut again = WebSocket::from_upgraded(
        Untimed(Tape::new(frames(Role::Server))),
        connection(Role::Server, &Limits::default()),
        PAYLOAD.as_bytes()[..2].to_vec(),
        &Options::default(),
    );
    log.check(&again);
    let _ = again.close(CloseCode::NORMAL, "bye");
    log.check(&again);
    log.check(&again.into_parts());
}
