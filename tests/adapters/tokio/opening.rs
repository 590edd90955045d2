//! The opening handshake over any async stream: timeouts, and futures that are dropped.

use std::io::ErrorKind;
use std::time::Duration;

use sansocket::tokio::{Acceptor, Connector, WebSocket};
use sansocket::{Error, Options, OwnedMessage, Role, TimeoutKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

use super::peer::Peer;
use crate::peer::{REQUEST, response_to};
use crate::wire::{FIN, TEXT};

// Shows own-server-12, own-server-24, own-limits-6 (server).
#[tokio::test(start_paused = true)]
async fn a_head_that_is_incomplete_after_10_s_is_refused_with_408() {
    let (stream, client) = duplex(64 << 10);
    let start = Instant::now();
    let accepting = tokio::spawn(Acceptor::new().accept_over(stream));
    let (mut reading, mut writing) = split(client);
    // Slowly, but surely.
    let writing = tokio::spawn(async move {
        writing.write_all(b"GET /").await.unwrap();
        while writing.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    });
    let mut response = String::new();
    reading.read_to_string(&mut response).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(10));
    assert!(response.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{response}");
    let error = accepting.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Timeout(TimeoutKind::Request)), "{error:?}");
    // Further input was read for as long as the close timeout.
    assert_eq!(start.elapsed(), Duration::from_secs(20));
    writing.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_the_response_gets_no_second_one() {
    let (stream, mut client) = duplex(64);
    let start = Instant::now();
    let accepting = tokio::spawn(Acceptor::new().accept_over(stream));
    client.write_all(REQUEST.as_bytes()).await.unwrap();
    let error = accepting.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Timeout(TimeoutKind::Handshake)), "{error:?}");
    assert_eq!(start.elapsed(), Duration::from_secs(10));
    let mut response = Vec::new();
    client.read_to_end(&mut response).await.unwrap();
    assert_eq!(response, response_to(REQUEST)[..64]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_its_refusal_is_dropped() {
    let (stream, mut client) = duplex(64);
    let start = Instant::now();
    let accepting = tokio::spawn(Acceptor::new().accept_over(stream));
    client.write_all(b"no HTTP\r\n\r\n").await.unwrap();
    let error = accepting.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Handshake(_)), "{error:?}");
    assert_eq!(start.elapsed(), Duration::from_secs(10));
}

// Shows own-limits-6 (client).
#[tokio::test(start_paused = true)]
async fn a_server_that_has_not_answered_after_10_s_is_dropped() {
    let (stream, mut server) = duplex(64 << 10);
    let start = Instant::now();
    let connecting = tokio::spawn(Connector::new().connect_over(stream, "localhost", "/"));
    server.write_all(b"HTTP/1.1 1").await.unwrap();
    let error = connecting.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Timeout(TimeoutKind::Response)), "{error:?}");
    assert_eq!(start.elapsed(), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_read_the_request_is_dropped() {
    let (stream, _server) = duplex(64);
    let options = Options::default().handshake_timeout(Duration::from_secs(3));
    let connector = Connector::new().options(options);
    let start = Instant::now();
    let error = connector.connect_over(stream, "localhost", "/").await.unwrap_err();
    assert!(matches!(error, Error::Timeout(TimeoutKind::Response)), "{error:?}");
    assert_eq!(start.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn timeouts_may_be_infinite() {
    let options = Options::default().handshake_timeout(Duration::MAX);
    let (stream, other) = duplex(64 << 10);
    let accepting = Acceptor::new().options(options.clone()).accept_over(stream);
    let connector = Connector::new().options(options);
    let connecting = async {
        sleep(Duration::from_secs(1 << 32)).await;
        connector.connect_over(other, "localhost", "/").await
    };
    let (server, client) = tokio::join!(accepting, connecting);
    server.unwrap();
    client.unwrap();
}

#[tokio::test]
async fn the_stream_is_lost_with_the_future() {
    let (stream, mut client) = duplex(64 << 10);
    let accepting = tokio::spawn(Acceptor::new().accept_over(stream));
    client.write_all(&REQUEST.as_bytes()[..50]).await.unwrap();
    tokio::task::yield_now().await;
    accepting.abort();
    assert_eq!(client.read(&mut [0]).await.unwrap(), 0);

    let (stream, other) = duplex(64 << 10);
    let connecting = tokio::spawn(Connector::new().connect_over(stream, "localhost", "/"));
    let mut server = Peer::new(other, Role::Client);
    server.read_head().await;
    connecting.abort();
    assert_eq!(server.read_to_end().await, b"");
}

// Shows own-adapters-1 (both).
#[tokio::test]
async fn small_writes_are_not_delayed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let accepting = async { WebSocket::accept(listener.accept().await.unwrap().0).await };
    let connecting = Connector::new().connect(&url);
    let (server, (client, _)) = tokio::try_join!(accepting, connecting).unwrap();
    assert!(server.get_ref().nodelay().unwrap());
    assert!(client.get_ref().tcp_stream().nodelay().unwrap());

    let receiving = async {
        let received = Acceptor::new().receive(listener.accept().await.unwrap().0).await?;
        received.accept().await
    };
    let (server, _) = tokio::try_join!(receiving, Connector::new().connect(&url)).unwrap();
    assert!(server.get_ref().nodelay().unwrap());
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_works_too() {
    let (stream, other) = tokio::net::UnixStream::pair().unwrap();
    let acceptor = Acceptor::new().subprotocol("chat");
    let accepting = async {
        let received = acceptor.receive_over(stream).await?;
        let request = received.request()?.upgrade()?;
        assert_eq!((request.host(), request.path()), ("localhost", "/chat"));
        received.header("X-Own", "value").accept().await
    };
    let connector = Connector::new().subprotocol("chat");
    let connecting = connector.connect_over(other, "localhost", "/chat");
    let (server, client) = tokio::join!(accepting, connecting);
    let (mut server, (mut client, accepted)) = (server.unwrap(), client.unwrap());
    assert_eq!(accepted.headers().get("x-own"), Some(&b"value"[..]));
    assert_eq!(client.subprotocol(), Some("chat"));
    client.send("Hello").await.unwrap();
    let message = server.recv().await.unwrap().unwrap();
    assert_eq!(message, OwnedMessage::Text("Hello".into()));
    server.send(message).await.unwrap();
    assert!(client.recv().await.unwrap().is_some());
    let (closed, ended) = tokio::join!(client.close(1000.into(), ""), server.recv());
    assert!(closed.unwrap().was_clean);
    assert!(ended.unwrap().is_none());
}

#[tokio::test]
async fn frames_that_come_with_the_response_are_read_first() {
    let (stream, other) = duplex(64 << 10);
    let mut server = Peer::new(other, Role::Client);
    let serving = async {
        let head = server.read_head().await;
        let frame = crate::wire::to(Role::Client, FIN | TEXT, b"early");
        server.write(&[response_to(&head), frame].concat()).await;
    };
    let (opened, ()) =
        tokio::join!(Connector::new().connect_over(stream, "localhost", "/"), serving);
    let message = opened.unwrap().0.recv().await.unwrap();
    assert_eq!(message, Some(OwnedMessage::Text("early".into())));
}

#[tokio::test]
async fn calls_that_are_interrupted_are_made_again() {
    let interrupted = || ErrorKind::Interrupted.into();
    let (start, rest) = REQUEST.split_at(20);
    let response = response_to(REQUEST);
    let stream = tokio_test::io::Builder::new()
        .read(start.as_bytes())
        .read_error(interrupted())
        .read(rest.as_bytes())
        .write(&response[..20])
        .write_error(interrupted())
        .write(&response[20..])
        .build();
    Acceptor::new().accept_over(stream).await.unwrap();
}

/// Compiles where the future can be spawned on any runtime.
fn assert_send(_: &impl Send) {}

#[tokio::test]
async fn futures_can_move_between_threads() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (acceptor, connector) = (Acceptor::new(), Connector::new());
    assert_send(&connector.connect("ws://localhost/"));
    assert_send(&connector.connect_over(duplex(1).0, "localhost", "/"));
    assert_send(&acceptor.accept(stream));
}
