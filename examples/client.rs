//! A client for the terminal: it sends lines as text messages, and prints what it receives.
//!
//!     cargo run --release --features url --example client -- ws://127.0.0.1:9001/
//!
//! With `--features url,rustls` also `wss://`.
//!
//! Exits with 0 after a clean close, 1 after a failed handshake, 2 after an abnormal end.

#[path = "arguments/client.rs"]
mod arguments;
#[cfg(feature = "rustls")]
#[path = "arguments/trust.rs"]
mod trust;

use std::{
    error::Error as StdError,
    io::{self, BufRead as _, Write as _},
    process::ExitCode,
    thread,
};

use sansocket::{
    CloseCode, CloseFrame, CloseInfo, Error, Message,
    blocking::{ClientStream, Connector, ReadHalf, WebSocket, WriteHalf},
};

use arguments::Arguments;

const USAGE: &str = "
  --ca FILE                    trust these authorities alone, with the feature rustls: PEM";

fn main() -> ExitCode {
    let Arguments { url, connector, echo } =
        Arguments::parse(USAGE, |name, _parser, _connector| match name {
            #[cfg(feature = "rustls")]
            "ca" => {
                let config = trust::only(&_parser.value()?).map_err(lexopt::Error::Custom)?;
                *_connector = _connector.clone().tls(config);
                Ok(true)
            }
            _ => Ok(false),
        });
    let socket = match connector.connect(&url) {
        Ok((socket, _)) => socket,
        Err(error) => {
            eprintln!("cannot connect: {error}");
            return ExitCode::from(1);
        }
    };
    let end = if echo { send_back(socket) } else { talk(socket) };
    match end {
        Ok(Some(info)) => {
            // With quotes and escapes, since the text comes from the peer; it is for debugging (RFC
            // 6455 5.5.1).
            eprintln!("closed: {} {:?}", info.code(), info.reason());
            ExitCode::SUCCESS
        }
        Ok(None) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ended: {error}");
            ExitCode::from(2)
        }
    }
}

/// Sends every message back, until the peer closes.
fn send_back(mut socket: WebSocket<ClientStream>) -> Result<Option<CloseInfo>, Error> {
    while let Some((message, mut writer)) = socket.read()? {
        writer.feed(message)?;
    }
    Ok(socket.close_info())
}

/// Prints received messages, while another thread sends what is typed.
fn talk(socket: WebSocket<ClientStream>) -> Result<Option<CloseInfo>, Error> {
    let subprotocol = socket.subprotocol().map_or(String::new(), |name| format!(" ({name})"));
    eprintln!("connected{subprotocol}; the end of the input closes");
    let (writer, mut reader) = socket.split();
    // The thread may wait for the terminal for ever. It ends with the process.
    thread::spawn(move || {
        if let Err(error) = send_lines(&writer) {
            eprintln!("no more is sent: {error}");
            // If this cannot be sent, the read half knows why.
            let _ = writer.send(CloseFrame { code: CloseCode::NORMAL, reason: "" });
        }
    });
    print_messages(&mut reader)?;
    Ok(reader.close_info())
}

fn send_lines(writer: &WriteHalf<ClientStream>) -> Result<(), Box<dyn StdError>> {
    for line in io::stdin().lock().lines() {
        writer.send(line?)?;
    }
    writer.send(CloseFrame { code: CloseCode::NORMAL, reason: "" })?;
    Ok(())
}

fn print_messages(reader: &mut ReadHalf<ClientStream>) -> Result<(), Error> {
    while let Some(message) = reader.read()? {
        let mut out = io::stdout().lock();
        match message {
            Message::Text(text) => writeln!(out, "text {} bytes: {text}", text.len())?,
            Message::Binary(data) => writeln!(out, "binary {} bytes", data.len())?,
        }
    }
    Ok(())
}
