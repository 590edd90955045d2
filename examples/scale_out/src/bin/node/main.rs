//! A server of `scale_out`: readers and publishers on WebSocket, rooms in Redis.
//!
//! | path | |
//! | --- | --- |
//! | `/socket?client=ID&user=NAME` | the WebSocket; `client` is random, and new for each page |
//! | `/health` | 200 while this node should get connections, or 503 |
//!
//! With `SIGTERM` it stops: its health is bad at once, and its clients are sent away in waves.

mod arguments;
mod connection;
mod draining;
mod http;
mod hub;
mod presence;
mod subscription;

use std::{error::Error, sync::Arc};

use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::{SignalKind, signal},
};

use arguments::{Arguments, USAGE};
use hub::Hub;
use scale_out::log::RedisLog;

/// What the kernel buffers for a connection. It is small, so that a slow reader falls behind in the log,
/// and not in the memory of this machine.
const SEND_BUFFER: u32 = 64 << 10;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Some(arguments) = Arguments::parse()? else {
        println!("{USAGE}");
        return Ok(());
    };
    let log = RedisLog::open(&arguments.redis, arguments.options)?;
    let hub = Arc::new(Hub::new(arguments.name, log, arguments.settings));
    let listener = listen(&arguments.listen)?;
    println!("listening on {}", listener.local_addr()?);
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        () = subscription::follow(&hub) => {}
        () = presence::renew(&hub) => {}
        () = http::accept(&listener, &hub, &arguments.origins) => {}
        () = async {
            terminated.recv().await;
            draining::drain(&hub).await;
        } => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

fn listen(address: &str) -> Result<TcpListener, Box<dyn Error>> {
    let address = address.parse()?;
    let socket = TcpSocket::new_v4()?;
    // The same port again, although connections of a killed process are still closing.
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    Ok(socket.listen(1024)?)
}
