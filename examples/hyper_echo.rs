//! A page and an echo server on one port, with hyper. It allows every origin.
//!
//!     cargo run --release --features hyper --example hyper_echo -- --listen 127.0.0.1:9001
//!
//! Then open http://127.0.0.1:9001/, or connect with `client`. With `--features hyper,deflate` it
//! supports compression.

use std::{convert::Infallible, error::Error, time::Duration};

use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::UPGRADE,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
#[cfg(feature = "deflate")]
use sansocket::{Options, deflate};
use sansocket::{handshake::OriginPolicy, tokio::Acceptor, upgrade::Upgrading};
use tokio::{net::TcpListener, time::sleep};

const USAGE: &str = "\
usage: hyper_echo [--listen ADDRESS]

  --listen ADDRESS  where to listen (127.0.0.1:9001); port 0 picks one";

const PAGE: &str = "This is a page like any other. WebSocket clients are echoed to.\n";

fn parse_arguments() -> Result<Option<String>, lexopt::Error> {
    use lexopt::prelude::*;

    let mut listen = String::from("127.0.0.1:9001");
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = parser.value()?.string()?,
            Long("help") => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(listen))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Some(listen) = parse_arguments()? else {
        println!("{USAGE}");
        return Ok(());
    };
    let acceptor = Acceptor::new().origin_policy(OriginPolicy::Any);
    #[cfg(feature = "deflate")]
    let acceptor = acceptor.options(Options::default().deflate(Some(deflate::Config::default())));
    let listener = TcpListener::bind(listen).await?;
    println!("listening on ws://{}", listener.local_addr()?);
    loop {
        let (stream, _) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Probably out of descriptors: connections that end will free some.
                eprintln!("cannot accept: {error}");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Without this, a small message waits for the acknowledgement of the one before.
        if let Err(error) = stream.set_nodelay(true) {
            eprintln!("a connection has gone: {error}");
            continue;
        }
        let acceptor = acceptor.clone();
        let service = service_fn(move |request| {
            let response = respond(&acceptor, request);
            async { Ok::<_, Infallible>(response) }
        });
        // The timer is for hyper's timeout for heads.
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        tokio::spawn(async {
            if let Err(error) = connection.await {
                eprintln!("connection: {error}");
            }
        });
    }
}

fn respond(acceptor: &Acceptor, mut request: Request<Incoming>) -> Response<Full<Bytes>> {
    if !request.headers().contains_key(UPGRADE) {
        return Response::new(PAGE.into());
    }
    match acceptor.upgrade(&mut request) {
        Ok((response, upgrading)) => {
            tokio::spawn(async {
                if let Err(error) = echo(upgrading).await {
                    eprintln!("WebSocket: {error}");
                }
            });
            response
        }
        Err(error) => error.into(),
    }
}

/// Sends every message back, until the peer closes.
async fn echo(upgrading: Upgrading) -> Result<(), sansocket::Error> {
    let mut socket = upgrading.await?;
    while let Some((message, mut writer)) = socket.read().await? {
        writer.feed(message).await?;
    }
    Ok(())
}
