//! The options that the blocking adapter sets on a TCP stream, so that its waits end in time.

use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use sansocket::blocking::{Acceptor, Connector};
use sansocket::{CloseCode, Error, Options, Role, TimeoutKind, Timeouts};

use crate::peer::{self, REQUEST};
use crate::wire::{CLOSE, FIN, TEXT};

// Shows own-adapters-1 (both).
#[test]
fn an_accepted_stream_has_no_read_timeout_and_no_delay() {
    // A write waits for a slice of its timeout at a time.
    let slice = Duration::from_millis(64);
    let options = Options::default().handshake_timeout(Duration::from_secs(30));
    let (socket, _server_peer) = peer::server(options.clone());
    let (client, _client_peer) = peer::client(options);
    for socket in [socket, client] {
        let stream = socket.get_ref();
        assert_eq!(stream.read_timeout().unwrap(), None);
        assert_eq!(stream.write_timeout().unwrap(), Some(slice));
        assert!(stream.nodelay().unwrap());
    }
}

#[test]
fn a_nonblocking_stream_is_made_to_block() {
    let (stream, mut peer) = peer::connect(Role::Server);
    stream.set_nonblocking(true).unwrap();
    peer.write(REQUEST.as_bytes());
    let timeouts = Timeouts::default().ping_interval(None);
    let acceptor = Acceptor::new().options(Options::default().timeouts(timeouts));
    let mut socket = acceptor.accept(stream).unwrap();
    let reading = thread::spawn(move || socket.recv());
    assert!(peer.read_head().starts_with("HTTP/1.1 101 "));
    assert!(peer.waits_in_vain(Duration::from_millis(50)));
    peer.send(FIN | TEXT, b"late");
    assert!(reading.join().unwrap().unwrap().is_some());
}

#[test]
fn timeouts_may_be_infinite() {
    let timeouts = Timeouts::default()
        .close(Duration::MAX)
        .pong(Duration::MAX)
        .idle(Some(Duration::MAX))
        .ping_interval(Some(Duration::MAX));
    let options = Options::default()
        .handshake_timeout(Duration::MAX)
        .write_timeout(Some(Duration::MAX))
        .timeouts(timeouts);
    let (mut socket, mut peer) = peer::server(options.clone());
    peer.send(FIN | CLOSE, b"");
    peer.stream.shutdown(Shutdown::Write).unwrap();
    assert!(socket.recv().unwrap().is_none());
    let (mut socket, mut peer) = peer::client(options);
    peer.send(FIN | CLOSE, b"");
    peer.stream.shutdown(Shutdown::Write).unwrap();
    assert!(socket.recv().unwrap().is_none());
}

// Shows own-adapters-2 (both).
#[test]
fn timeouts_may_be_zero() {
    let timeouts = Timeouts::default().ping_interval(None).close(Duration::ZERO);
    let options = Options::default().write_timeout(Some(Duration::ZERO)).timeouts(timeouts);
    for open in [peer::server, peer::client] {
        let (mut socket, mut peer) = open(options.clone());
        socket.send("taken at once").unwrap();
        assert_eq!(peer.receive(), (FIN | TEXT, b"taken at once".into()));
        peer.send(FIN | TEXT, b"");
        assert!(socket.recv().unwrap().is_some());
        let result = socket.close(CloseCode::NORMAL, "");
        assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Close))), "{result:?}");

        let (mut socket, _peer) = open(options.clone());
        let result = socket.send(vec![7; 64 << 20]);
        assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Write))), "{result:?}");
    }
}

#[test]
fn timeouts_for_input_may_be_zero() {
    let timeouts = Timeouts::default().ping_interval(None);
    for (timeouts, deadline) in [
        (timeouts.idle(Some(Duration::ZERO)), TimeoutKind::Idle),
        (timeouts.ping_interval(Some(Duration::ZERO)).pong(Duration::ZERO), TimeoutKind::Pong),
    ] {
        for open in [peer::server, peer::client] {
            let (mut socket, _peer) = open(Options::default().timeouts(timeouts));
            let error = socket.recv().unwrap_err();
            assert!(matches!(error, Error::Timeout(own) if own == deadline), "{error:?}");
        }
    }
    let timeouts = timeouts.close(Duration::ZERO);
    let options = Options::default().handshake_timeout(Duration::ZERO).timeouts(timeouts);
    let (stream, _peer) = peer::connect(Role::Server);
    let error = Acceptor::new().options(options.clone()).accept(stream).unwrap_err();
    assert!(!matches!(error, Error::Io(_)), "{error:?}");
    let (stream, _peer) = peer::connect(Role::Client);
    let connector = Connector::new().options(options);
    let error = connector.connect_over(stream, "localhost", "/").unwrap_err();
    assert!(matches!(error, Error::Timeout(TimeoutKind::Response)), "{error:?}");
}
