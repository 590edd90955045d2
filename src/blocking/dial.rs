//! Opens a stream to a host.

use alloc::{string::ToString as _, vec};
use core::{net::SocketAddr, time::Duration};
use std::{
    io,
    net::{TcpStream, ToSocketAddrs as _},
};

use super::{ClientStream, stopwatch::Stopwatch, timed_stream::is_timeout, writer::OwnTransport};
#[cfg(feature = "rustls")]
use crate::streams::ClientTls;
use crate::{
    adapter::{ConnectStep, Error, Hop, Log, Options, client_settings::ClientSettings},
    buffered::ReadBuffer,
    connecting::Endpoint,
    session::Tunnelling,
    time::TimeoutKind,
};

/// Connects to the server, through a proxy if the settings have one for it. Also returns the bytes
/// after the proxy's answer.
pub(super) fn reach(
    endpoint: &Endpoint,
    clock: Stopwatch,
    settings: &ClientSettings,
    log: &Log,
) -> Result<(OwnTransport<ClientStream>, ReadBuffer), Error> {
    let options = &settings.options;
    let Some(proxy) = settings.proxies.choose_for(endpoint) else {
        let transport = dial(Hop::server(endpoint), clock, options, log)?;
        return Ok((transport, ReadBuffer::default()));
    };
    let mut host = endpoint.host.clone();
    if !proxy.resolves_names() {
        let server = Hop::server(endpoint);
        let address = look_up(server)?.next().ok_or_else(no_address);
        host = address.map_err(server.failed(ConnectStep::Lookup))?.ip().to_string();
    }
    let hop = Hop::proxy(proxy);
    let mut transport = dial(hop, clock, options, log)?;
    let tunnel = proxy.tunnel(&host, endpoint.port, &options.head_limits);
    let mut tunnelling = Tunnelling::new(tunnel, clock.left_of(options.handshake_timeout));
    transport.drive(&mut tunnelling).map_err(hop.failed(ConnectStep::Tunnel))?;
    log.tunnelled(hop.host, hop.port);
    Ok((transport, tunnelling.into_unread()))
}

/// Connects to the first address of the host that answers, in the order of the system.
fn dial(
    hop: Hop<'_>,
    clock: Stopwatch,
    options: &Options,
    log: &Log,
) -> Result<OwnTransport<ClientStream>, Error> {
    let addresses = look_up(hop)?;
    log.looked_up(hop.host, addresses.len());
    connect(addresses, clock, options, log).map_err(hop.failed(ConnectStep::Tcp))
}

fn look_up(hop: Hop<'_>) -> Result<vec::IntoIter<SocketAddr>, Error> {
    (hop.host, hop.port).to_socket_addrs().map_err(hop.failed(ConnectStep::Lookup))
}

fn connect(
    mut addresses: vec::IntoIter<SocketAddr>,
    clock: Stopwatch,
    options: &Options,
    log: &Log,
) -> Result<OwnTransport<ClientStream>, Error> {
    let mut failure = Error::Io(no_address());
    while let Some(address) = addresses.next() {
        let left = clock.left_of(options.handshake_timeout);
        if left.is_zero() {
            return Err(Error::Timeout(TimeoutKind::Handshake));
        }
        // A silent address leaves time for the next ones.
        let further = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        let share = left.checked_div(further.saturating_add(1)).unwrap_or(left);
        match TcpStream::connect_timeout(&address, share.max(Duration::from_millis(1))) {
            Ok(stream) => {
                // Without this, a small message waits for the acknowledgement of the one before.
                stream.set_nodelay(true)?;
                log.connected(|| Some(address));
                return Ok(OwnTransport::unopened(ClientStream::tcp(stream), options, log.clone()));
            }
            Err(error) if is_timeout(&error) => failure = Error::Timeout(TimeoutKind::Handshake),
            Err(error) => failure = error.into(),
        }
    }
    Err(failure)
}

/// Does the TLS handshake.
#[cfg(feature = "rustls")]
pub(super) fn secure(
    transport: OwnTransport<ClientStream>,
    tls: ClientTls,
    unread: &ReadBuffer,
    endpoint: &Endpoint,
    clock: Stopwatch,
    settings: &ClientSettings,
) -> Result<OwnTransport<ClientStream>, Error> {
    let log = transport.stream.log.clone();
    let left = || clock.left_of(settings.options.handshake_timeout);
    let stream = transport.stream.into_inner();
    let secured = tls.with_thread(stream, unread.unread(), left).map_err(Error::from);
    let stream = secured
        .and_then(|stream| stream.ok_or(Error::Timeout(TimeoutKind::Handshake)))
        .map_err(Hop::server(endpoint).failed(ConnectStep::Tls))?;
    log.secured();
    Ok(OwnTransport::unopened(stream, &settings.options, log))
}

/// The system knows the name, but has no address for it.
fn no_address() -> io::Error {
    io::ErrorKind::AddrNotAvailable.into()
}
