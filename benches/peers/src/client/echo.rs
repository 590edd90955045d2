use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

/// A message as a client sends it, and as it comes back.
pub struct Echo {
    pub sent: Vec<u8>,
    pub received: Vec<u8>,
}

impl Echo {
    /// Sends the message and waits until it is back.
    pub fn run(&self, stream: &mut TcpStream) -> io::Result<()> {
        stream.write_all(&self.sent)?;
        let mut received = vec![0; self.received.len()];
        stream.read_exact(&mut received)?;
        if received == self.received { Ok(()) } else { Err(Self::wrong()) }
    }

    pub fn wrong() -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, "what came back is not what was sent")
    }
}
