use futures_util::{SinkExt as _, StreamExt as _};
use sockudo_ws::handshake::server_handshake;
use sockudo_ws::{Config, Message, Result, Role, WebSocketStream};
use tokio::net::TcpStream;

use super::batched;

pub async fn echo(stream: TcpStream) -> Result<()> {
    let mut socket = accept(stream).await?;
    while let Some(message) = socket.next().await {
        match message? {
            message @ (Message::Text(_) | Message::Binary(_)) => socket.send(message).await?,
            Message::Close(_) => break,
            _ => {}
        }
    }
    Ok(())
}

pub async fn echo_batched(stream: TcpStream) -> Result<()> {
    batched::echo(accept(stream).await?).await
}

async fn accept(mut stream: TcpStream) -> Result<WebSocketStream<TcpStream>> {
    let leftover = server_handshake(&mut stream).await?.leftover;
    let config = Config::default();
    Ok(WebSocketStream::from_raw_with_leftover(stream, Role::Server, config, leftover))
}
