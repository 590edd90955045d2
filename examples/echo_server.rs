//! An echo server with a thread per connection that allows every origin.
//!
//!     cargo run --release --example echo_server -- --listen 127.0.0.1:9001
//!
//! With `--features deflate` it supports compression, with `--features tracing` it logs how each
//! connection ended.

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
                // Probably out of descriptors: connections that end will free some.
                tracing::warn!(%error, "cannot accept");
                thread::sleep(Duration::from_millis(100));
                continue;
            }
        };
        let acceptor = acceptor.clone();
        // Logs how each connection ended.
        let serve = move || drop(echo(&acceptor, stream));
        if let Err(error) = thread::Builder::new().spawn(serve) {
            tracing::warn!(%peer, %error, "cannot start a thread");
        }
    }
}

/// Sends every message back.
fn echo(acceptor: &Acceptor, stream: TcpStream) -> Result<(), sansocket::Error> {
    let mut socket = acceptor.accept(stream)?;
    while let Some((message, mut writer)) = socket.read()? {
        writer.feed(message)?;
    }
    Ok(())
}
