//! A client for the terminal: lines go out as text, what comes in is printed.
//!
//!     cargo run --release --example client -- ws://127.0.0.1:9001/
//!
//! Exits with 0 after a clean close, 1 after a failed handshake, 2 after an abnormal end.

use std::{
    error::Error as StdError,
    io::{self, BufRead as _, Write as _},
    net::TcpStream,
    process::ExitCode,
    thread,
};

#[cfg(feature = "deflate")]
use sansocket::deflate;
use sansocket::{
    CloseCode, CloseFrame, CloseInfo, Error, Options,
    blocking::{Connector, ReadHalf, WebSocket, WriteHalf},
    buffered::Message,
    connection::Config,
};

const USAGE: &str = "\
usage: client [OPTIONS] URL

  --header 'NAME: VALUE'  a further header of the request (repeatable)
  --subprotocol NAME      a subprotocol to offer (repeatable)
  --origin ORIGIN         the Origin to send
  --max-message BYTES     the longest message to accept (16777216)
  --deflate, --no-deflate whether to offer compression, with the feature (yes)
  --echo                  no terminal: every message goes back as it came

Exit status: 0 closed cleanly, 1 the handshake failed, 2 ended otherwise, 3 wrong usage";

struct Arguments {
    url: String,
    connector: Connector,
    echo: bool,
}

fn parse_arguments() -> Result<Option<Arguments>, lexopt::Error> {
    use lexopt::prelude::*;

    let mut url = None;
    let mut connector = Connector::new();
    let mut options = Options::default();
    #[cfg(feature = "deflate")]
    {
        options = options.deflate(Some(deflate::Config::default()));
    }
    let mut echo = false;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("header") => {
                let header = parser.value()?.string()?;
                let (name, value) = header.split_once(':').ok_or("a header is 'NAME: VALUE'")?;
                connector = connector.header(name, value.trim());
            }
            Long("subprotocol") => connector = connector.subprotocol(parser.value()?.string()?),
            Long("origin") => connector = connector.origin(parser.value()?.string()?),
            Long("max-message") => {
                let len = parser.value()?.parse()?;
                options = options.config(Config::default().max_message_len(len).max_frame_len(len));
            }
            #[cfg(feature = "deflate")]
            Long("deflate") => options = options.deflate(Some(deflate::Config::default())),
            #[cfg(feature = "deflate")]
            Long("no-deflate") => options = options.deflate(None),
            Long("echo") => echo = true,
            Long("help") => return Ok(None),
            Value(value) if url.is_none() => url = Some(value.string()?),
            _ => return Err(argument.unexpected()),
        }
    }
    let url = url.ok_or("which URL?")?;
    Ok(Some(Arguments { url, connector: connector.options(options), echo }))
}

fn main() -> ExitCode {
    let Arguments { url, connector, echo } = match parse_arguments() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(3);
        }
    };
    let socket = match connector.connect(&url) {
        Ok(socket) => socket,
        Err(error) => {
            eprintln!("cannot connect: {error}");
            return ExitCode::from(1);
        }
    };
    let end = if echo { send_back(socket) } else { talk(socket) };
    match end {
        Ok(Some(info)) => {
            println!("closed: {} {}", info.code(), info.reason());
            ExitCode::SUCCESS
        }
        Ok(None) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ended: {error}");
            ExitCode::from(2)
        }
    }
}

/// Sends every message back as it came, until the peer closes.
fn send_back(mut socket: WebSocket<TcpStream>) -> Result<Option<CloseInfo>, Error> {
    while let Some((message, mut writer)) = socket.read()? {
        writer.send(message)?;
    }
    Ok(socket.close_info())
}

/// Prints what comes in, while another thread sends what is typed.
fn talk(socket: WebSocket<TcpStream>) -> Result<Option<CloseInfo>, Error> {
    let subprotocol = socket.subprotocol().map_or(String::new(), |name| format!(" ({name})"));
    eprintln!("connected{subprotocol}; the end of the input closes");
    let (mut reader, writer) = socket.split()?;
    // The thread may wait for the terminal for ever: it ends with the process.
    thread::spawn(move || {
        if let Err(error) = send_lines(&writer) {
            eprintln!("no more is sent: {error}");
            // If not even this can be sent, the half that reads knows why.
            let _ = writer.send_close(Some(CloseFrame { code: CloseCode::NORMAL, reason: "" }));
        }
    });
    print_messages(&mut reader)?;
    Ok(reader.close_info())
}

fn send_lines(writer: &WriteHalf<TcpStream>) -> Result<(), Box<dyn StdError>> {
    for line in io::stdin().lock().lines() {
        writer.send(line?)?;
    }
    writer.send_close(Some(CloseFrame { code: CloseCode::NORMAL, reason: "" }))?;
    Ok(())
}

fn print_messages(reader: &mut ReadHalf<TcpStream>) -> Result<(), Error> {
    while let Some(message) = reader.read()? {
        let mut out = io::stdout().lock();
        match message {
            Message::Text(text) => writeln!(out, "text {} bytes: {text}", text.len())?,
            Message::Binary(data) => writeln!(out, "binary {} bytes", data.len())?,
        }
    }
    Ok(())
}
