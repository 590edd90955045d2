//! Hosts and ports in headers and URIs (RFC 3986 3.2, RFC 6455 3).

use core::net::Ipv6Addr;

use super::grammar::parse_decimal;

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
            text.find(':').unwrap_or(text.len())
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
    let is_name_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte);
    !host.is_empty() && host.bytes().all(is_name_byte)
}

/// Splits an absolute `http` or `https` URI into the default port of its scheme and the part after
/// `://`.
pub(super) fn split_scheme(uri: &str) -> Option<(u16, &str)> {
    let (scheme, rest) = uri.split_once("://")?;
    if scheme.eq_ignore_ascii_case("http") {
        Some((80, rest))
    } else if scheme.eq_ignore_ascii_case("https") {
        Some((443, rest))
    } else {
        None
    }
}
