//! The log of connections in an HTTP server.

use std::convert::Infallible;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sansocket::tokio::Acceptor;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tracing::Level;

use crate::recorder::Recorder;
use crate::wire::{self, CLOSE, FIN, TEXT};

/// Returns the log of an echo server with hyper to which a client sends these bytes.
fn logged(bytes: &[u8]) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let serve = async {
        let (mut client, server) = tokio::io::duplex(1 << 10);
        client.write_all(bytes).await.unwrap();
        let echo = service_fn(async |mut request: hyper::Request<Incoming>| {
            let (response, upgrading) = match Acceptor::new().upgrade(&mut request) {
                Ok(answer) => answer,
                Err(error) => return Ok(error.into()),
            };
            tokio::spawn(async move {
                let mut socket = upgrading.await?;
                while let Some(message) = socket.recv().await? {
                    socket.feed(message).await?;
                }
                Ok::<_, sansocket::Error>(())
            });
            Ok::<hyper::Response<Full<Bytes>>, Infallible>(response)
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .half_close(true)
            .serve_connection(TokioIo::new(server), echo)
            .with_upgrades();
        let served = tokio::spawn(connection);
        client.shutdown().await.unwrap();
        client.read_to_end(&mut Vec::new()).await.unwrap();
        let _ = served.await;
        // The task that owns the connection ends it.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    };
    Recorder::record(Level::TRACE, || runtime.block_on(serve)).1
}

fn request(line: &str) -> Vec<u8> {
    format!(
        "GET /chat?token=secret HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Version: 13\r\n{line}\r\n"
    )
    .into_bytes()
}

#[test]
fn a_message_and_a_close() {
    let to = |first, payload: &[u8]| wire::to(sansocket::Role::Server, first, payload);
    let text = logged(&[request(""), to(FIN | TEXT, b"Hello"), to(FIN | CLOSE, b"")].concat());
    let span = "host=\"example.com\" path=\"/chat\" role=\"server\"";
    let open = format!("compression=false {span} subprotocol=false");
    assert_eq!(
        text,
        format!(
            "DEBUG {span}: request received\n\
             DEBUG {open}: connection opened subprotocol=false compression=false\n\
             TRACE {open}: Close sent code=1005\n\
             TRACE {open}: Close received code=1005\n\
             INFO  {open}: connection closed began=\"peer\" code=1005 sent_code=1005 clean=true \
             duration_ms=_ messages_received=1 bytes_received=17 messages_sent=1 bytes_sent=9\n"
        )
    );
}

#[test]
fn a_rejection() {
    let text = logged(&request("Origin: https://elsewhere.example\r\n"));
    let span = "host=\"example.com\" path=\"/chat\" role=\"server\"";
    assert_eq!(
        text,
        format!(
            "DEBUG {span}: request received\n\
             INFO  {span}: request rejected status=403 origin=\"https://elsewhere.example\" \
             reason=\"pages of this origin may not connect\"\n"
        )
    );
}
