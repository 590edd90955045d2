//! A chat in the browser, on plain WebSocket. What other libraries add to the protocol takes a few
//! lines here, which you can change:
//!
//! | | here |
//! | --- | --- |
//! | events | messages in JSON that say which they are: `Request` and `Event` in `chat.rs` |
//! | acknowledgements | an `id` in each request, and an `Event::Ack` that repeats it |
//! | rooms, broadcast | a bounded queue for each room, in `rooms.rs` |
//! | slow readers | are told how many messages they missed: `Event::Missed` |
//! | authentication | a token in the query, checked before the upgrade: `connect` |
//! | names that people choose | short, and on one line, in `name.rs` |
//! | reconnection | in the page, `connection.js`, with backoff (RFC 6455 7.2.3) |
//! | heads that never end | time out after [`HEAD_TIMEOUT`]: [`serve_connection`] |
//! | logging | a line for each connection, with `--features axum,tracing` |
//! | shutdown | every page gets the close code 1001, and reconnects automatically |
//!
//!     cargo run --release --features axum --example axum_chat
//!
//! Then open http://127.0.0.1:3000/ in two windows, and press Ctrl-C and start it again.

mod chat;
mod name;
mod rooms;
mod secret;
#[cfg(test)]
mod tests;

use std::{error::Error as StdError, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::watch,
    time::{sleep, timeout},
};

use chat::{Chat, stopped};

const USAGE: &str = "\
usage: axum_chat [--listen ADDRESS] [--token TOKEN]

  --listen ADDRESS  where to listen (127.0.0.1:3000); port 0 picks one
  --token TOKEN     what whoever connects must know (sesame)";

/// The timeout for the head of a request, and for the silence between two requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the server waits for its connections when it stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

fn parse_arguments() -> Result<Option<(String, String)>, lexopt::Error> {
    use lexopt::prelude::*;

    let mut listen = String::from("127.0.0.1:3000");
    let mut token = String::from("sesame");
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = parser.value()?.string()?,
            Long("token") => token = parser.value()?.string()?,
            Long("help") => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some((listen, token)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let Some((listen, token)) = parse_arguments()? else {
        println!("{USAGE}");
        return Ok(());
    };
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let chat = Arc::new(Chat::new(&token));
    let listener = TcpListener::bind(listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    tokio::select! {
        () = accept(&listener, &chat) => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    drop(listener);
    println!("{}", if stop(&chat).await { "stopped" } else { "stopped; some did not let go" });
    Ok(())
}

/// Accepts connections for ever.
async fn accept(listener: &TcpListener, chat: &Arc<Chat>) {
    let routes = chat.routes();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Probably out of descriptors: connections that end will free some.
                tracing::warn!(%error, "cannot accept");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Without this, a small message waits for the acknowledgement of the one before.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::warn!(%error, "cannot send without delay");
        }
        tokio::spawn(serve_connection(stream, routes.clone(), chat.stop.subscribe()));
    }
}

/// Serves the requests on a stream. After an upgrade, another task owns the stream.
///
/// This is `axum::serve` with a timer. Without one, half a head would be held for ever, and keep
/// the server from stopping.
async fn serve_connection<S>(stream: S, routes: Router, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes))
        .with_upgrades();
    let mut connection = pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stopped(&mut stop) => {
            // A request that has arrived is still answered.
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    match served {
        // Browsers keep silent connections open for later.
        Err(error) if !error.is_timeout() => tracing::info!(%error, "HTTP connection failed"),
        _ => {}
    }
}

/// Closes all connections, and waits until they are gone, including upgraded ones: each connection
/// has a receiver. Returns whether all of them ended in time.
async fn stop(chat: &Chat) -> bool {
    chat.stop.send_replace(true);
    timeout(STOP_TIMEOUT, chat.stop.closed()).await.is_ok()
}
