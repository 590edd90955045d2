use std::io;

use sansocket::frame::OpCode;

use crate::server::Server;
use crate::wire;

/// A message as a client sends it, and as it comes back.
pub struct Echo {
    pub sent: Vec<u8>,
    pub received: Vec<u8>,
}

impl Echo {
    /// Binary, with a payload of `len` bytes.
    pub fn of(server: &Server, len: usize) -> Self {
        let payload = wire::binary(len);
        let sent = wire::message(OpCode::Binary, &payload);
        let received = if server.is_websocket {
            wire::frame(OpCode::Binary, true, false, &payload)
        } else {
            sent.clone()
        };
        Self { sent, received }
    }

    pub fn wrong() -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, "what came back is not what was sent")
    }
}
