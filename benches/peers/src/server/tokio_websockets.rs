use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_websockets::{Error, ServerBuilder};

pub async fn echo(stream: TcpStream) -> Result<(), Error> {
    let (_, mut socket) = ServerBuilder::new().accept(stream).await?;
    while let Some(message) = socket.next().await {
        socket.send(message?).await?;
    }
    Ok(())
}
