//! Asks a server to open a connection, and echoes a frame.

#![no_std]
#![no_main]

mod echo;
mod machine;

extern crate alloc;

use alloc::vec::Vec;

use sansocket::handshake::client::Request;
use sansocket::{Limits, Parsed, Seed};

/// The response of RFC 6455 1.3.
const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

fn run() -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let request = Request::new("server.example.com", "/chat");
    let mut awaiting = request.send(*b"the sample nonce", &mut out).ok()?;
    let Parsed::Complete { value, .. } = awaiting.parse(RESPONSE).ok()? else {
        return None;
    };
    let connection = value.connection(&Limits::default(), Seed::from([7; 32]));
    echo::echo(connection, b"\x81\x05Hello", &mut out)?;
    Some(out)
}
