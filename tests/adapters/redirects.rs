//! Redirects of a client's opening handshake over TCP. For every adapter.

use std::net::TcpListener;
use std::thread;

use sansocket::handshake::HandshakeError;
use sansocket::{Error, RedirectError, Role};

use super::sockets::Connector;
use crate::peer::{self, Peer};

/// Answers the next request with a redirect; returns the request's head.
pub(super) fn redirect(listener: &TcpListener, location: &str) -> String {
    redirect_on(Peer::accept(listener, Role::Client), location)
}

/// The same for a request that comes on this stream.
pub(super) fn redirect_on(mut peer: Peer, location: &str) -> String {
    let head = peer.read_head();
    let response = format!("HTTP/1.1 307 x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    peer.write(response.as_bytes());
    // The client does not read to the end before it follows the redirect.
    assert_eq!(peer.read_to_end(), b"");
    head
}

/// Answers the next request with an open connection; returns the request's head.
fn accept(listener: &TcpListener) -> String {
    let mut peer = Peer::accept(listener, Role::Client);
    let head = peer.read_head();
    peer.write(&peer::response_to(&head));
    head
}

fn line<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

// Shows 6455-4.1-16, 6455-4.1-23.
#[test]
fn redirects_are_followed_with_a_new_key_each() {
    let (listener, address) = peer::listen();
    let connector = Connector::new().max_redirects(2).subprotocol("chat").header("X-Own", "value");
    let connecting = thread::spawn(move || connector.connect(&format!("ws://a:b@{address}/1?x")));
    let heads = [
        redirect(&listener, "2"),
        redirect(&listener, &format!("http://{address}/3?y")),
        accept(&listener),
    ];
    connecting.join().unwrap().unwrap();
    for (head, target) in heads.iter().zip(["/1?x", "/2", "/3?y"]) {
        assert!(head.starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{head}");
        assert_eq!(line(head, "Host"), Some(address.to_string().as_str()));
        assert_eq!(line(head, "X-Own"), Some("value"));
        assert_eq!(line(head, "Authorization"), Some("Basic YTpi"));
        assert_eq!(line(head, "Sec-WebSocket-Protocol"), Some("chat"));
    }
    let keys = heads.each_ref().map(|head| line(head, "Sec-WebSocket-Key").unwrap());
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
}

// Shows own-client-5.
#[test]
fn another_origin_gets_none_of_the_headers() {
    let (first, first_address) = peer::listen();
    let (second, second_address) = peer::listen();
    let connector = Connector::new()
        .max_redirects(2)
        .subprotocol("chat")
        .header("Authorization", "Bearer 0123")
        .header("X-Token", "secret");
    let connecting =
        thread::spawn(move || connector.connect(&format!("ws://a:b@{first_address}/")));
    let head = redirect(&first, &format!("ws://{second_address}/"));
    assert_eq!(line(&head, "Authorization"), Some("Bearer 0123"));
    let heads = [redirect(&second, &format!("ws://c:d@{first_address}/")), accept(&first)];
    connecting.join().unwrap().unwrap();
    for head in heads {
        assert_eq!(line(&head, "Authorization"), None);
        assert_eq!(line(&head, "X-Token"), None);
        assert_eq!(line(&head, "Sec-WebSocket-Protocol"), Some("chat"));
    }
}

// Shows 6455-4.1-23, own-client-5.
#[test]
fn by_default_a_redirect_is_a_refusal() {
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || Connector::new().connect(&format!("ws://{address}/")));
    redirect(&listener, "/2");
    let error = connecting.join().unwrap().unwrap_err();
    match peer::handshake_error(&error) {
        HandshakeError::UnexpectedResponse(refusal) => assert_eq!(refusal.status(), 307),
        error => panic!("{error:?}"),
    }
}

// Shows own-client-5.
#[test]
fn one_redirect_too_many_is_not_followed() {
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || {
        Connector::new().max_redirects(1).connect(&format!("ws://{address}/"))
    });
    redirect(&listener, "/2");
    redirect(&listener, "/3");
    match connecting.join().unwrap().unwrap_err() {
        Error::Redirect(error) => assert_eq!(*error, RedirectError::TooMany { limit: 1 }),
        error => panic!("{error:?}"),
    }
}
