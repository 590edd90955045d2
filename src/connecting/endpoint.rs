use alloc::{
    format,
    string::{String, ToString as _},
    vec::Vec,
};

use percent_encoding::percent_decode_str;
use thiserror::Error;
use url::{Host, Url};

use crate::handshake::Credentials;

/// A URL that cannot be connected to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UrlError {
    /// The URL is malformed.
    #[error("not a URL: {0}")]
    Invalid(url::ParseError),
    /// The URL begins with a host in place of a scheme, such as `localhost:9001`.
    #[error("the URL has no scheme; write {}://{_0}", if _0.ends_with(":443") { "wss" } else { "ws" })]
    MissingScheme(String),
    /// The scheme is not supported.
    #[error("scheme {0:?} is not supported")]
    UnsupportedScheme(String),
    /// A `wss` URL, but the feature for TLS is not enabled: `rustls` for the blocking adapter,
    /// `tokio-rustls` for the async one. Or create the TLS stream yourself, and connect over it.
    #[error("a wss URL needs the feature `rustls`, or with Tokio `tokio-rustls`")]
    Tls,
    /// The URL has no host.
    #[error("the URL has no host")]
    MissingHost,
    /// The URL has a fragment, which is meaningless for WebSocket (RFC 6455 3).
    #[error("a WebSocket URL has no fragment; write '#' as %23")]
    Fragment,
    /// The user name contains a `:`, or the user name or the password a control character (RFC 7617
    /// 2).
    #[error("the user name or the password in the URL cannot be sent")]
    Credentials,
}

// Not a `source`, since the text already contains it.
impl From<url::ParseError> for UrlError {
    fn from(error: url::ParseError) -> Self {
        Self::Invalid(error)
    }
}

/// The target of a URL (RFC 6455 3).
///
/// It has no `Debug`: the credentials must stay out of logs.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Whether to use TLS: `wss`, not `ws`.
    pub(crate) is_secure: bool,
    /// A name in ASCII or an address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The value of the `Host` header. It has the port only if that is not the default.
    pub(crate) authority: String,
    /// The resource name: path and query.
    pub(crate) target: String,
    /// The value of an `Authorization` header, if there is a user name or a password.
    pub(crate) authorization: Option<String>,
}

impl Endpoint {
    /// Parses a `ws` or `wss` URL, or an `http` or `https` URL with the same meaning.
    pub(crate) fn parse(url: &str) -> Result<Self, UrlError> {
        // RFC 6455 11.1: non-ASCII parts are converted to ASCII. This parser does that.
        let parsed = Url::parse(url).map_err(UrlError::from).and_then(|parsed| Self::new(&parsed));
        parsed.map_err(|error| match error {
            UrlError::Invalid(url::ParseError::RelativeUrlWithoutBase)
            | UrlError::UnsupportedScheme(_) => {
                without_scheme(url).map_or(error, UrlError::MissingScheme)
            }
            error => error,
        })
    }

    fn new(url: &Url) -> Result<Self, UrlError> {
        // RFC 6455 3: the ports.
        let (is_secure, default_port) = match url.scheme() {
            // The WHATWG's WebSockets Standard 3.1 allows the URL of a page, and redirects use HTTP
            // schemes.
            "ws" | "http" => (false, 80),
            "wss" | "https" => (true, 443),
            other => return Err(UrlError::UnsupportedScheme(other.to_string())),
        };
        if url.fragment().is_some() {
            return Err(UrlError::Fragment);
        }
        let authorization = credentials(url).map(|credentials| credentials.basic()).transpose();
        let name = url.host_str().unwrap_or_default();
        let authority = match url.port() {
            Some(port) => format!("{name}:{port}"),
            None => name.to_string(),
        };
        // RFC 6455 3: a question mark only before a query that is not empty.
        let target = match url.query() {
            Some(query) if !query.is_empty() => format!("{}?{query}", url.path()),
            _ => url.path().to_string(),
        };
        Ok(Self {
            is_secure,
            host: host(url)?,
            port: url.port().unwrap_or(default_port),
            authority,
            target,
            authorization: authorization.map_err(|_| UrlError::Credentials)?,
        })
    }

    /// Resolves a reference against this endpoint (RFC 3986 5).
    pub(crate) fn join(&self, reference: &str) -> Result<Self, UrlError> {
        let scheme = if self.is_secure { "wss" } else { "ws" };
        let base = Url::parse(&format!("{scheme}://{}{}", self.authority, self.target))?;
        Self::new(&base.join(reference)?)
    }

    /// Returns whether both have the same scheme, host and port (RFC 6454 5).
    pub(crate) fn is_same_origin(&self, other: &Self) -> bool {
        (self.is_secure, &self.host, self.port) == (other.is_secure, &other.host, other.port)
    }
}

/// Returns the host, and the port if there is one, of a URL without a scheme. The rest may contain
/// secrets.
fn without_scheme(url: &str) -> Option<String> {
    let authority = url.split(['/', '?', '#']).next().unwrap_or_default();
    // The parser takes the first word of `localhost:9001` and `user:password@host` for a scheme.
    let is_scheme = !authority.contains('@')
        && authority.split_once(':').is_some_and(|(scheme, port)| {
            let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            !is_port && !scheme.starts_with('[')
        });
    if is_scheme || authority.is_empty() {
        return None;
    }
    let parsed = Endpoint::new(&Url::parse(&format!("ws://{authority}/")).ok()?).ok()?;
    Some(parsed.authority)
}

/// Returns the host in ASCII, without the brackets of an IPv6 address.
pub(crate) fn host(url: &Url) -> Result<String, UrlError> {
    // The URL parser does not do this for schemes that it does not know.
    Ok(match Host::parse(url.host_str().ok_or(UrlError::MissingHost)?)? {
        Host::Domain(name) => name,
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    })
}

/// Returns the user name and the password in a URL, if it has at least one of them.
pub(crate) fn credentials(url: &Url) -> Option<Credentials> {
    let decoded = |part: &str| -> Vec<u8> { percent_decode_str(part).collect() };
    let (user, password) = (url.username(), url.password());
    (!user.is_empty() || password.is_some())
        .then(|| Credentials::new(decoded(user), decoded(password.unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString as _};

    use super::{Endpoint, UrlError};

    fn parse(url: &str) -> Endpoint {
        Endpoint::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    fn error(url: &str) -> UrlError {
        Endpoint::parse(url).err().unwrap_or_else(|| panic!("{url} is accepted"))
    }

    /// Returns the parts of an endpoint that determine how to connect.
    fn parts(url: &str) -> (bool, String, u16, String) {
        let Endpoint { is_secure, host, port, authority, .. } = parse(url);
        (is_secure, host, port, authority)
    }

    // Shows 6455-3-1, 6455-3-2, 6455-4.1-12.
    #[test]
    fn section_3_default_ports_by_scheme() {
        let name = || String::from("example.com");
        assert_eq!(parts("ws://example.com"), (false, name(), 80, name()));
        assert_eq!(parts("wss://example.com"), (true, name(), 443, name()));
        assert_eq!(parts("WSS://EXAMPLE.com:443/"), (true, name(), 443, name()));
        let expected = (true, name(), 80, "example.com:80".into());
        assert_eq!(parts("wss://example.com:80/"), expected);
        let expected = (false, name(), 443, "example.com:443".into());
        assert_eq!(parts("ws://example.com:443/"), expected);
    }

    // Shows own-client-8.
    #[test]
    fn http_and_https_mean_ws_and_wss() {
        for rest in ["h", "h:80/a", "h:443", "u:p@[::1]:9001/?q"] {
            for (http, ws) in [("http", "ws"), ("https", "wss")] {
                let [http, ws] = [http, ws].map(|scheme| parse(&[scheme, "://", rest].concat()));
                assert!(http == ws, "{rest}");
            }
        }
    }

    // Shows 6455-3-3, 6455-3-4 (client).
    #[test]
    fn section_3_resource_name_is_path_and_query() {
        assert_eq!(parse("ws://h").target, "/");
        assert_eq!(parse("ws://h:8080/a/b?c=d%23").target, "/a/b?c=d%23");
        assert_eq!(parse("ws://h?x").target, "/?x");
        assert_eq!(parse("ws://h/a?").target, "/a", "an empty query has no question mark");
    }

    // Shows 6455-4.1-12.
    #[test]
    fn section_3_ipv6_literals_keep_their_brackets_in_the_host_header() {
        let expected = (false, "::1".into(), 9001, "[::1]:9001".into());
        assert_eq!(parts("ws://[::1]:9001/"), expected);
        let expected = (true, "2001:db8::1".into(), 443, "[2001:db8::1]".into());
        assert_eq!(parts("wss://[2001:DB8:0::1]/"), expected);
    }

    // Shows 6455-11.1-1, 6455-11.1-2.
    #[test]
    fn section_11_1_names_and_paths_become_ascii() {
        let name = || String::from("xn--bcher-kva.example");
        assert_eq!(parts("ws://bücher.example/ü"), (false, name(), 80, name()));
        assert_eq!(parse("ws://bücher.example/ü?ü").target, "/%C3%BC?%C3%BC");
    }

    #[test]
    fn rfc_7617_user_name_and_password_become_an_authorization() {
        for (userinfo, encoded) in [
            ("Aladdin:open%20sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            // The example of RFC 7617 2.1, in UTF-8.
            ("test:123%C2%A3", "dGVzdDoxMjPCow=="),
            ("test:123£", "dGVzdDoxMjPCow=="),
            ("user", "dXNlcjo="),
            ("user:", "dXNlcjo="),
            (":secret", "OnNlY3JldA=="),
            ("user:a:b%40c", "dXNlcjphOmJAYw=="),
            ("%FF:%fe", "/zr+"),
        ] {
            let endpoint = parse(&["ws://", userinfo, "@h:1/x"].concat());
            let expected = ["Basic ", encoded].concat();
            assert_eq!(endpoint.authorization.as_deref(), Some(expected.as_str()), "{userinfo}");
            assert_eq!((endpoint.authority.as_str(), endpoint.target.as_str()), ("h:1", "/x"));
        }
        for url in ["ws://h", "ws://@h", "ws://:@h", "ws://h/a@b"] {
            assert_eq!(parse(url).authorization, None, "{url}");
        }
    }

    #[test]
    fn rfc_7617_credentials_invalid_for_basic_are_an_error() {
        for userinfo in ["a%3Ab:c", "a%0Ab", "a:%00", "a:b%0D%0AX", "a:%7F"] {
            let url = ["ws://", userinfo, "@h/"].concat();
            assert_eq!(error(&url), UrlError::Credentials, "{userinfo}");
        }
    }

    // Shows 6455-3-4 (client), 6455-4.1-1.
    #[test]
    fn urls_that_cannot_be_connected_to_are_errors() {
        assert_eq!(error("ws://h/#f"), UrlError::Fragment);
        assert_eq!(error("wss://h/#"), UrlError::Fragment);
        assert_eq!(error("ftp://h/"), UrlError::UnsupportedScheme("ftp".into()));
        assert_eq!(error("mailto:h"), UrlError::UnsupportedScheme("mailto".into()));
        assert_eq!(error("h:/80"), UrlError::UnsupportedScheme("h".into()));
        for url in [
            "ws://",
            "ws:///",
            "ws://h:65536/",
            "ws://h:+80/",
            "wss://[::1]:+80/",
            "ws://[::1",
            "ws://a b/",
            "//h/",
            "/h",
            "",
        ] {
            assert!(matches!(error(url), UrlError::Invalid(_)), "{url}");
        }
    }

    #[test]
    fn the_error_for_a_url_without_a_scheme_says_how_to_write_it() {
        for (url, expected) in [
            ("127.0.0.1:9001", "ws://127.0.0.1:9001"),
            ("localhost:9001/chat?token=1", "ws://localhost:9001"),
            ("localhost", "ws://localhost"),
            ("example.com/chat#token", "ws://example.com"),
            ("example.com:443/", "wss://example.com:443"),
            ("[::1]:9001/", "ws://[::1]:9001"),
            ("user:secret@h:80/", "ws://h"),
        ] {
            let error = error(url);
            assert!(matches!(error, UrlError::MissingScheme(_)), "{url}: {error:?}");
            let expected = ["the URL has no scheme; write ", expected].concat();
            assert_eq!(error.to_string(), expected);
        }
    }
}
