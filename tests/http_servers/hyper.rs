//! What is specific to hyper.

use std::io::ErrorKind;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sansocket::handshake::HandshakeError;
use sansocket::handshake::server::Rejection;
use sansocket::tokio::{Acceptor, WebSocket};
use sansocket::upgrade::Upgrading;
use sansocket::{Error, Options, TimeoutKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::http::{UPGRADE, upgrade, upgrade_and};

type Response = http::Response<Full<Bytes>>;

#[test]
fn a_request_that_came_over_something_else_is_answered_with_501() {
    let mut request = upgrade().body(()).unwrap();
    let error = WebSocket::upgrade::<_, ()>(&mut request).unwrap_err();
    assert_eq!(error.rejection_status(), Some(501));
    let response = http::Response::<Vec<u8>>::from(error);
    assert_eq!(response.body(), b"this server cannot upgrade the connection\n");
}

/// Returns the response of a server whose application wants to know who connects.
async fn challenged(request: &str) -> String {
    let (mut client, stream) = duplex(1 << 16);
    let service = service_fn(async |mut request: http::Request<Incoming>| {
        assert_eq!(request.uri().path(), "/chat");
        assert_eq!(request.headers()["host"], "localhost");
        if request.headers().get("authorization").is_none() {
            let rejection = Rejection::new(401).header("WWW-Authenticate", "Bearer");
            return Ok(HandshakeError::Rejected(rejection).into());
        }
        let acceptor = Acceptor::new().header("X-Served-By", "test");
        Ok::<Response, HandshakeError>(match acceptor.upgrade(&mut request) {
            Ok((response, _)) => response,
            Err(error) => error.into(),
        })
    });
    tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    client.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test]
async fn the_application_reads_the_request_and_decides() {
    let response = challenged(UPGRADE).await;
    assert!(response.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{response}");
    assert!(response.contains("\r\nwww-authenticate: Bearer\r\n"), "{response}");
    let response = challenged(&upgrade_and("Authorization: Bearer x")).await;
    assert!(response.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{response}");
    assert!(response.contains("\r\nx-served-by: test\r\n"), "{response}");
}

/// Serves one connection with a service that passes on the upgrade and does not respond.
async fn serve_silently(
    stream: DuplexStream,
    acceptor: Acceptor,
    upgrades: UnboundedSender<Upgrading>,
) {
    let service = service_fn(async |mut request: http::Request<Incoming>| {
        let (_, upgrading) = acceptor.upgrade::<_, Full<Bytes>>(&mut request).unwrap();
        upgrades.send(upgrading).unwrap();
        std::future::pending::<Result<Response, HandshakeError>>().await
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    connection.with_upgrades().await.unwrap();
}

#[tokio::test]
async fn a_connection_that_ends_before_the_response_is_not_handed_over() {
    let (mut client, stream) = duplex(1 << 16);
    let (sender, mut upgrades) = unbounded_channel();
    let serving = tokio::spawn(serve_silently(stream, Acceptor::new(), sender));
    client.write_all(UPGRADE.as_bytes()).await.unwrap();
    let upgrading = upgrades.recv().await.unwrap();
    serving.abort();
    let error = upgrading.await.unwrap_err();
    assert!(matches!(&error, Error::Io(error) if error.kind() == ErrorKind::Other), "{error:?}");
}

#[tokio::test]
async fn a_response_that_is_not_written_in_time_opens_no_connection() {
    let (mut client, stream) = duplex(1 << 16);
    let (sender, mut upgrades) = unbounded_channel();
    let options = Options::default().handshake_timeout(Duration::from_millis(10));
    let acceptor = Acceptor::new().options(options);
    tokio::spawn(serve_silently(stream, acceptor, sender));
    client.write_all(UPGRADE.as_bytes()).await.unwrap();
    let error = upgrades.recv().await.unwrap().await.unwrap_err();
    assert!(matches!(error, Error::Timeout(TimeoutKind::Handshake)), "{error:?}");
}
