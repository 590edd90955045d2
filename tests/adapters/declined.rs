//! Endpoints that would compress, but whose peer has not agreed to it. For every adapter.

use std::thread;

use sansocket::connection::ProtocolError;
use sansocket::{Error, Options, OwnedMessage, Role, deflate};

use super::sockets::{Acceptor, Connector};
use crate::peer::{self, Peer, REQUEST, response_to};
use crate::wire::{FIN, RSV1, TEXT};

/// "Hello" compressed (RFC 7692 7.2.3).
const HELLO: [u8; 7] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];

fn options() -> Options {
    Options::default().deflate(Some(deflate::Config::default()))
}

/// Checks that a long message is sent uncompressed, that a short one is received uncompressed, and
/// that a message marked as compressed fails the connection.
macro_rules! assert_does_without {
    ($socket:expr, $peer:expr) => {
        let (mut socket, mut peer): (_, Peer) = ($socket, $peer);
        let long = "compressible ".repeat(1000);
        let sent = long.clone();
        let receiving = thread::spawn(move || {
            socket.send(long).unwrap();
            assert_eq!(socket.recv().unwrap(), Some(OwnedMessage::Text("plain".into())));
            socket.recv().unwrap_err()
        });
        assert!(peer.receive() == (FIN | TEXT, sent.into_bytes()));
        peer.send(FIN | TEXT, b"plain");
        peer.send(FIN | RSV1 | TEXT, &HELLO);
        assert_eq!(peer.receive_close(), 1002);
        assert_eq!(peer.read_to_end(), b"");
        drop(peer);
        let error = receiving.join().unwrap();
        let is_expected = matches!(error, Error::Protocol(ProtocolError::ReservedBits));
        assert!(is_expected, "{error:?}");
    };
}

// Shows 6455-5.2-2 (client), 6455-5.8-1 (client), 6455-9.1-4.
#[test]
fn a_client_whose_offer_was_declined_neither_compresses_nor_inflates() {
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || {
        Connector::new().options(options()).connect(&format!("ws://{address}/")).unwrap()
    });
    let mut peer = Peer::accept(&listener, Role::Client);
    let head = peer.read_head();
    assert!(head.contains("\r\nSec-WebSocket-Extensions: permessage-deflate;"), "{head}");
    let response = response_to(&head);
    assert!(!String::from_utf8(response.clone()).unwrap().contains("Extensions"));
    peer.write(&response);
    assert_does_without!(connecting.join().unwrap(), peer);
}

// Shows 6455-5.2-2 (server), 6455-5.8-1 (server), 6455-9-1.
#[test]
fn a_server_that_was_offered_nothing_neither_compresses_nor_inflates() {
    let (stream, mut peer) = peer::connect(Role::Server);
    peer.write(REQUEST.as_bytes());
    let socket = Acceptor::new().options(options()).accept(stream).unwrap();
    assert!(!peer.read_head().contains("Extensions"));
    assert_does_without!(socket, peer);
}
