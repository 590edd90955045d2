//! An echo server: a thread per connection, every origin welcome.
//!
//!     cargo run --release --example echo_server -- --listen 127.0.0.1:9001 --verbose
//!
//! With `--features deflate` it also agrees on compression.

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
    let Arguments { listen, acceptor, verbose } = Arguments::parse("", |_, _| Ok(false));
    let listener = TcpListener::bind(listen)?;
    println!("listening on ws://{}", listener.local_addr()?);
    loop {
        let (stream, peer) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, most likely: connections that end will free some.
                eprintln!("cannot accept: {error}");
                thread::sleep(Duration::from_millis(100));
                continue;
            }
        };
        let acceptor = acceptor.clone();
        let serve = move || {
            if verbose {
                eprintln!("{peer}: connected");
            }
            let end = match echo(&acceptor, stream) {
                Ok(end) => end,
                Err(error) => format!("failed: {error}"),
            };
            if verbose {
                eprintln!("{peer}: {end}");
            }
        };
        if let Err(error) = thread::Builder::new().spawn(serve) {
            eprintln!("{peer}: cannot start a thread: {error}");
        }
    }
}

/// Sends every message back as it came, and returns how the connection ended.
fn echo(acceptor: &Acceptor, stream: TcpStream) -> Result<String, sansocket::Error> {
    let mut socket = acceptor.accept(stream)?;
    while let Some((message, mut writer)) = socket.read()? {
        writer.feed(message)?;
    }
    Ok(match socket.close_info() {
        Some(info) => format!("closed: {} {:?}", info.code(), info.reason()),
        None => String::from("closed"),
    })
}
