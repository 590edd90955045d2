//! An echo server: a thread per connection, every origin welcome.
//!
//!     cargo run --release --example echo_server -- --listen 127.0.0.1:9001
//!
//! With `--features deflate` it also agrees on compression, with `--features tracing` it logs how each
//! connection has ended.

#[path = "arguments/server.rs"]
mod arguments;

use std::{
    io,
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

use sansocket::blocking::Acceptor;

use arguments::Arguments;

fn main() -> io::Result<()> {
    let Arguments { listen, acceptor } = Arguments::parse("", |_, _| Ok(false));
    let listener = TcpListener::bind(listen)?;
    println!("listening on ws://{}", listener.local_addr()?);
    loop {
        let (stream, peer) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, most likely: connections that end will free some.
                tracing::warn!(%error, "cannot accept");
                thread::sleep(Duration::from_millis(100));
                continue;
            }
        };
        let acceptor = acceptor.clone();
        // How a connection has ended is logged.
        let serve = move || drop(echo(&acceptor, stream));
        if let Err(error) = thread::Builder::new().spawn(serve) {
            tracing::warn!(%peer, %error, "cannot start a thread");
        }
    }
}

/// Sends every message back as it came.
fn echo(acceptor: &Acceptor, stream: TcpStream) -> Result<(), sansocket::Error> {
    let mut socket = acceptor.accept(stream)?;
    while let Some((message, mut writer)) = socket.read()? {
        writer.feed(message)?;
    }
    Ok(())
}
