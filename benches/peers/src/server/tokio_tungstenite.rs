use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::accept_async;
use tungstenite::Error;

use super::batched;

pub async fn echo(stream: TcpStream) -> Result<(), Error> {
    let mut socket = accept_async(stream).await?;
    while let Some(message) = socket.next().await {
        socket.send(message?).await?;
    }
    Ok(())
}

pub async fn echo_batched(stream: TcpStream) -> Result<(), Error> {
    batched::echo(accept_async(stream).await?).await
}
