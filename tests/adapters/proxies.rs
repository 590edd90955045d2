//! Connections through proxies. For every adapter.

use std::net::{IpAddr, Shutdown, TcpListener};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sansocket::handshake::proxy::ProxyError;
use sansocket::handshake::{HandshakeError, HeadError, ResponseError};
use sansocket::{Error, Options, OwnedMessage, Proxy, ProxyRules, Role, TimeoutKind};

use super::redirects::redirect_on;
use super::sockets::{Connected, Connector};
use crate::peer::{self, Peer, assert_handshake, handshake_error, innermost};
use crate::wire::{self, FIN, TEXT};

type Connecting = JoinHandle<Result<Connected, Error>>;

/// Connects to `url` through a proxy on loopback, which the peer plays. The proxy's URL begins as
/// given.
fn connect_through(proxy: &str, url: &str) -> (Peer, Connecting) {
    let (listener, address) = peer::listen();
    let proxy = Proxy::parse(&format!("{proxy}{address}")).unwrap();
    let connecting = connect(Connector::new().proxies(proxy), url);
    (Peer::accept(&listener, Role::Client), connecting)
}

fn connect(connector: Connector, url: &str) -> Connecting {
    let url = String::from(url);
    thread::spawn(move || connector.connect(&url))
}

/// Plays the server after the tunnel is open. Returns the head of the request.
#[track_caller]
fn serve(mut peer: Peer, connecting: Connecting) -> String {
    let head = peer.read_head();
    let frame = wire::to(Role::Client, FIN | TEXT, b"early");
    peer.write(&[peer::response_to(&head), frame].concat());
    let mut socket = connecting.join().unwrap().unwrap();
    assert_eq!(socket.recv().unwrap(), Some(OwnedMessage::Text("early".into())));
    head
}

/// Writes the last answer of the proxy, ends the stream, and returns the error of connecting.
#[track_caller]
fn refuse(mut peer: Peer, connecting: Connecting, answer: &[u8]) -> Error {
    peer.write(answer);
    peer.stream.shutdown(Shutdown::Write).unwrap();
    connecting.join().unwrap().unwrap_err()
}

/// The reply of a SOCKS5 proxy that has connected, from an address of its own.
const REPLY: [u8; 10] = [5, 0, 0, 1, 192, 0, 2, 1, 0x30, 0x39];

// Shows 6455-4.1-4, 6455-4.1-12.
#[test]
fn an_http_proxy_gets_a_tunnel_request_with_only_its_own_credentials() {
    let (mut peer, connecting) =
        connect_through("http://user:p%40ss@", "ws://Aladdin:open%20sesame@server.example/chat");
    assert_eq!(
        peer.read_head(),
        "CONNECT server.example:80 HTTP/1.1\r\n\
        Host: server.example:80\r\n\
        Proxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n"
    );
    for byte in b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" {
        peer.write(&[*byte]);
    }
    let head = serve(peer, connecting);
    assert!(head.starts_with("GET /chat HTTP/1.1\r\nHost: server.example\r\n"), "{head}");
    assert!(head.contains("\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"), "{head}");
    assert!(!head.contains("Proxy-"), "{head}");
}

// Shows 6455-3-1, 6455-11.1-1, 6455-11.1-2.
#[test]
fn names_and_paths_beyond_ascii_are_ascii_on_the_wire() {
    let url = "ws://B\u{dc}CHER.example/\u{fc}?\u{fc}=%FC";
    let (mut peer, connecting) = connect_through("http://", url);
    assert_eq!(
        peer.read_head(),
        "CONNECT xn--bcher-kva.example:80 HTTP/1.1\r\nHost: xn--bcher-kva.example:80\r\n\r\n"
    );
    peer.write(b"HTTP/1.1 200 OK\r\n\r\n");
    let head = serve(peer, connecting);
    let expected = "GET /%C3%BC?%C3%BC=%FC HTTP/1.1\r\nHost: xn--bcher-kva.example\r\n";
    assert!(head.starts_with(expected), "{head}");

    let (mut peer, connecting) = connect_through("socks5h://", url);
    assert_eq!(peer.read_exact(3), [5, 1, 0]);
    peer.write(&[5, 0]);
    let request = b"\x05\x01\x00\x03\x15xn--bcher-kva.example\x00\x50";
    assert_eq!(peer.read_exact(request.len()), request);
    peer.write(&REPLY);
    assert!(serve(peer, connecting).starts_with(expected));
}

#[test]
fn an_http_proxy_gets_addresses_in_brackets() {
    let (mut peer, connecting) = connect_through("http://", "ws://[2001:db8::1]:9001/");
    assert!(peer.read_head().starts_with("CONNECT [2001:db8::1]:9001 HTTP/1.1\r\n"));
    peer.write(b"HTTP/1.1 200 OK\r\n\r\n");
    assert!(serve(peer, connecting).contains("\r\nHost: [2001:db8::1]:9001\r\n"));
}

// Shows 6455-4.1-7.
#[test]
fn a_refusal_by_an_http_proxy_is_not_one_by_the_server() {
    for (status, is_retryable) in [(407, false), (403, false), (502, true), (504, true)] {
        let (mut peer, connecting) = connect_through("http://", "ws://server.example/");
        peer.read_head();
        let answer = format!(
            "HTTP/1.1 {status} x\r\nProxy-Authenticate: Basic\r\nContent-Length: 3\r\n\r\nno!"
        );
        let error = refuse(peer, connecting, answer.as_bytes());
        let HandshakeError::Proxy(ProxyError::UnexpectedResponse(refusal)) =
            handshake_error(&error)
        else {
            panic!("{error:?}");
        };
        assert_eq!((refusal.status(), refusal.body()), (status, &b"no!"[..]));
        assert_eq!(refusal.headers().get("proxy-authenticate"), Some(&b"Basic"[..]));
        assert_eq!(error.is_retryable(), is_retryable, "{status}");
    }
}

#[test]
fn a_redirect_by_a_proxy_is_not_one_by_the_server() {
    let (listener, address) = peer::listen();
    let proxy = Proxy::parse(&format!("http://{address}")).unwrap();
    let connector = Connector::new().max_redirects(5).proxies(proxy);
    let connecting = connect(connector, "ws://server.example/");
    let mut peer = Peer::accept(&listener, Role::Client);
    peer.read_head();
    let answer = b"HTTP/1.1 307 x\r\nLocation: ws://evil.example/\r\nContent-Length: 0\r\n\r\n";
    let error = refuse(peer, connecting, answer);
    let HandshakeError::Proxy(ProxyError::UnexpectedResponse(refusal)) = handshake_error(&error)
    else {
        panic!("{error:?}");
    };
    assert_eq!(refusal.status(), 307);
}

// Shows 6455-4.1-4.
#[test]
fn a_socks5h_proxy_resolves_the_name() {
    let (mut peer, connecting) = connect_through("socks5h://", "ws://server.example:9001/");
    assert_eq!(peer.read_exact(3), [5, 1, 0]);
    peer.write(&[5, 0]);
    let request = b"\x05\x01\x00\x03\x0eserver.example\x23\x29";
    assert_eq!(peer.read_exact(request.len()), request);
    for byte in REPLY {
        peer.write(&[byte]);
    }
    assert!(serve(peer, connecting).contains("\r\nHost: server.example:9001\r\n"));
}

#[test]
fn for_a_socks5_proxy_the_name_is_resolved_here() {
    let Some(resolved) = peer::localhost(9001) else {
        return;
    };
    let (mut peer, connecting) = connect_through("socks5://user:p%40ss@", "ws://localhost:9001/");
    assert_eq!(peer.read_exact(4), [5, 2, 0, 2]);
    peer.write(&[5, 2]);
    let credentials = b"\x01\x04user\x04p@ss";
    assert_eq!(peer.read_exact(credentials.len()), credentials);
    peer.write(&[1, 0]);
    let (kind, address) = match resolved.ip() {
        IpAddr::V4(address) => (1, address.octets().to_vec()),
        IpAddr::V6(address) => (4, address.octets().to_vec()),
    };
    assert_eq!(peer.read_exact(4), [5, 1, 0, kind]);
    assert_eq!(peer.read_exact(address.len()), address);
    assert_eq!(peer.read_exact(2), [0x23, 0x29]);
    peer.write(&REPLY);
    assert!(serve(peer, connecting).contains("\r\nHost: localhost:9001\r\n"));
}

// Shows 6455-4.1-7.
#[test]
fn a_socks5_proxy_that_refuses_says_why() {
    for (answers, expected, is_retryable) in [
        (&[5, 0xFF][..], ProxyError::NoAcceptableMethod, false),
        (&[5, 2, 1, 1], ProxyError::CredentialsRefused(1), false),
        (&[5, 0, 5, 2], ProxyError::Reply(2), false),
        (&[5, 0, 5, 5], ProxyError::Reply(5), true),
        (&[4, 0], ProxyError::Version(4), false),
    ] {
        let (mut peer, connecting) = connect_through("socks5h://a:b@", "ws://server.example/");
        peer.read_exact(4);
        let error = refuse(peer, connecting, answers);
        assert_eq!(error.is_retryable(), is_retryable, "{error:?}");
        assert_handshake(error, expected);
    }
}

#[test]
fn a_proxy_may_end_the_stream_inside_its_answer() {
    for (proxy, answer, expected) in [
        ("http://", &b""[..], ProxyError::Response(ResponseError::Missing)),
        ("http://", b"HTTP/1.1 200 OK\r\n", ProxyError::Response(HeadError::Incomplete.into())),
        ("socks5h://", b"", ProxyError::Incomplete),
        ("socks5h://", b"\x05\x00\x05\x00\x00\x01", ProxyError::Incomplete),
    ] {
        let (peer, connecting) = connect_through(proxy, "ws://server.example/");
        let another = peer.another();
        let error = refuse(peer, connecting, answer);
        drop(another);
        assert!(error.is_retryable(), "{error:?}");
        assert_handshake(error, expected);
    }
}

#[test]
fn an_end_after_the_tunnel_is_that_of_the_server() {
    let (mut peer, connecting) = connect_through("http://", "ws://server.example/");
    peer.read_head();
    peer.write(b"HTTP/1.1 200 OK\r\n\r\n");
    peer.read_head();
    let error = refuse(peer, connecting, b"");
    assert_handshake(error, ResponseError::Missing);
}

#[test]
fn the_handshake_timeout_includes_the_proxy() {
    let options = Options::default().handshake_timeout(Duration::from_millis(100));
    let (listener, address) = peer::listen();
    for scheme in ["http", "socks5h"] {
        let proxy = Proxy::parse(&format!("{scheme}://{address}")).unwrap();
        let connector = Connector::new().options(options.clone()).proxies(proxy);
        let error = connector.connect("ws://server.example/").unwrap_err();
        assert!(matches!(innermost(&error), Error::Timeout(TimeoutKind::Handshake)), "{error:?}");
        drop(peer::accept(&listener));
    }
}

/// The proxies of environment variables: all servers except the one at the listener have one.
fn proxies_but_for(server: &TcpListener, proxy: &TcpListener) -> ProxyRules {
    let proxies = ProxyRules::from_variables(|name| match name {
        "HTTP_PROXY" => Some(proxy.local_addr().unwrap().to_string()),
        "NO_PROXY" => Some(server.local_addr().unwrap().to_string()),
        _ => None,
    });
    proxies.unwrap()
}

// Shows 6455-4.1-4.
#[test]
fn the_environment_selects_the_proxy_of_each_server() {
    let ((direct, address), (proxy, _)) = (peer::listen(), peer::listen());
    let connector = Connector::new().proxies(proxies_but_for(&direct, &proxy));
    let connecting = connect(connector.clone(), &format!("ws://{address}/"));
    serve(Peer::accept(&direct, Role::Client), connecting);

    let connecting = connect(connector, "ws://127.0.0.1:9/");
    let mut peer = Peer::accept(&proxy, Role::Client);
    assert!(peer.read_head().starts_with("CONNECT 127.0.0.1:9 HTTP/1.1\r\n"));
    peer.write(b"HTTP/1.1 200 OK\r\n\r\n");
    serve(peer, connecting);
}

#[test]
fn a_redirect_selects_its_own_proxy_or_none() {
    let ((direct, address), (proxy, _)) = (peer::listen(), peer::listen());
    let connector = Connector::new()
        .max_redirects(2)
        .redirects_to_other_hosts(true)
        .proxies(proxies_but_for(&direct, &proxy));
    let connecting = connect(connector, "ws://first.example/");

    let mut peer = Peer::accept(&proxy, Role::Client);
    assert!(peer.read_head().starts_with("CONNECT first.example:80 HTTP/1.1\r\n"));
    peer.write(b"HTTP/1.1 200 OK\r\n\r\n");
    redirect_on(peer, &format!("ws://{address}/"));
    redirect_on(Peer::accept(&direct, Role::Client), "ws://second.example/");

    let mut peer = Peer::accept(&proxy, Role::Client);
    assert!(peer.read_head().starts_with("CONNECT second.example:80 HTTP/1.1\r\n"));
    peer.write(b"HTTP/1.1 200 OK\r\n\r\n");
    serve(peer, connecting);
}
