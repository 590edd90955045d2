use alloc::{boxed::Box, vec::Vec};

use super::{ProxyError, connect::Connect, destination::Destination, socks5::Socks5};
use crate::{
    handshake::{Credentials, HandshakeError, HeadLimits},
    parsed::Parsed,
};

/// A tunnel through a proxy, while it is being opened.
///
/// ```
/// use sansocket::Parsed;
/// use sansocket::handshake::{Credentials, HeadLimits, proxy::Tunnel};
///
/// let mut out = Vec::new(); // what you write to the proxy
/// let mut tunnel = Tunnel::http("server.example.com", 443, &HeadLimits::default())
///     .credentials(Credentials::new("Aladdin", "open sesame"));
/// assert!(matches!(tunnel.advance(b"", &mut out)?, Parsed::Partial { .. }));
/// assert_eq!(
///     out,
///     b"CONNECT server.example.com:443 HTTP/1.1\r\n\
///     Host: server.example.com:443\r\n\
///     Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"
/// );
///
/// let input = b"HTTP/1.1 200 OK\r\n\r\n"; // what you read from it
/// let status = tunnel.advance(input, &mut out)?;
/// assert_eq!(status, Parsed::Complete { value: (), consumed: input.len() });
///
/// // SOCKS5 takes several rounds of the same.
/// out.clear();
/// let mut tunnel = Tunnel::socks5("server.example.com", 443);
/// tunnel.advance(b"", &mut out)?;
/// assert_eq!(out, [5, 1, 0]);
/// out.clear();
/// tunnel.advance(&[5, 0], &mut out)?;
/// assert_eq!(out, b"\x05\x01\x00\x03\x12server.example.com\x01\xbb");
/// let status = tunnel.advance(&[5, 0, 5, 0, 0, 1, 10, 0, 0, 1, 0x30, 0x39], &mut out)?;
/// assert_eq!(status, Parsed::Complete { value: (), consumed: 12 });
/// # Ok::<(), sansocket::handshake::HandshakeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tunnel {
    destination: Destination,
    credentials: Option<Credentials>,
    protocol: TunnelProtocol,
}

#[derive(Clone, Debug)]
enum TunnelProtocol {
    Http(Box<Connect>),
    Socks5(Socks5),
}

impl Tunnel {
    /// Creates a tunnel through an HTTP proxy to a port of `host`, a name in ASCII or an address
    /// without brackets.
    ///
    /// The limits apply to the response's head and to the body of an error response.
    #[must_use]
    pub fn http(host: &str, port: u16, limits: &HeadLimits) -> Self {
        Self::new(host, port, TunnelProtocol::Http(Box::new(Connect::new(limits))))
    }

    /// Creates a tunnel through a SOCKS5 proxy to a port of `host`, a name in ASCII of at most 255
    /// bytes, which the proxy will resolve, or an address without brackets.
    #[must_use]
    pub fn socks5(host: &str, port: u16) -> Self {
        Self::new(host, port, TunnelProtocol::Socks5(Socks5::new()))
    }

    fn new(host: &str, port: u16, protocol: TunnelProtocol) -> Self {
        Self { destination: Destination::new(host, port), credentials: None, protocol }
    }

    /// Sets the credentials for the proxy. Set them before the first call of
    /// [`advance`](Self::advance).
    ///
    /// An HTTP proxy gets them with the request, in the scheme `Basic` (RFC 7617). A SOCKS5 proxy
    /// gets them if it selects that method (RFC 1929); both must then have 1 to 255 bytes. In
    /// either case they are sent in clear text.
    #[must_use]
    pub fn credentials(self, credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ..self }
    }

    /// Parses the answers of the proxy, and appends the next request to `out`.
    ///
    /// `input` is everything received so far; it is empty in the first call. Parsing continues
    /// where it stopped, so that the answers take linear time, however they are split. After each
    /// call, write `out`; after `Partial`, also read more. With `Complete` the tunnel is open, and
    /// the bytes after `consumed` come from the server.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Proxy`]: the tunnel has failed; close the stream.
    /// [`HandshakeError::InvalidArgument`]: the host or the credentials are invalid. Nothing was
    /// appended then.
    pub fn advance(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Parsed<()>, HandshakeError> {
        let Self { destination, credentials, protocol } = self;
        let credentials = credentials.as_ref();
        match protocol {
            TunnelProtocol::Http(connect) => connect.advance(destination, credentials, input, out),
            TunnelProtocol::Socks5(socks5) => socks5.advance(destination, credentials, input, out),
        }
    }

    /// Returns the error of a tunnel if the input ends although [`advance`](Self::advance) needs
    /// more: the error response with the body so far, or an incomplete answer.
    ///
    /// Call this at the end of the stream. Call it also after a failed read or a timeout: a
    /// [`ProxyError::UnexpectedResponse`] from here explains more than those errors do.
    pub fn advance_eof(&self, input: &[u8]) -> HandshakeError {
        match &self.protocol {
            TunnelProtocol::Http(connect) => connect.advance_eof(input),
            TunnelProtocol::Socks5(_) => ProxyError::Incomplete,
        }
        .into()
    }
}
