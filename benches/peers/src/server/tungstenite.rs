use std::error::Error;
use std::net::TcpStream;

use tungstenite::accept;

pub fn echo(stream: TcpStream) -> Result<(), Box<dyn Error>> {
    let mut socket = accept(stream)?;
    loop {
        let message = socket.read()?;
        if message.is_text() || message.is_binary() {
            socket.send(message)?;
        }
    }
}
