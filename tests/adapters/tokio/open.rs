//! Streams for HTTP requests besides the upgrade.

use std::thread;

use sansocket::tokio::{ClientStream, Connector, RequestHead};
use sansocket::{ConnectStep, Error, Options, Proxy, Role, TimeoutKind, UrlError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::sockets::runtime;
use crate::peer::{self, Peer, handshake_error, innermost};

type Opened = Result<(ClientStream, RequestHead), Error>;

fn open(connector: &Connector, url: &str) -> Opened {
    runtime().block_on(connector.open(url))
}

#[test]
fn a_stream_is_open_before_anything_is_sent_and_has_the_headers_of_the_connector() {
    let (listener, address) = peer::listen();
    let connector = Connector::new()
        .origin("https://example.com")
        .subprotocol("chat")
        .header("Cookie", "a=b")
        .header("X-Own", "value");
    let url = format!("http://Aladdin:open%20sesame@{address}/a%20b?c=d");
    runtime().block_on(async {
        let (mut stream, head) = connector.open(&url).await.unwrap();
        let mut peer = Peer::accept(&listener, Role::Client);
        assert_eq!(head.target(), "/a%20b?c=d");
        let address = address.to_string();
        let expected = [
            ("Host", address.as_str()),
            ("Origin", "https://example.com"),
            ("Cookie", "a=b"),
            ("X-Own", "value"),
            ("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ];
        assert_eq!(head.headers().collect::<Vec<_>>(), expected);
        // Nothing came before.
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        assert_eq!(peer.read_head(), "GET / HTTP/1.1\r\n\r\n");
        peer.write(b"HTTP");
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP");
    });
}

#[test]
fn the_application_has_the_last_word_on_its_credentials() {
    let (_listener, address) = peer::listen();
    let connector = Connector::new().header("authorization", "Bearer 0123");
    let (_, head) = open(&connector, &format!("ws://user:secret@{address}/")).unwrap();
    let credentials: Vec<_> = head.headers().filter(|(name, _)| *name != "Host").collect();
    assert_eq!(credentials, [("authorization", "Bearer 0123")]);
}

/// Opens a stream through a proxy, which answers with `answer`.
fn open_through_proxy(answer: &[u8]) -> (Opened, Peer) {
    let (listener, address) = peer::listen();
    let proxy = Proxy::parse(&format!("http://{address}")).unwrap();
    let connector = Connector::new().proxies(proxy);
    let opening = thread::spawn(move || open(&connector, "http://server.example/polling"));
    let mut peer = Peer::accept(&listener, Role::Client);
    assert!(peer.read_head().starts_with("CONNECT server.example:80 HTTP/1.1\r\n"));
    peer.write(answer);
    (opening.join().unwrap(), peer)
}

#[test]
fn a_stream_leads_through_the_proxy() {
    let (opened, _peer) = open_through_proxy(b"HTTP/1.1 200 OK\r\n\r\n");
    let (_, head) = opened.unwrap();
    assert_eq!(head.target(), "/polling");
    assert_eq!(head.headers().next(), Some(("Host", "server.example")));
}

#[test]
fn what_a_proxy_sends_after_its_answer_is_an_error_since_the_client_begins() {
    let (opened, _peer) = open_through_proxy(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 early");
    let Error::Connect(error) = opened.unwrap_err() else { panic!() };
    assert_eq!((error.step(), error.is_proxy()), (ConnectStep::Tunnel, true));
}

#[test]
fn a_stream_that_cannot_be_opened_is_an_error_of_its_step() {
    let (listener, address) = peer::listen();
    let refused = open(&Connector::new().header("X", "a\r\nb"), "ws://server.example/");
    handshake_error(&refused.unwrap_err());
    assert!(matches!(open(&Connector::new(), "ftp://h/"), Err(Error::Url(error))
        if matches!(*error, UrlError::UnsupportedScheme(_))));
    drop(listener);
    let Err(Error::Connect(error)) = open(&Connector::new(), &format!("http://{address}/")) else {
        panic!()
    };
    assert_eq!(error.step(), ConnectStep::Tcp);

    let (listener, address) = peer::listen();
    let connector = Connector::new()
        .options(Options::default().handshake_timeout(std::time::Duration::from_millis(50)))
        .proxies(Proxy::parse(&format!("http://{address}")).unwrap());
    let error = open(&connector, "http://server.example/").unwrap_err();
    assert!(matches!(innermost(&error), Error::Timeout(TimeoutKind::Handshake)), "{error:?}");
    drop(peer::accept(&listener));
}
