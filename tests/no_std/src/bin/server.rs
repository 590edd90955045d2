//! Answers an upgrade request and echoes a frame.

#![no_std]
#![no_main]

mod echo;
mod machine;

extern crate alloc;

use alloc::vec::Vec;

#[cfg(feature = "deflate")]
use sansocket::deflate::{self, Compression};
use sansocket::handshake::{HeadLimits, server::Request};
use sansocket::{Limits, Parsed};

/// The request of RFC 6455 1.2.
const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\n\
    Host: server.example.com\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Extensions: permessage-deflate\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";
/// A text "Hello", masked with zeros.
#[cfg(not(feature = "deflate"))]
const FRAME: &[u8] = b"\x81\x85\0\0\0\0Hello";
/// RFC 7692 7.2.3: the same, compressed.
#[cfg(feature = "deflate")]
const FRAME: &[u8] = b"\xC1\x87\0\0\0\0\xF2\x48\xCD\xC9\xC9\x07\0";

fn run() -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let limits = HeadLimits::default();
    let Parsed::Complete { value, .. } = Request::parse(REQUEST, &limits).ok()? else {
        return None;
    };
    let response = value.accept();
    #[cfg(feature = "deflate")]
    let response = response.deflate(&deflate::Config::default().mem_level(1));
    #[cfg_attr(not(feature = "deflate"), expect(unused_mut))]
    let mut connection = response.send(&Limits::default(), &mut out).ok()?;
    #[cfg(feature = "deflate")]
    connection.sender.set_compression(Compression::Always);
    echo::echo(connection, FRAME, &mut out)?;
    Some(out)
}
