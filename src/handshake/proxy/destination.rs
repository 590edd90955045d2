use alloc::{
    format,
    string::{String, ToString as _},
    vec::Vec,
};
use core::net::IpAddr;

use crate::{
    handshake::{InvalidArgument, authority::is_name},
    redacted::RedactedHost,
};

/// The destination of a tunnel.
#[derive(Clone, Debug)]
pub(super) struct Destination {
    host: RedactedHost<String>,
    port: u16,
}

impl Destination {
    pub(super) fn new(host: &str, port: u16) -> Self {
        Self { host: RedactedHost(host.into()), port }
    }

    /// Formats host and port for a request target (RFC 9112 3.2.3).
    pub(super) fn authority(&self) -> Result<String, InvalidArgument> {
        let port = self.port;
        Ok(match self.address()? {
            Some(IpAddr::V6(address)) => format!("[{address}]:{port}"),
            Some(IpAddr::V4(address)) => format!("{address}:{port}"),
            None => format!("{}:{port}", self.host.0),
        })
    }

    /// Encodes the type of the address, the address and the port (RFC 1928 4).
    pub(super) fn socks5(&self) -> Result<Vec<u8>, InvalidArgument> {
        let mut out = Vec::new();
        match self.address()? {
            Some(IpAddr::V4(address)) => {
                out.push(ADDRESS_V4);
                out.extend_from_slice(&address.octets());
            }
            Some(IpAddr::V6(address)) => {
                out.push(ADDRESS_V6);
                out.extend_from_slice(&address.octets());
            }
            None => {
                // RFC 1928 5: a name is preceded by its length, in one byte.
                let len = u8::try_from(self.host.0.len()).map_err(|_| self.invalid())?;
                out.extend_from_slice(&[ADDRESS_NAME, len]);
                out.extend_from_slice(self.host.0.as_bytes());
            }
        }
        out.extend_from_slice(&self.port.to_be_bytes());
        Ok(out)
    }

    /// Parses the host if it is an address. Returns `None` for a name.
    fn address(&self) -> Result<Option<IpAddr>, InvalidArgument> {
        match self.host.0.parse() {
            Ok(address) => Ok(Some(address)),
            Err(_) if is_name(&self.host.0) => Ok(None),
            Err(_) => Err(self.invalid()),
        }
    }

    fn invalid(&self) -> InvalidArgument {
        InvalidArgument::Host(self.host.0.to_string())
    }
}

// RFC 1928 5.
pub(super) const ADDRESS_V4: u8 = 1;
pub(super) const ADDRESS_NAME: u8 = 3;
pub(super) const ADDRESS_V6: u8 = 4;
