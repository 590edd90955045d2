//! Error texts say who erred, where, and what to do. Each error is provoked over real sockets. For
//! every adapter.

use std::error::Error as _;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use sansocket::{ConnectStep, Error, Options, Proxy, Role, TimeoutKind};

use super::sockets::{Acceptor, Connector, connect_over};
use crate::peer::{self, Peer, REQUEST};

/// A part of the URL that no error may show.
const SECRET: &str = "s3cret";

/// Returns the text of an error, with `PORT` instead of the port.
#[track_caller]
fn text(error: &Error, address: SocketAddr) -> String {
    let text = error.to_string();
    for printed in [&text, &format!("{error:?}")] {
        assert!(!printed.contains(SECRET), "{printed}");
    }
    let mut source = error.source();
    while let Some(error) = source {
        assert!(!text.contains(&error.to_string()), "{text} has its source {error}");
        source = error.source();
    }
    text.replace(&format!(":{}", address.port()), ":PORT")
}

fn url(address: SocketAddr) -> String {
    format!("ws://user:{SECRET}@{address}/{SECRET}?token={SECRET}")
}

/// A connector with a handshake timeout of 0.2 s.
fn impatient() -> Connector {
    Connector::new().options(Options::default().handshake_timeout(Duration::from_millis(200)))
}

/// Returns an address at which nobody listens, and the error text of the system for it.
fn nobody() -> (SocketAddr, String) {
    let (listener, address) = peer::listen();
    drop(listener);
    (address, TcpStream::connect(address).unwrap_err().to_string())
}

fn proxy(scheme: &str, address: SocketAddr) -> Proxy {
    Proxy::parse(&format!("{scheme}://user:{SECRET}@{address}")).unwrap()
}

/// Returns the error of `connect` if the server gives this answer to the request and then ends the
/// stream.
#[track_caller]
fn answered(answer: &[u8]) -> (Error, SocketAddr) {
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || Connector::new().connect(&url(address)));
    let mut peer = Peer::accept(&listener, Role::Client);
    peer.read_head();
    peer.write(answer);
    peer.stream.shutdown(Shutdown::Write).unwrap();
    let error = connecting.join().unwrap().unwrap_err();
    (error, address)
}

// Shows 6455-4.1-7.
#[test]
fn a_port_at_which_nobody_listens_is_named() {
    let (address, refused) = nobody();
    let error = Connector::new().connect(&url(address)).unwrap_err();
    assert_eq!(text(&error, address), format!("connecting to 127.0.0.1:PORT: {refused}"));
    let Error::Connect(error) = &error else { panic!("{error:?}") };
    assert_eq!((error.step(), error.is_proxy()), (ConnectStep::Tcp, false));
    assert_eq!((error.host(), error.port()), ("127.0.0.1", address.port()));

    let error = Connector::new().proxies(proxy("http", address));
    let error = error.connect("ws://server.example/").unwrap_err();
    assert_eq!(text(&error, address), format!("connecting to the proxy 127.0.0.1:PORT: {refused}"));
    assert!(error.is_retryable());
    let Error::Connect(error) = &error else { panic!("{error:?}") };
    assert_eq!((error.step(), error.is_proxy()), (ConnectStep::Tcp, true));
}

#[test]
fn a_name_without_an_address_is_named() {
    // There may be no resolver, and it may take a while until that is an error.
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let server = Connector::new().connect(&format!("ws://nowhere.invalid/?{SECRET}"));
        let proxy = Proxy::parse("http://nowhere.invalid").unwrap();
        let proxy = Connector::new().proxies(proxy).connect("ws://server.example/");
        let _ = sender.send([server, proxy].map(Result::unwrap_err));
    });
    let Ok([server, proxy]) = receiver.recv_timeout(Duration::from_secs(20)) else {
        return;
    };
    for (error, start) in
        [(server, "looking up nowhere.invalid"), (proxy, "looking up the proxy nowhere.invalid")]
    {
        let text = text(&error, SocketAddr::from(([0; 4], 0)));
        assert!(text.starts_with(start), "{text}");
        assert!(error.is_retryable(), "{error:?}");
    }
}

#[test]
fn a_server_that_gives_no_response_is_named() {
    for (answer, expected, is_retryable) in [
        // A TLS alert: the server expected a TLS record.
        (&b"\x15\x03\x03\0\x02\x02\x46"[..], "the server speaks TLS; did you mean wss://?", false),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "the server does not speak HTTP", false),
        (b"", "the server closed the connection without an answer", true),
        (b"HTTP/1.1 101 Switch", "the stream ended inside the HTTP head", true),
    ] {
        let (error, address) = answered(answer);
        assert_eq!(
            text(&error, address),
            format!("WebSocket handshake with 127.0.0.1:PORT: {expected}")
        );
        assert_eq!(error.is_retryable(), is_retryable, "{error:?}");
        assert_eq!(error.is_closed(), answer.is_empty());
    }
}

#[test]
fn a_banner_of_another_protocol_fails_at_once() {
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || Connector::new().connect(&url(address)));
    let mut peer = Peer::accept(&listener, Role::Client);
    // Then it waits for the banner of the client.
    peer.write(b"SSH-2.0-OpenSSH_9.6\r\n");
    let error = connecting.join().unwrap().unwrap_err();
    let expected = "WebSocket handshake with 127.0.0.1:PORT: the server does not speak HTTP";
    assert_eq!(text(&error, address), expected);
    drop(peer);
}

// Shows own-client-2.
#[test]
fn a_refusal_says_why() {
    for (answer, expected, is_retryable) in [
        (
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 20\r\n\r\nToken expired\nfoo\nbar",
            "the server answered 401 Unauthorized: Token expired",
            false,
        ),
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>",
            "the server answered 404 Not Found",
            false,
        ),
        (
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n\r\n\x1B[2Jbusy",
            "the server answered 503 Service Unavailable: \\u{1b}[2Jbusy",
            true,
        ),
    ] {
        let (error, address) = answered(answer.as_bytes());
        assert_eq!(text(&error, address), expected);
        assert_eq!(error.is_retryable(), is_retryable);
        assert!(matches!(error, Error::Handshake(_)), "a verdict of the server");
        assert!(error.error_response().is_some());
    }
}

#[test]
fn a_proxy_that_refuses_is_named() {
    for (scheme, answer, expected) in [
        (
            "http",
            &b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 6\r\n\r\nLog in"[..],
            "the proxy answered 407 Proxy Authentication Required: Log in",
        ),
        ("http", b"\x15\x03\x03\0\x02\x02\x46", "the proxy speaks TLS, which is not supported"),
        ("http", b"SSH-2.0-OpenSSH_9.6\r\n", "the proxy does not speak HTTP"),
        ("http", b"", "the proxy closed the connection without an answer"),
        ("socks5h", b"\x05\0\x05\x05\0\x01", "the proxy did not connect: connection refused"),
        ("socks5h", b"", "the proxy closed the connection before its answer was complete"),
    ] {
        let (listener, address) = peer::listen();
        let connector = Connector::new().proxies(proxy(scheme, address));
        let connecting = thread::spawn(move || connector.connect("ws://server.example/"));
        let mut peer = Peer::accept(&listener, Role::Client);
        match scheme {
            "http" => drop(peer.read_head()),
            _ => drop(peer.read_exact(4)),
        }
        peer.write(answer);
        peer.stream.shutdown(Shutdown::Write).unwrap();
        let error = connecting.join().unwrap().unwrap_err();
        let expected = format!("tunnel through the proxy 127.0.0.1:PORT: {expected}");
        assert_eq!(text(&error, address), expected);
        assert_eq!(error.error_response().is_some(), expected.contains("407"));
    }
}

// Shows own-limits-6 (client).
#[test]
fn a_timeout_says_in_which_step() {
    let (_listener, address) = peer::listen();
    // The system accepts the connection, but nobody answers.
    let error = impatient().connect(&url(address)).unwrap_err();
    let expected = "no answer from 127.0.0.1:PORT to the upgrade request in time";
    assert_eq!(text(&error, address), expected);

    let stream = TcpStream::connect(address).unwrap();
    let error = connect_over(&impatient(), stream, "server.example", "/").unwrap_err();
    assert_eq!(text(&error, address), "the server sent no complete response in time");
    assert!(matches!(error, Error::Timeout(TimeoutKind::Response)), "{error:?}");
    assert!(error.is_retryable());

    let connector = impatient().proxies(proxy("http", address));
    let error = connector.connect("ws://server.example/").unwrap_err();
    let expected = "tunnel through the proxy 127.0.0.1:PORT took too long";
    assert_eq!(text(&error, address), expected);
    assert!(error.is_retryable());
}

#[test]
fn the_error_for_a_url_without_a_scheme_says_how_to_write_it() {
    let address = SocketAddr::from(([127, 0, 0, 1], 9001));
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("{host}:9001/?token={SECRET}");
        let error = Connector::new().connect(&url).unwrap_err();
        let expected = format!("the URL has no scheme; write ws://{host}:PORT");
        assert_eq!(text(&error, address), expected);
        assert!(!error.is_retryable());
    }
}

/// Returns the error of a server that gets this request, and the response to the client.
#[track_caller]
fn requested(request: &[u8]) -> (String, String) {
    let options = Options::default().handshake_timeout(Duration::from_millis(200));
    let (stream, mut peer) = peer::connect(Role::Server);
    let serving = thread::spawn(move || Acceptor::new().options(options).accept(stream));
    peer.write(request);
    let response = if request.is_empty() {
        peer.stream.shutdown(Shutdown::Write).unwrap();
        String::new()
    } else {
        String::from_utf8(peer.read_to_end()).unwrap()
    };
    drop(peer);
    let error = serving.join().unwrap().unwrap_err();
    assert_eq!(error.is_closed(), request.is_empty(), "{error:?}");
    (text(&error, SocketAddr::from(([0; 4], 0))), response)
}

#[test]
fn the_error_of_a_server_says_what_its_client_did() {
    let foreign = REQUEST.replace("\r\n\r\n", "\r\nOrigin: https://evil.example\r\n\r\n");
    for (request, expected, status) in [
        (&b""[..], "the client left before its request", None),
        (b"GET /", "the client sent no complete request in time", Some("408")),
        (
            b"\x16\x03\x01\x02\0\x01\0\x01\xFC\x03\x03",
            "the client speaks TLS, where HTTP is expected",
            Some("400"),
        ),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "the client does not speak HTTP", Some("400")),
        (
            foreign.as_bytes(),
            "origin \"https://evil.example\" may not connect to host \"localhost\"; \
            allow it with OriginPolicy",
            Some("403"),
        ),
    ] {
        let (text, response) = requested(request);
        assert_eq!(text, expected);
        assert_eq!(response.split(' ').nth(1), status, "{response}");
        // The client is told no more than it needs to know.
        assert!(!response.contains("evil") && !response.contains("OriginPolicy"), "{response}");
    }
}
