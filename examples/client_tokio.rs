//! A client for the terminal on Tokio: it sends lines as text messages, and prints what it
//! receives.
//!
//!     cargo run --release --features net,url --example client_tokio -- ws://127.0.0.1:9001/
//!
//! With `--features tokio-rustls` also `wss://`.
//!
//! Exits with 0 after a clean close, 1 after a failed handshake, 2 after an abnormal end.

#[path = "arguments/client.rs"]
mod arguments;
#[cfg(feature = "tokio-rustls")]
#[path = "arguments/trust.rs"]
mod trust;

use std::{
    io::{self, BufRead as _, Write as _},
    process::ExitCode,
    thread,
};

use lexopt::ValueExt as _;
use sansocket::{
    CloseCode, CloseFrame, CloseInfo, Error, Message, Proxy,
    tokio::{ClientStream, Connector, ReadHalf, WebSocket, WriteHalf},
};
use tokio::sync::mpsc;

use arguments::Arguments;

const USAGE: &str = "
  --proxy URL                  go through a proxy: http://, socks5://, socks5h:// or socks://
  --ca FILE                    trust these authorities alone, with the feature tokio-rustls: PEM";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Arguments { url, connector, echo } = Arguments::parse(USAGE, |name, parser, connector| {
        *connector = match name {
            "proxy" => connector.clone().proxies(parser.value()?.parse_with(Proxy::parse)?),
            #[cfg(feature = "tokio-rustls")]
            "ca" => {
                let config = trust::only(&parser.value()?).map_err(lexopt::Error::Custom)?;
                connector.clone().tls(config)
            }
            _ => return Ok(false),
        };
        Ok(true)
    });
    let socket = match connector.connect(&url).await {
        Ok((socket, _)) => socket,
        Err(error) => {
            eprintln!("cannot connect: {error}");
            return ExitCode::from(1);
        }
    };
    let end = if echo { send_back(socket).await } else { talk(socket).await };
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
async fn send_back(mut socket: WebSocket<ClientStream>) -> Result<Option<CloseInfo>, Error> {
    while let Some((message, mut writer)) = socket.read().await? {
        writer.feed(message).await?;
    }
    Ok(socket.close_info())
}

/// Prints received messages, while another task sends what is typed.
async fn talk(socket: WebSocket<ClientStream>) -> Result<Option<CloseInfo>, Error> {
    let subprotocol = socket.subprotocol().map_or(String::new(), |name| format!(" ({name})"));
    eprintln!("connected{subprotocol}; the end of the input closes");
    let (mut writer, mut reader) = socket.split();
    tokio::spawn(async move {
        if let Err(error) = send_lines(&mut writer).await {
            eprintln!("no more is sent: {error}");
        }
        // If this cannot be sent, the read half knows why.
        let _ = writer.send(CloseFrame { code: CloseCode::NORMAL, reason: "" }).await;
    });
    print_messages(&mut reader).await?;
    Ok(reader.close_info())
}

async fn send_lines(writer: &mut WriteHalf<ClientStream>) -> Result<(), Error> {
    let mut lines = typed_lines();
    while let Some(line) = lines.recv().await {
        writer.send(line?).await?;
    }
    Ok(())
}

/// Returns the lines from the terminal. Their thread ends with the process, whereas a thread of the
/// runtime would keep the process alive until the next line.
fn typed_lines() -> mpsc::Receiver<io::Result<String>> {
    let (sender, receiver) = mpsc::channel(1);
    thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

async fn print_messages(reader: &mut ReadHalf<ClientStream>) -> Result<(), Error> {
    while let Some(message) = reader.read().await? {
        let mut out = io::stdout().lock();
        match message {
            Message::Text(text) => writeln!(out, "text {} bytes: {text}", text.len())?,
            Message::Binary(data) => writeln!(out, "binary {} bytes", data.len())?,
        }
    }
    Ok(())
}
