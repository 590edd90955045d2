use sansocket::{
    Options, Timeouts,
    deflate::Compression,
    tokio::{Acceptor, WebSocket},
};
use tokio::io::{DuplexStream, duplex};

use super::deflate_wish::DeflateWish;

/// How much may be on the way, as in the buffers of a socket.
const IN_FLIGHT: usize = 64 << 10;

/// Starts an endpoint of the engine that returns every message, and returns the other end of its stream.
pub(super) fn start(deflate: Option<DeflateWish>) -> DuplexStream {
    let (ours, theirs) = duplex(IN_FLIGHT);
    tokio::spawn(async move {
        // No Ping but the user's own appears in the list.
        let timeouts = Timeouts::default().ping_interval(None);
        let deflate = deflate.map(DeflateWish::config);
        let options = Options::default().timeouts(timeouts).deflate(deflate);
        let accepting = Acceptor::new().options(options).accept_over(theirs);
        // An error is on the wire: the engine has sent the Close frame or the rejection.
        if let Ok(socket) = accepting.await {
            let _ = echo(socket).await;
        }
    });
    ours
}

async fn echo(mut socket: WebSocket<DuplexStream>) -> Result<(), sansocket::Error> {
    socket.set_compression(Compression::Always);
    while let Some(message) = socket.recv().await? {
        socket.send(message).await?;
    }
    Ok(())
}
