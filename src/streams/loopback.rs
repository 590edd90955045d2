use core::net::Ipv4Addr;
use std::{
    io,
    net::{TcpListener, TcpStream},
};

/// Creates two TCP streams that are connected over loopback, and sets `TCP_NODELAY` on both.
///
/// # Errors
///
/// The system has no sockets.
pub(crate) fn loopback() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let one = TcpStream::connect(listener.local_addr()?)?;
    let other = loop {
        let (other, address) = listener.accept()?;
        // Anybody may connect to a listener.
        if address == one.local_addr()? {
            break other;
        }
    };
    one.set_nodelay(true)?;
    other.set_nodelay(true)?;
    Ok((one, other))
}
