use sansocket::Error;
use sansocket::tokio::WebSocket;
use tokio::net::TcpStream;

pub async fn echo_lent(stream: TcpStream) -> Result<(), Error> {
    let mut socket = WebSocket::accept(stream).await?;
    while let Some((message, mut writer)) = socket.read().await? {
        writer.send(message).await?;
    }
    Ok(())
}

pub async fn echo_owned(stream: TcpStream) -> Result<(), Error> {
    let mut socket = WebSocket::accept(stream).await?;
    while let Some(message) = socket.recv().await? {
        socket.send(message).await?;
    }
    Ok(())
}
