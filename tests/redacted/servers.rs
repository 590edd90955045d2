//! What an application with hyper or axum gets before the connection is open.

use axum::extract::FromRequestParts as _;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sansocket::handshake::HandshakeError;
use sansocket::tokio::Acceptor;
use sansocket::upgrade::WebSocketUpgrade;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio::runtime::Builder;

use crate::handshake::sent;
use crate::log::{COOKIE, Log, SUBPROTOCOL};

type Response = http::Response<Full<Bytes>>;

pub(crate) fn check(log: &mut Log) {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let log = core::cell::RefCell::new(log);
    runtime.block_on(async {
        let (mut client, stream) = duplex(1 << 16);
        let service = service_fn(async |request: http::Request<Incoming>| {
            let (mut parts, _) = request.into_parts();
            let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await?;
            let upgrade = upgrade.subprotocol(SUBPROTOCOL).header("Set-Cookie", COOKIE);
            log.borrow_mut().check(&upgrade);
            Ok::<Response, HandshakeError>(Response::default())
        });
        let serve = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        client.write_all(&sent().0).await.unwrap();
        let mut answer = [0; 12];
        tokio::select! {
            _ = serve => unreachable!(),
            read = client.read_exact(&mut answer) => assert_eq!(read.unwrap(), 12),
        }
        assert_eq!(&answer, b"HTTP/1.1 200");

        let (mut client, stream) = duplex(1 << 16);
        let acceptor = Acceptor::new().subprotocol(SUBPROTOCOL);
        let service = service_fn(async |mut request: http::Request<Incoming>| {
            let (response, upgrading) = acceptor.upgrade(&mut request)?;
            log.borrow_mut().check(&upgrading);
            Ok::<Response, HandshakeError>(response)
        });
        let serve =
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
        client.write_all(&sent().0).await.unwrap();
        tokio::select! {
            _ = serve => {}
            read = client.read_exact(&mut answer) => assert_eq!(read.unwrap(), 12),
        }
    });
}
