use alloc::{
    format,
    string::{String, ToString as _},
};

use thiserror::Error;
use url::{Host, Url};

/// A URL that cannot be connected to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It is no URL.
    #[error("not a URL: {0}")]
    Invalid(#[from] url::ParseError),
    /// Its scheme is not `ws`.
    #[error("scheme {0:?} is not supported, only \"ws\" is")]
    UnsupportedScheme(String),
    /// It has no host.
    #[error("the URL has no host")]
    MissingHost,
    /// It has a fragment, which names no part of a WebSocket resource (RFC 6455 3).
    #[error("a WebSocket URL has no fragment; write '#' as %23")]
    Fragment,
    /// It holds a user name or a password, which would be lost.
    #[error("give credentials in an Authorization header, not in the URL")]
    Credentials,
}

/// Where a `ws://` URL points to (RFC 6455 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// A name in ASCII or an address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// What the `Host` header says: the port only if it is not the default one.
    pub(crate) authority: String,
    /// The resource name: path and query.
    pub(crate) target: String,
}

impl Endpoint {
    pub(crate) fn parse(url: &str) -> Result<Self, UrlError> {
        // RFC 6455 11.1: non-ASCII parts become ASCII, which this parser does.
        let url = Url::parse(url)?;
        if url.scheme() != "ws" {
            return Err(UrlError::UnsupportedScheme(url.scheme().to_string()));
        }
        if url.fragment().is_some() {
            return Err(UrlError::Fragment);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        let host = match url.host().ok_or(UrlError::MissingHost)? {
            Host::Domain(name) => name.to_string(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let name = url.host_str().unwrap_or_default();
        let authority = match url.port() {
            Some(port) => format!("{name}:{port}"),
            None => name.to_string(),
        };
        // RFC 6455 3: a question mark only in front of a query that is not empty.
        let target = match url.query() {
            Some(query) if !query.is_empty() => format!("{}?{query}", url.path()),
            _ => url.path().to_string(),
        };
        Ok(Self { host, port: url.port_or_known_default().unwrap_or(80), authority, target })
    }
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, UrlError};

    fn parse(url: &str) -> (String, u16, String, String) {
        let Endpoint { host, port, authority, target } = Endpoint::parse(url).unwrap();
        (host, port, authority, target)
    }

    use alloc::string::String;

    // Shows 6455-3-1, 6455-3-3, 6455-4.1-12.
    #[test]
    fn section_3_default_port_and_empty_path() {
        let expected = ("example.com".into(), 80, "example.com".into(), "/".into());
        assert_eq!(parse("ws://example.com"), expected);
    }

    // Shows 6455-3-3, 6455-3-4.
    #[test]
    fn section_3_resource_name_is_path_and_query() {
        assert_eq!(parse("ws://h:8080/a/b?c=d%23").3, "/a/b?c=d%23");
        assert_eq!(parse("ws://h?x").3, "/?x");
        assert_eq!(parse("ws://h/a?").3, "/a", "an empty query has no question mark");
    }

    // Shows 6455-4.1-12.
    #[test]
    fn section_3_ipv6_literals_keep_their_brackets_in_the_host_header() {
        let expected = ("::1".into(), 9001, "[::1]:9001".into(), "/".into());
        assert_eq!(parse("ws://[::1]:9001/"), expected);
    }

    // Shows 6455-11.1-1, 6455-11.1-2.
    #[test]
    fn section_11_1_names_and_paths_become_ascii() {
        let expected =
            ("xn--bcher-kva.example".into(), 80, "xn--bcher-kva.example".into(), "/%C3%BC".into());
        assert_eq!(parse("ws://bücher.example/ü"), expected);
    }

    // Shows 6455-3-4, 6455-4.1-1.
    #[test]
    fn what_cannot_be_kept_is_refused() {
        assert_eq!(Endpoint::parse("ws://h/#f"), Err(UrlError::Fragment));
        assert_eq!(Endpoint::parse("ws://user:secret@h/"), Err(UrlError::Credentials));
        let scheme = UrlError::UnsupportedScheme("wss".into());
        assert_eq!(Endpoint::parse("wss://h/"), Err(scheme));
        assert!(matches!(Endpoint::parse("ws://"), Err(UrlError::Invalid(_))));
    }
}
