//! The other side of the servers: as cheap as can be, so that it does not disturb.

mod echo;
mod load;

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use sansocket::frame::OpCode;
use socket2::{Domain, Socket, Type};

use crate::server::{Process, Server};
use crate::wire;

pub use echo::Echo;
pub use load::Load;

/// How long a server may be silent while it owes an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many connections come from one address. It has 28,000 ports to give, and the search for a
/// free one gets slow when half of them are taken.
const PER_ADDRESS: usize = 10_000;

/// How many connections a load has.
const CONNECTIONS: usize = 16;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";

/// A binary message of `len` bytes, as the server echoes it.
pub fn binary_echo(server: &Server, len: usize) -> Echo {
    let payload = wire::binary(len);
    let sent = wire::message(OpCode::Binary, &payload);
    let received = if server.is_websocket {
        wire::frame(OpCode::Binary, true, false, &payload)
    } else {
        sent.clone()
    };
    Echo { sent, received }
}

/// Connections that have such messages in flight.
pub fn echo_load(process: &Process, len: usize, in_flight: usize) -> io::Result<Load> {
    let streams = (0..CONNECTIONS).map(|number| connect(process, number));
    Load::new(streams.collect::<io::Result<_>>()?, binary_echo(process.server, len), in_flight)
}

/// The open connection of that number.
pub fn connect(process: &Process, number: usize) -> io::Result<TcpStream> {
    let mut stream = dial(process, number)?;
    if process.server.is_websocket {
        stream.write_all(REQUEST)?;
        await_upgrade(&mut stream)?;
    }
    Ok(stream)
}

/// The same without a handshake.
pub fn dial(process: &Process, number: usize) -> io::Result<TcpStream> {
    let address = Ipv4Addr::LOCALHOST.to_bits() + (number / PER_ADDRESS) as u32;
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::from_bits(address), 0)).into())?;
    socket.connect(&process.address.into())?;
    socket.set_tcp_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    // A reset at the end: nothing of it is left to wait for, and its port is free again.
    socket.set_linger(Some(Duration::ZERO))?;
    Ok(TcpStream::from(socket))
}

/// Reads the response, behind which the server sends nothing by itself.
fn await_upgrade(stream: &mut TcpStream) -> io::Result<()> {
    let mut response = Vec::new();
    let mut room = [0; 1024];
    while !response.ends_with(b"\r\n\r\n") {
        match stream.read(&mut room)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => response.extend_from_slice(&room[..count]),
        }
    }
    if !response.starts_with(b"HTTP/1.1 101 ") {
        return Err(io::Error::other("the server did not upgrade"));
    }
    Ok(())
}
