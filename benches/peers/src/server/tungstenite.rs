use std::net::TcpStream;

use tungstenite::accept;

pub fn echo(stream: TcpStream) -> tungstenite::Result<()> {
    let mut socket =
        accept(stream).map_err(|error| tungstenite::Error::Io(std::io::Error::other(error)))?;
    loop {
        let message = socket.read()?;
        if message.is_text() || message.is_binary() {
            socket.send(message)?;
        }
    }
}
