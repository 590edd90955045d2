//! Opens a stream to a host.

use alloc::string::ToString as _;
use core::net::SocketAddr;
use std::io;

use ::tokio::{
    net::{TcpStream, lookup_host},
    time::sleep,
};

use super::{ClientStream, deadline::Deadline, reader::drive, transport::Transport};
#[cfg(not(feature = "tokio-rustls"))]
use crate::connecting::UrlError;
use crate::{
    adapter::{ConnectStep, Error, Hop, Log, Options, client_settings::ClientSettings},
    buffered::ReadBuffer,
    connecting::{Endpoint, Proxy, by_turns, race},
    session::{Tunnelling, Writing},
};

/// The error of a proxy that sends bytes after its answer, before the client has sent anything.
const EARLY_BYTES: &str = "the proxy sent more than its answer";

/// Opens a stream to a server, over TLS if the URL says so. Also returns the bytes after the answer of
/// a proxy.
pub(super) async fn reach(
    settings: &ClientSettings,
    endpoint: &Endpoint,
    deadline: Deadline,
    log: &Log,
) -> Result<(ClientStream, ReadBuffer), Error> {
    let hop = Hop::server(endpoint);
    #[cfg(feature = "tokio-rustls")]
    let tls = settings.tls_to(endpoint)?;
    #[cfg(not(feature = "tokio-rustls"))]
    if endpoint.is_secure {
        return Err(UrlError::Tls.into());
    }
    let (stream, unread) = match settings.proxies.choose_for(endpoint) {
        None => (dial(hop, deadline, log).await?, ReadBuffer::default()),
        Some(proxy) => tunnel(proxy, endpoint, deadline, &settings.options, log).await?,
    };
    #[cfg(feature = "tokio-rustls")]
    if let Some(tls) = tls {
        let secured = deadline.bound(tls.with_task(stream, unread.unread())).await;
        let stream = secured.map_err(hop.failed(ConnectStep::Tls))?;
        log.secured();
        return Ok((stream, unread));
    }
    Ok((stream, unread))
}

/// Opens a stream like [`reach`], for a protocol other than WebSocket in which the client sends first.
pub(super) async fn open_to(
    settings: &ClientSettings,
    endpoint: &Endpoint,
    deadline: Deadline,
    log: &Log,
) -> Result<ClientStream, Error> {
    let (stream, unread) = reach(settings, endpoint, deadline, log).await?;
    match settings.proxies.choose_for(endpoint) {
        Some(proxy) if !unread.unread().is_empty() => {
            let early = io::Error::new(io::ErrorKind::InvalidData, EARLY_BYTES);
            Err(Hop::proxy(proxy).failed(ConnectStep::Tunnel)(early))
        }
        _ => Ok(stream),
    }
}

/// Connects to the first address of the host that answers, and sets `TCP_NODELAY`.
async fn dial(hop: Hop<'_>, deadline: Deadline, log: &Log) -> Result<ClientStream, Error> {
    let addresses = by_turns(look_up(hop, deadline).await?);
    log.looked_up(hop.host, addresses.len());
    let connecting = async {
        let raced = race(addresses, TcpStream::connect, sleep).await;
        let stream = raced.unwrap_or_else(|| Err(io::ErrorKind::AddrNotAvailable.into()))?;
        // Without this, a small message waits for the acknowledgement of the one before.
        stream.set_nodelay(true)?;
        Ok::<_, io::Error>(stream)
    };
    let stream = deadline.bound(connecting).await.map_err(hop.failed(ConnectStep::Tcp))?;
    log.connected(|| stream.peer_addr().ok());
    Ok(ClientStream::tcp(stream))
}

async fn look_up(
    hop: Hop<'_>,
    deadline: Deadline,
) -> Result<impl Iterator<Item = SocketAddr>, Error> {
    let addresses = deadline.bound(lookup_host((hop.host, hop.port))).await;
    addresses.map_err(hop.failed(ConnectStep::Lookup))
}

/// Opens a tunnel through a proxy. Also returns the bytes after its answer.
async fn tunnel(
    proxy: &Proxy,
    endpoint: &Endpoint,
    deadline: Deadline,
    options: &Options,
    log: &Log,
) -> Result<(ClientStream, ReadBuffer), Error> {
    let mut host = endpoint.host.clone();
    if !proxy.resolves_names() {
        let server = Hop::server(endpoint);
        let address = look_up(server, deadline).await?.next();
        let address = address.ok_or(io::Error::from(io::ErrorKind::AddrNotAvailable));
        host = address.map_err(server.failed(ConnectStep::Lookup))?.ip().to_string();
    }
    let hop = Hop::proxy(proxy);
    let stream = dial(hop, deadline, log).await?;
    let mut transport = Transport::new(stream, Writing::new(options.write_timeout), log.clone());
    let tunnel = proxy.tunnel(&host, endpoint.port, &options.head_limits);
    let mut tunnelling = Tunnelling::new(tunnel, deadline.left());
    let driven = drive(&mut tunnelling, &mut transport).await;
    driven.map_err(hop.failed(ConnectStep::Tunnel))?;
    log.tunnelled(hop.host, hop.port);
    Ok((transport.into_parts().0, tunnelling.into_unread()))
}
