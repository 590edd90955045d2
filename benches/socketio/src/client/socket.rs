use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use sansocket::frame::OpCode;

use super::PATIENCE;
use crate::server::{Process, Protocol};
use crate::wire;

/// A connection whose messages are short texts. It reads no more than the next one.
pub struct Socket {
    pub stream: TcpStream,
    /// The bytes in both directions so far.
    pub sent: usize,
    pub received: usize,
    has_pinged: bool,
}

impl Socket {
    /// Opens a WebSocket, and with Socket.IO its main namespace.
    pub fn connect(process: &Process) -> io::Result<Self> {
        let stream = TcpStream::connect(process.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut socket = Self { stream, sent: 0, received: 0, has_pinged: false };
        if process.server.protocol == Protocol::SocketIo {
            socket.upgrade("/socket.io/?EIO=4&transport=websocket")?;
            socket.expect("0{")?;
            socket.send("40")?;
            socket.expect("40{")?;
            // From now on, nothing comes unasked.
            if process.server.pings_at_once && !socket.has_pinged {
                socket.expect("2")?;
            }
        } else {
            socket.upgrade("/")?;
        }
        Ok(socket)
    }

    fn upgrade(&mut self, target: &str) -> io::Result<()> {
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Version: 13\r\n\r\n"
        );
        self.write(request.as_bytes())?;
        let mut response = Vec::new();
        while !response.ends_with(b"\r\n\r\n") {
            response.extend(self.read(1)?);
        }
        if response.starts_with(b"HTTP/1.1 101 ") {
            return Ok(());
        }
        Err(io::Error::other(format!("no upgrade: {}", String::from_utf8_lossy(&response))))
    }

    pub fn send(&mut self, text: &str) -> io::Result<()> {
        self.write(&wire::message(OpCode::Text, text.as_bytes()))
    }

    /// Reads a message, and compares how it begins. Answers pings before it.
    pub fn expect(&mut self, start: &str) -> io::Result<()> {
        loop {
            let header = self.read(2)?;
            let message = self.read(header[1].into())?;
            let is_text = header[0] == 0x81 && header[1] < 126;
            let is_ping = is_text && message == b"2";
            if is_ping {
                self.has_pinged = true;
                self.send("3")?;
            }
            if is_text && message.starts_with(start.as_bytes()) {
                return Ok(());
            }
            if !is_ping {
                let message = String::from_utf8_lossy(&message);
                return Err(io::Error::other(format!("{message} instead of {start}")));
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sent += bytes.len();
        self.stream.write_all(bytes)
    }

    fn read(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes)?;
        self.received += count;
        Ok(bytes)
    }
}
