//! A connection that another one has opened: it echoes a frame.

#![no_std]
#![no_main]

mod echo;
mod machine;

extern crate alloc;

use alloc::vec::Vec;

use sansocket::Limits;
use sansocket::connection::Connection;

fn run() -> Option<Vec<u8>> {
    let mut out = Vec::new();
    // RFC 6455 5.7: a masked "Hello".
    let frame = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    echo::echo(Connection::server(&Limits::default()), frame, &mut out)?;
    Some(out)
}
