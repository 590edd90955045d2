//! Opens a stream to a server.

use alloc::{string::ToString as _, vec};
use core::{net::SocketAddr, time::Duration};
use std::{io, net::ToSocketAddrs as _};

use super::{ClientStream, driver::drive, transport::Transport};
#[cfg(not(feature = "rustls"))]
use crate::connecting::UrlError;
use crate::{
    adapter::{ConnectStep, Error, Hop, Log, client_settings::ClientSettings},
    buffered::ReadBuffer,
    connecting::{Endpoint, Proxy},
    session::Tunnelling,
    time::TimeoutKind,
};

/// Opens a stream to the server, through a proxy if the settings have one for it, and with TLS if the
/// URL says so, in the time that is `left`. Also returns the bytes after the proxy's answer.
pub(super) fn reach(
    endpoint: &Endpoint,
    left: impl Fn() -> Duration + Copy,
    settings: &ClientSettings,
    log: &Log,
) -> Result<(ClientStream, ReadBuffer), Error> {
    let server = Hop::server(endpoint);
    #[cfg(feature = "rustls")]
    let tls = settings.tls_to(endpoint)?;
    #[cfg(not(feature = "rustls"))]
    if endpoint.is_secure {
        return Err(UrlError::Tls.into());
    }
    let (stream, unread) = match settings.proxies.choose_for(endpoint) {
        Some(proxy) => tunnel(proxy, endpoint, left, settings, log)?,
        None => (dial(server, left, log)?, ReadBuffer::default()),
    };
    #[cfg(feature = "rustls")]
    if let Some(tls) = tls {
        let secured = in_time(tls.with_thread(stream, unread.unread(), left));
        let stream = secured.map_err(server.failed(ConnectStep::Tls))?;
        log.secured();
        return Ok((stream, unread));
    }
    Ok((stream, unread))
}

/// Opens a tunnel through a proxy. Also returns the bytes after its answer.
fn tunnel(
    proxy: &Proxy,
    endpoint: &Endpoint,
    left: impl Fn() -> Duration,
    settings: &ClientSettings,
    log: &Log,
) -> Result<(ClientStream, ReadBuffer), Error> {
    let mut host = endpoint.host.clone();
    if !proxy.resolves_names() {
        let server = Hop::server(endpoint);
        let address = look_up(server)?.next();
        let address = address.ok_or(io::Error::from(io::ErrorKind::AddrNotAvailable));
        host = address.map_err(server.failed(ConnectStep::Lookup))?.ip().to_string();
    }
    let hop = Hop::proxy(proxy);
    let stream = dial(hop, &left, log)?;
    let mut transport = Transport::unopened(stream, &settings.options, log.clone());
    let tunnel = proxy.tunnel(&host, endpoint.port, &settings.options.head_limits);
    let mut tunnelling = Tunnelling::new(tunnel, left());
    let driven = drive(&mut tunnelling, &mut transport, Tunnelling::next);
    driven.map_err(hop.failed(ConnectStep::Tunnel))?;
    log.tunnelled(hop.host, hop.port);
    Ok((transport.stream.take().into_inner(), tunnelling.into_unread()))
}

/// Connects to the first address of the host that answers, in the order of the system.
fn dial(hop: Hop<'_>, left: impl Fn() -> Duration, log: &Log) -> Result<ClientStream, Error> {
    let addresses = look_up(hop)?;
    log.looked_up(hop.host, addresses.len());
    let connected = in_time(ClientStream::connect(addresses, left));
    let stream = connected.map_err(hop.failed(ConnectStep::Tcp))?;
    log.connected(|| stream.tcp_stream().peer_addr().ok());
    Ok(stream)
}

fn look_up(hop: Hop<'_>) -> Result<vec::IntoIter<SocketAddr>, Error> {
    (hop.host, hop.port).to_socket_addrs().map_err(hop.failed(ConnectStep::Lookup))
}

/// Returns the stream of a step that has not run out of time.
fn in_time(stream: io::Result<Option<ClientStream>>) -> Result<ClientStream, Error> {
    stream?.ok_or(Error::Timeout(TimeoutKind::Handshake))
}
