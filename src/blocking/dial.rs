//! From a name to a stream that leads there.

use alloc::string::ToString as _;
use core::time::Duration;
use std::{
    io,
    net::{TcpStream, ToSocketAddrs as _},
};

use super::{
    deadline::Deadline,
    link::is_timeout,
    opening::{advance, unopened},
    writer::Duplex,
};
use crate::{
    adapter::{Error, Options},
    buffered::ReadBuffer,
    connecting::{Endpoint, Proxy},
    session::Tunnelling,
    time::TimeoutKind,
};

/// Connects to the first address of the host that answers, in the order in which the system names
/// them.
pub(super) fn dial(
    host: &str,
    port: u16,
    deadline: Deadline,
    options: &Options,
) -> Result<Duplex<TcpStream>, Error> {
    let mut failure = Error::Io(no_address());
    let mut addresses = (host, port).to_socket_addrs()?;
    while let Some(address) = addresses.next() {
        let left = deadline.left().ok_or(Error::Timeout(TimeoutKind::Handshake))?;
        // One that is silent leaves time for those behind it.
        let further = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        let share = left.checked_div(further.saturating_add(1)).unwrap_or(left);
        match TcpStream::connect_timeout(&address, share.max(Duration::from_millis(1))) {
            Ok(stream) => {
                // Without this, a small message waits for the acknowledgement of the one before.
                stream.set_nodelay(true)?;
                return Ok(unopened(stream, Some(|tcp| tcp), options)?);
            }
            Err(error) if is_timeout(&error) => failure = Error::Timeout(TimeoutKind::Handshake),
            Err(error) => failure = error.into(),
        }
    }
    Err(failure)
}

/// Opens a tunnel through a proxy. Returns what came after its answer, too.
pub(super) fn tunnel(
    proxy: &Proxy,
    endpoint: &Endpoint,
    deadline: Deadline,
    options: &Options,
) -> Result<(Duplex<TcpStream>, ReadBuffer), Error> {
    let mut host = endpoint.host.clone();
    if !proxy.resolves_names() {
        let address = (&*host, endpoint.port).to_socket_addrs()?.next();
        host = address.ok_or_else(no_address)?.ip().to_string();
    }
    let mut duplex = dial(proxy.host(), proxy.port(), deadline, options)?;
    let tunnel = proxy.tunnel(&host, endpoint.port, &options.head_limits);
    let mut tunnelling = Tunnelling::new(tunnel, deadline.left().unwrap_or_default());
    advance(&mut tunnelling, &mut duplex)?;
    Ok((duplex, tunnelling.into_unread()))
}

/// The system knows the name, but no address of it.
fn no_address() -> io::Error {
    io::ErrorKind::AddrNotAvailable.into()
}
