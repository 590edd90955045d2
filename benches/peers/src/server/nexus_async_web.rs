use nexus_async_web::AsyncReadAdapter;
use nexus_async_web::ws::WsStreamBuilder;
use nexus_web::ws::{Error, Message};
use tokio::net::TcpStream;

/// Room for the longest message, and its header, on the way back.
const ROOM: usize = 128 << 10;

pub async fn echo(stream: TcpStream) -> Result<(), Error> {
    let builder = WsStreamBuilder::new().write_buffer_capacity(ROOM);
    let (mut reader, mut writer, mut stream) =
        builder.accept(AsyncReadAdapter::new(stream)).await?;
    while let Some(message) = reader.recv(&mut stream).await? {
        match message {
            Message::Text(text) => writer.send_text(&mut stream, text).await?,
            Message::Binary(data) => writer.send_binary(&mut stream, data).await?,
            Message::Ping(data) => writer.send_pong(&mut stream, data).await?,
            Message::Pong(_) => {}
            Message::Close(_) => break,
        }
    }
    Ok(())
}
