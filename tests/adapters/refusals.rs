//! Refusals by servers and proxies over TCP, however late the rest of them arrives. For every
//! adapter.

use std::io::Write as _;
use std::net::Shutdown;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sansocket::handshake::client::ErrorResponse;
use sansocket::handshake::proxy::ProxyError;
use sansocket::handshake::{HandshakeError, HeadLimits};
use sansocket::{Error, Options, Proxy, Role};

use super::sockets::{Connected, Connector};
use crate::peer::{self, Peer, handshake_error};

type Connecting = JoinHandle<Result<Connected, Error>>;

/// Who refuses.
#[derive(Clone, Copy, Debug)]
enum Refuser {
    Server,
    Proxy,
}

const REFUSERS: [Refuser; 2] = [Refuser::Server, Refuser::Proxy];

const CHUNKED: &[u8] = b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Connects to a peer that plays the server or proxy and has read the request.
fn ask(refuser: Refuser, connector: Connector) -> (Peer, Connecting) {
    let (listener, address) = peer::listen();
    let (connector, url) = match refuser {
        Refuser::Server => (connector, format!("ws://{address}/")),
        Refuser::Proxy => {
            let proxy = Proxy::parse(&format!("http://{address}")).unwrap();
            (connector.proxies(proxy), "ws://server.example/".into())
        }
    };
    let connecting = thread::spawn(move || connector.connect(&url));
    let mut peer = Peer::accept(&listener, Role::Client);
    peer.read_head();
    (peer, connecting)
}

/// A connector with a handshake timeout of 0.1 s.
fn impatient() -> Connector {
    Connector::new().options(Options::default().handshake_timeout(Duration::from_millis(100)))
}

#[track_caller]
fn refusal(connecting: Connecting) -> ErrorResponse {
    let error = connecting.join().unwrap().unwrap_err();
    match handshake_error(&error) {
        HandshakeError::UnexpectedResponse(refusal)
        | HandshakeError::Proxy(ProxyError::UnexpectedResponse(refusal)) => refusal.clone(),
        error => panic!("{error:?}"),
    }
}

// Shows 6455-4.1-23, own-client-2.
#[test]
fn a_chunked_refusal_is_read_to_its_last_chunk_and_decoded() {
    for refuser in REFUSERS {
        let (mut peer, connecting) = ask(refuser, Connector::new());
        let body = b"7\r\nToken e\r\n6;a=b\r\nxpired\r\n0\r\nExpires: never\r\n\r\n";
        for bytes in [CHUNKED, body].concat().chunks(1).take(CHUNKED.len() + body.len() - 18) {
            peer.write(bytes);
        }
        // Neither the trailer nor the end of the stream is waited for.
        let refusal = refusal(connecting);
        assert_eq!((refusal.status(), refusal.body()), (403, &b"Token expired"[..]));
        assert_eq!(peer.read_to_end(), b"");
    }
}

// Shows own-client-2.
#[test]
fn a_refusal_without_a_length_is_read_to_the_end_of_the_stream() {
    for refuser in REFUSERS {
        let (mut peer, connecting) = ask(refuser, Connector::new());
        peer.write(b"HTTP/1.0 403 Forbidden\r\n\r\n");
        for bytes in [&b"Token "[..], b"expired"] {
            peer.write(bytes);
        }
        peer.stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(refusal(connecting).body(), b"Token expired");
    }
}

// Shows own-client-2, own-limits-6 (client), own-client-6.
#[test]
fn a_refusal_is_reported_even_if_its_body_takes_too_long() {
    let chunk = [CHUNKED, b"5\r\nTok"].concat();
    for (answer, expected) in [
        (&chunk[..], &b"Tok"[..]),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 5\r\n\r\nTok", b"Tok"),
        (b"HTTP/1.1 401 Unauthorized\r\n\r\n", b""),
    ] {
        for refuser in REFUSERS {
            let (mut peer, connecting) = ask(refuser, impatient());
            peer.write(answer);
            assert_eq!(refusal(connecting).body(), expected, "{refuser:?}");
        }
    }
}

// Shows own-client-2.
#[test]
fn a_chunked_refusal_is_truncated_at_the_limit() {
    let limits = HeadLimits::default().max_body_len(100).max_head_len(1000);
    let connector = Connector::new().options(Options::default().head_limits(limits));
    let data = [&b"f4240\r\n"[..], &b"x".repeat(1_000_000)].concat();
    let framing = [&b"1;"[..], &b"y".repeat(1_000_000)].concat();
    for (body, expected) in [(data, &[b'x'; 100][..]), (framing, b"")] {
        for refuser in REFUSERS {
            let (mut peer, connecting) = ask(refuser, connector.clone());
            // The client may have closed the stream before the end.
            let _ = peer.stream.write_all(&[CHUNKED, &body].concat());
            assert_eq!(refusal(connecting).body(), expected);
        }
    }
}

#[test]
fn a_redirect_that_is_followed_is_not_read_to_its_end() {
    let (other, address) = peer::listen();
    for lines in ["", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n"] {
        let (mut peer, connecting) = ask(Refuser::Server, Connector::new().max_redirects(1));
        let head = format!("HTTP/1.1 307 x\r\nLocation: ws://{address}/\r\n{lines}\r\n");
        peer.write(head.as_bytes());
        let mut next = Peer::accept(&other, Role::Client);
        let head = next.read_head();
        next.write(&peer::response_to(&head));
        connecting.join().unwrap().unwrap();
        assert_eq!(peer.read_to_end(), b"");
    }
}

#[test]
fn a_redirect_that_is_not_followed_is_read_to_its_end() {
    let (mut peer, connecting) = ask(Refuser::Server, Connector::new());
    peer.write(b"HTTP/1.1 307 x\r\nLocation: /2\r\nContent-Length: 5\r\n\r\n");
    peer.write(b"there");
    assert_eq!(refusal(connecting).body(), b"there");
}
