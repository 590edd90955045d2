//! Hosts and ports in headers and URIs (RFC 3986 3.2, RFC 6455 3).

use core::net::Ipv6Addr;

use super::{byte_set::ByteSet, grammar::parse_decimal};

/// A host and an optional port: the value of `Host`, and the part of an origin that is compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Authority<'a> {
    host: &'a str,
    port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Parses `host`, `host:port`, `[IPv6]` or `[IPv6]:port`. There is no user name: RFC 9112 3.2
    /// does not allow one in `Host`.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let host_len = if text.starts_with('[') {
            text.find(']')?.checked_add(1)?
        } else {
            text.bytes().position(|byte| byte == b':').unwrap_or(text.len())
        };
        let (host, port) = text.split_at_checked(host_len)?;
        let is_host = match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => is_name(host),
        };
        if !is_host {
            return None;
        }
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            None => return None,
            // RFC 3986 3.2.3: an empty port means the default.
            Some("") => None,
            Some(digits) => Some(parse_decimal(digits.as_bytes())?),
        };
        Some(Self { host, port })
    }

    /// Returns whether both have the same port and the same host, ignoring case.
    pub(super) fn is_same(&self, other: &Authority<'_>, default_port: u16) -> bool {
        self.host.eq_ignore_ascii_case(other.host)
            && self.port.unwrap_or(default_port) == other.port.unwrap_or(default_port)
    }
}

/// Returns whether the text is a registered name or an IPv4 address (RFC 3986 3.2.2).
pub(super) fn is_name(host: &str) -> bool {
    static NAME_BYTES: ByteSet = ByteSet::alphanumeric_and(b"-._~%!$&'()*+,;=");
    !host.is_empty() && host.bytes().all(|byte| NAME_BYTES.contains(byte))
}

/// Splits an absolute `http` or `https` URI into the default port of its scheme and the part after
/// `://`.
pub(super) fn split_scheme(uri: &str) -> Option<(u16, &str)> {
    [(80, "http://"), (443, "https://")].into_iter().find_map(|(port, start)| {
        let (scheme, rest) = uri.split_at_checked(start.len())?;
        scheme.eq_ignore_ascii_case(start).then_some((port, rest))
    })
}
