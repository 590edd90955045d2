use alloc::{string::String, sync::Arc};
use std::io::{Read, Write};
#[cfg(feature = "url")]
use std::net::TcpStream;

#[cfg(feature = "url")]
use super::dial::{dial, tunnel};
use super::{
    SocketOf, WebSocket,
    deadline::Deadline,
    opening::{advance, opened, unopened},
    writer::Duplex,
};
#[cfg(feature = "url")]
use crate::connecting::{Redirects, UrlError};
use crate::{
    adapter::{
        Error, Options,
        client_settings::{ClientSettings, connector_settings},
    },
    buffered::ReadBuffer,
    handshake::client::Accepted,
    session::Failure,
};

/// Makes upgrade requests: the client's side of the opening handshake (RFC 6455 4.1).
///
/// ```no_run
/// use sansocket::blocking::Connector;
///
/// # #[cfg(feature = "url")]
/// # fn connect() -> Result<(), sansocket::Error> {
/// let (socket, _) = Connector::new()
///     .subprotocol("chat.v1")
///     .header("Authorization", "Bearer 0123")
///     .connect("ws://127.0.0.1:9001/chat")?;
/// assert_eq!(socket.subprotocol(), Some("chat.v1"));
/// # Ok(())
/// # }
/// ```
///
/// RFC 6455 4.1 wants a client to open one connection at a time to an address. A connector does not
/// see to that: a program that opens several to one address, be it from several threads, opens one
/// after the other.
#[derive(Clone, Debug, Default)]
pub struct Connector {
    settings: Arc<ClientSettings>,
}

impl Connector {
    connector_settings!();

    /// Connects to a `ws://` URL over TCP; of the addresses of a host, the first one that answers
    /// is taken. Small writes are not delayed. `http://` means the same.
    ///
    /// The limit of [`Options::handshake_timeout`] holds for all of it: proxies, redirects and the
    /// upgrade, though not for how long the system takes to resolve a name.
    ///
    /// A user name and a password in the URL are sent as an `Authorization`, unless that is among
    /// the [headers](Self::header).
    ///
    /// For `wss://`, make the TLS stream yourself, a `TlsStream` say, and use
    /// [`connect_over`](Self::connect_over).
    ///
    /// # Errors
    ///
    /// The URL cannot be connected to, or the handshake failed: what the server or a proxy has
    /// answered is in the error.
    #[cfg(feature = "url")]
    pub fn connect(&self, url: &str) -> Result<(WebSocket<TcpStream>, Accepted), Error> {
        let deadline = self.deadline();
        let mut redirects = self.settings.begin(url)?;
        loop {
            match self.connect_to(&redirects, deadline) {
                Err(failure) => ClientSettings::follow(&mut redirects, failure)?,
                opened => return opened,
            }
        }
    }

    /// Connects to where redirects have led so far.
    #[cfg(feature = "url")]
    fn connect_to(
        &self,
        redirects: &Redirects,
        deadline: Deadline,
    ) -> Result<(WebSocket<TcpStream>, Accepted), Error> {
        let endpoint = redirects.endpoint();
        if endpoint.is_secure {
            return Err(UrlError::Tls.into());
        }
        let settings = self.settings.at(redirects);
        let (duplex, unread) = match settings.proxies.choose_for(endpoint) {
            None => {
                let duplex = dial(&endpoint.host, endpoint.port, deadline, &settings.options)?;
                (duplex, ReadBuffer::default())
            }
            Some(proxy) => tunnel(proxy, endpoint, deadline, &settings.options)?,
        };
        ask(&settings, duplex, unread, deadline, &endpoint.authority, &endpoint.target)
    }

    /// Does the handshake over any stream, and returns the response as well.
    ///
    /// `host` is what the `Host` header says: a name or address, and the port if it is not the
    /// scheme's default. `target` is the path with the query. `socket` says where the stream's
    /// socket is, see [`WebSocket::with_socket`].
    ///
    /// # Errors
    ///
    /// The handshake failed, or the stream did.
    pub fn connect_over<S: Read + Write>(
        &self,
        stream: S,
        socket: Option<SocketOf<S>>,
        host: &str,
        target: &str,
    ) -> Result<(WebSocket<S>, Accepted), Error> {
        let (settings, deadline) = (&self.settings, self.deadline());
        let duplex = unopened(stream, socket, &settings.options)?;
        ask(settings, duplex, ReadBuffer::default(), deadline, host, target)
    }

    fn deadline(&self) -> Deadline {
        Deadline::start(self.settings.options.handshake_timeout)
    }
}

fn ask<S: Read + Write>(
    settings: &ClientSettings,
    mut duplex: Duplex<S>,
    unread: ReadBuffer,
    deadline: Deadline,
    host: &str,
    target: &str,
) -> Result<(WebSocket<S>, Accepted), Error> {
    let limit = deadline.left().unwrap_or_default();
    let mut connecting = settings.send_request(host, target, unread, limit, &mut duplex.writing)?;
    advance(&mut connecting, &mut duplex)?;
    let (accepted, reading) =
        connecting.into_accepted().ok_or_else(|| Error::from(Failure::Lost))?;
    let socket = opened(reading, duplex, accepted.subprotocol(), &settings.options)?;
    Ok((socket, accepted))
}
