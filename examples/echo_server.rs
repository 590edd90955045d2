//! An echo server: a thread per connection, every origin welcome.
//!
//!     cargo run --release --example echo_server -- --listen 127.0.0.1:9001 --verbose
//!
//! With `--features deflate` it also agrees on compression.

use std::{
    error::Error,
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

#[cfg(feature = "deflate")]
use sansocket::deflate;
use sansocket::{Options, blocking::Acceptor, connection::Config, handshake::OriginPolicy};

const USAGE: &str = "\
usage: echo_server [--listen ADDRESS] [--max-message BYTES] [--handshake-timeout SECONDS]
                   [--server NAME] [--no-deflate] [--verbose]

  --listen ADDRESS             where to listen (127.0.0.1:9001); port 0 picks one
  --max-message BYTES          the longest message to accept (16777216)
  --handshake-timeout SECONDS  how long a handshake may take (10)
  --server NAME                what the Server header of the response says
  --deflate, --no-deflate      whether to agree on compression, with the feature (yes)
  --verbose                    log connections and how they end to stderr";

struct Arguments {
    listen: String,
    acceptor: Acceptor,
    verbose: bool,
}

fn parse_arguments() -> Result<Option<Arguments>, lexopt::Error> {
    use lexopt::prelude::*;

    let mut listen = String::from("127.0.0.1:9001");
    let mut config = Config::default();
    let mut options = Options::default();
    #[cfg(feature = "deflate")]
    {
        options = options.deflate(Some(deflate::Config::default()));
    }
    let mut acceptor = Acceptor::new().origin_policy(OriginPolicy::Any);
    let mut verbose = false;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = parser.value()?.string()?,
            Long("max-message") => {
                let len = parser.value()?.parse()?;
                config = config.max_message_len(len).max_frame_len(len);
            }
            Long("handshake-timeout") => {
                let seconds = Duration::from_secs(parser.value()?.parse()?);
                options = options.handshake_timeout(seconds);
            }
            Long("server") => acceptor = acceptor.header("Server", parser.value()?.string()?),
            #[cfg(feature = "deflate")]
            Long("deflate") => options = options.deflate(Some(deflate::Config::default())),
            #[cfg(feature = "deflate")]
            Long("no-deflate") => options = options.deflate(None),
            Long("verbose") => verbose = true,
            Long("help") => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    let acceptor = acceptor.options(options.config(config));
    Ok(Some(Arguments { listen, acceptor, verbose }))
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(Arguments { listen, acceptor, verbose }) = parse_arguments()? else {
        println!("{USAGE}");
        return Ok(());
    };
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
        writer.send(message)?;
    }
    Ok(match socket.close_info() {
        Some(info) => format!("closed: {} {:?}", info.code(), info.reason()),
        None => String::from("closed"),
    })
}
