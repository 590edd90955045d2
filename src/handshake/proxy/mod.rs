//! Tunnels through a proxy (RFC 6455 4.1): HTTP's `CONNECT` (RFC 9110 9.3.6) and SOCKS5 (RFC 1928).
//!
//! A [`Tunnel`] is opened before anything else is sent. After the proxy's answer, the stream leads
//! to the server: next is the TLS handshake for `wss`, or the upgrade request for `ws`.

mod connect;
mod destination;
mod error;
mod socks5;
mod tunnel;

pub use error::ProxyError;
pub use tunnel::Tunnel;
