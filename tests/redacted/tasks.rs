//! The async adapter, where connections of a thread share their storage.

use sansocket::tokio::{Acceptor, Connector, WebSocket};
use sansocket::{Limits, Options, Proxy, Role};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio_test::{assert_pending, assert_ready_ok, task};

use crate::engine::connection;
use crate::handshake::sent;
use crate::log::{
    AUTHORIZATION, COOKIE, Log, OTHER, PASSWORD, PAYLOAD, PROXY_PASSWORD, QUERY, SUBPROTOCOL,
};
use crate::tape::Tape;
use crate::threads::frames;
use crate::wire::{self, FIN, TEXT};

fn open(role: Role, tape: &Tape) -> WebSocket<Tape> {
    let connection = connection(role, &Limits::default());
    WebSocket::from_upgraded(tape.clone(), connection, Vec::new(), &Options::default())
}

pub(crate) fn check(log: &mut Log) {
    request_head(log);
    let runtime: Runtime =
        Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let _entered = runtime.enter();
    let acceptor = Acceptor::new().subprotocol(SUBPROTOCOL).header("Set-Cookie", COOKIE);
    log.check(&acceptor);
    let proxy = Proxy::parse(&format!("http://user:{PROXY_PASSWORD}@proxy.example")).unwrap();
    let connector = Connector::new()
        .subprotocol(SUBPROTOCOL)
        .header("Cookie", COOKIE)
        .header("Authorization", AUTHORIZATION)
        .proxies(proxy);
    log.check(&connector);

    for role in [Role::Server, Role::Client] {
        // What another connection of the thread has received and sent.
        let other = Tape::new(wire::to(role, FIN | TEXT, OTHER.repeat(1000).as_bytes()));
        let mut other = open(role, &other);
        let message = assert_ready_ok!(task::spawn(other.recv()).poll()).unwrap();
        assert_ready_ok!(task::spawn(other.send(message)).poll());
        assert_pending!(task::spawn(other.recv()).poll());
        log.check(&other);

        let tape = Tape::new(frames(role));
        check_socket(log, open(role, &tape), &tape);
    }
    let tape = Tape::new(sent().0);
    tape.put(frames(Role::Server));
    let accepted = acceptor.accept_over(tape.clone());
    let socket = assert_ready_ok!(task::spawn(accepted).poll());
    assert_eq!(socket.subprotocol(), Some(SUBPROTOCOL));
    check_socket(log, socket, &tape);

    let receiving = acceptor.receive_over(Tape::new(sent().0));
    let received = assert_ready_ok!(task::spawn(receiving).poll());
    log.check(&received);
    log.check(&received.request().unwrap());
}

/// Opens a stream, for requests besides the upgrade.
fn request_head(log: &mut Log) {
    Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connector = Connector::new().header("Cookie", COOKIE);
        let opened = connector.open(&format!("ws://user:{PASSWORD}@{address}/?{QUERY}")).await;
        let (_, head) = opened.unwrap();
        log.check(&head);
        assert!(head.target().contains(QUERY));
    });
}

fn check_socket(log: &mut Log, mut socket: WebSocket<Tape>, tape: &Tape) {
    log.check(&socket);
    let (message, mut writer) = assert_ready_ok!(task::spawn(socket.read()).poll()).unwrap();
    assert_eq!(message.as_bytes(), PAYLOAD.as_bytes());
    log.check(&writer);
    assert_ready_ok!(task::spawn(writer.feed(message)).poll());
    log.check(&writer);
    assert_ready_ok!(task::spawn(socket.send(PAYLOAD)).poll());
    log.check(&socket);
    assert_pending!(task::spawn(socket.recv()).poll());
    log.check(&socket);
    tape.get_stuck();
    assert_pending!(task::spawn(socket.send(PAYLOAD)).poll());
    log.check(&socket);

    let (mut writer, mut reader) = socket.split();
    log.check(&reader.closer());
    log.check(&reader);
    log.check(&writer);
    assert_pending!(task::spawn(reader.recv()).poll());
    log.check(&reader);
    assert_ready_ok!(task::spawn(writer.feed(PAYLOAD)).poll());
    log.check(&writer);

    let (_, other) = open(Role::Server, tape).split();
    let error = other.reunite(writer).unwrap_err();
    log.check_error(&error);
    let mut socket = reader.reunite(error.1).unwrap();
    assert_pending!(task::spawn(socket.close(1000.into(), "bye")).poll());
    log.check(&socket);
    log.check(&socket.into_parts());
}
