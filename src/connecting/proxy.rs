use alloc::string::{String, ToString as _};

use url::Url;

use super::{
    UrlError,
    endpoint::{credentials, host},
};
use crate::handshake::{Credentials, HeadLimits, proxy::Tunnel};

/// A proxy, as its URL names it.
///
/// | URL | protocol | default port |
/// | --- | --- | --- |
/// | `http://host:port` | HTTP's `CONNECT` (RFC 9110 9.3.6) | 80 |
/// | `socks5h://host:port` | SOCKS5 (RFC 1928); the proxy resolves the names of servers | 1080 |
/// | `socks://host:port` | the same; GNOME writes it so into `all_proxy` | 1080 |
/// | `socks5://host:port` | SOCKS5; the names of servers are resolved here | 1080 |
///
/// A user name and a password, percent-encoded where it must be, may stand before the host:
/// `http://user:password@host`. What follows the port means nothing.
///
/// ```
/// use sansocket::Proxy;
///
/// let proxy = Proxy::parse("http://user:secret@proxy.example:3128")?;
/// assert_eq!((proxy.host(), proxy.port()), ("proxy.example", 3128));
/// # Ok::<(), sansocket::UrlError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    protocol: ProxyScheme,
    host: String,
    port: u16,
    credentials: Option<Credentials>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProxyScheme {
    Http,
    /// With names of servers that are resolved here.
    Socks5,
    /// With names of servers that the proxy resolves.
    Socks5h,
}

impl Proxy {
    /// Parses the URL of a proxy.
    ///
    /// # Errors
    ///
    /// It is no URL, or its scheme is not among those above.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        let url = Url::parse(url)?;
        let (protocol, default_port) = match url.scheme() {
            "http" => (ProxyScheme::Http, 80),
            "socks5" => (ProxyScheme::Socks5, 1080),
            "socks5h" | "socks" => (ProxyScheme::Socks5h, 1080),
            other => return Err(UrlError::UnsupportedScheme(other.to_string())),
        };
        Ok(Self {
            protocol,
            host: host(&url)?,
            port: url.port().unwrap_or(default_port),
            credentials: credentials(&url),
        })
    }

    /// The name in ASCII or the address of the proxy, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port to connect to.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether the proxy resolves the names of servers. If not, [`tunnel`](Self::tunnel) is to be
    /// given an address.
    #[must_use]
    pub const fn resolves_names(&self) -> bool {
        !matches!(self.protocol, ProxyScheme::Socks5)
    }

    /// A tunnel to a port of `host`, to be opened over a stream to this proxy.
    #[must_use]
    pub fn tunnel(&self, host: &str, port: u16, limits: &HeadLimits) -> Tunnel {
        let tunnel = match self.protocol {
            ProxyScheme::Http => Tunnel::http(host, port, limits),
            ProxyScheme::Socks5 | ProxyScheme::Socks5h => Tunnel::socks5(host, port),
        };
        match &self.credentials {
            Some(credentials) => tunnel.credentials(credentials.clone()),
            None => tunnel,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use super::Proxy;
    use crate::{connecting::UrlError, handshake::HeadLimits};

    fn proxy(url: &str) -> Proxy {
        Proxy::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    /// What the proxy is sent first.
    fn greeting(url: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let mut tunnel = proxy(url).tunnel("h", 80, &HeadLimits::default());
        tunnel.advance(b"", &mut out).unwrap();
        out
    }

    #[test]
    fn host_and_port_are_those_of_the_url() {
        for (url, host, port) in [
            ("http://proxy.example", "proxy.example", 80),
            ("http://PROXY.example:3128/", "proxy.example", 3128),
            ("http://b\u{fc}cher.example", "xn--bcher-kva.example", 80),
            ("http://user:secret@[::1]:8080/ignored?x#y", "::1", 8080),
            ("socks5://127.0.0.1", "127.0.0.1", 1080),
            ("socks5h://PROXY.example:9050", "proxy.example", 9050),
            ("SOCKS5h://b\u{fc}cher.example", "xn--bcher-kva.example", 1080),
            ("socks5://[2001:DB8::1]:1", "2001:db8::1", 1),
            ("socks://127.0.0.1:9050/", "127.0.0.1", 9050),
            ("SOCKS://proxy.example", "proxy.example", 1080),
        ] {
            let proxy = proxy(url);
            assert_eq!((proxy.host(), proxy.port()), (host, port), "{url}");
        }
    }

    #[test]
    fn what_names_no_proxy_is_refused() {
        for scheme in ["https", "socks4", "socks4a", "ws"] {
            let error = Proxy::parse(&[scheme, "://h"].concat());
            assert_eq!(error, Err(UrlError::UnsupportedScheme(scheme.into())));
        }
        for url in [
            "",
            "proxy",
            "http://",
            "socks5://",
            "socks5://:1080",
            "socks5://a%20b",
            "http://h:+80",
            "socks5://h:+80",
            "socks://h:+80",
        ] {
            let error = Proxy::parse(url).unwrap_err();
            let is_expected = matches!(error, UrlError::Invalid(_) | UrlError::MissingHost);
            assert!(is_expected, "{url}: {error:?}");
        }
    }

    #[test]
    fn the_scheme_decides_about_the_protocol() {
        let connect = b"CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n";
        assert_eq!(greeting("http://proxy"), connect);
        assert_eq!(greeting("socks5://proxy"), [5, 1, 0]);
        assert_eq!(greeting("socks5h://proxy"), [5, 1, 0]);
        assert_eq!(greeting("socks://proxy"), [5, 1, 0]);
    }

    #[test]
    fn only_with_socks5_names_are_resolved_here() {
        let resolves_names = |url| proxy(url).resolves_names();
        assert!(resolves_names("http://proxy"));
        assert!(resolves_names("socks5h://proxy"));
        assert!(resolves_names("socks://proxy"));
        assert!(!resolves_names("socks5://proxy"));
    }

    #[test]
    fn credentials_are_decoded_and_sent() {
        let sent = String::from_utf8(greeting("http://user:p%40ss@proxy")).unwrap();
        assert!(sent.contains("\r\nProxy-Authorization: Basic dXNlcjpwQHNz\r\n"), "{sent}");

        let mut out = Vec::new();
        let mut tunnel =
            proxy("socks5://user:p%40ss@proxy").tunnel("h", 80, &HeadLimits::default());
        tunnel.advance(&[5, 2], &mut out).unwrap();
        assert_eq!(out, b"\x05\x02\x00\x02\x01\x04user\x04p@ss");
    }
}
