use std::net as blocking;
use std::time::{Duration, Instant};

use sansocket::Error;
use sansocket::tokio::WebSocket;
use tokio::net::TcpStream;

/// How long an application works on a message.
const WORK: Duration = Duration::from_micros(10);

pub async fn echo_lent(stream: TcpStream) -> Result<(), Error> {
    let mut socket = WebSocket::accept(stream).await?;
    while let Some((message, mut writer)) = socket.read().await? {
        writer.feed(message).await?;
    }
    Ok(())
}

pub async fn echo_owned(stream: TcpStream) -> Result<(), Error> {
    let mut socket = WebSocket::accept(stream).await?;
    while let Some(message) = socket.recv().await? {
        socket.feed(message).await?;
    }
    Ok(())
}

/// The loop whose every answer is on its way before the next message is looked at.
pub async fn echo_at_once(stream: TcpStream) -> Result<(), Error> {
    let mut socket = WebSocket::accept(stream).await?;
    while let Some((message, mut writer)) = socket.read().await? {
        writer.send(message).await?;
    }
    Ok(())
}

/// An application that has something to do.
pub async fn echo_working(stream: TcpStream) -> Result<(), Error> {
    let mut socket = WebSocket::accept(stream).await?;
    while let Some((message, mut writer)) = socket.read().await? {
        let start = Instant::now();
        while start.elapsed() < WORK {
            std::hint::spin_loop();
        }
        writer.feed(message).await?;
    }
    Ok(())
}

pub fn echo_blocking(stream: blocking::TcpStream) -> Result<(), Error> {
    let mut socket = sansocket::blocking::WebSocket::accept(stream)?;
    while let Some((message, mut writer)) = socket.read()? {
        writer.feed(message)?;
    }
    Ok(())
}
