use alloc::string::String;

use thiserror::Error;

use super::{Endpoint, UrlError};
use crate::handshake::client::ErrorResponse;

/// A redirect that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RedirectError {
    /// There were more redirects than allowed.
    #[error("redirected more than {limit} times")]
    TooMany {
        /// The number of redirects that are allowed.
        limit: usize,
    },
    /// The `Location` header is missing, duplicate, or not UTF-8.
    #[error("redirected without a valid Location")]
    Location,
    /// The URL in `Location` cannot be connected to.
    #[error("redirected to a URL that cannot be connected to: {0}")]
    Url(UrlError),
    /// The redirect is from `wss` to `ws`, which would drop encryption.
    #[error("redirected from wss to ws")]
    Insecure,
    /// The redirect is to another host, which the application does not allow: the server chooses
    /// the target, and may choose one in a network that only the client can reach.
    #[error("redirected to another host, {0:?}; allow it with redirects_to_other_hosts")]
    OtherHost(String),
}

// Not a `source`, since the text already contains it.
impl From<UrlError> for RedirectError {
    fn from(error: UrlError) -> Self {
        Self::Url(error)
    }
}

/// The state of following redirects (RFC 9110 15.4).
pub(crate) struct Redirects {
    endpoint: Endpoint,
    is_first_origin: bool,
    count: usize,
    limits: RedirectLimits,
}

/// The limits on redirects.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RedirectLimits {
    /// The number of redirects to follow. With 0 a redirect is a response like any other.
    pub(crate) max_redirects: usize,
    /// Whether redirects to other hosts are followed.
    pub(crate) other_hosts: bool,
}

impl Redirects {
    /// Starts at `endpoint`.
    pub(crate) const fn new(endpoint: Endpoint, limits: RedirectLimits) -> Self {
        Self { endpoint, is_first_origin: true, count: 0, limits }
    }

    /// Returns the endpoint to connect to now.
    pub(crate) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Returns whether all redirects stayed with the scheme, the host and the port of the first
    /// URL.
    ///
    /// If not, headers of the application must not be sent to this endpoint: any of them may hold a
    /// secret for the first server only.
    pub(crate) const fn is_first_origin(&self) -> bool {
        self.is_first_origin
    }

    /// Follows a response if it is a redirect and redirects are followed. Returns `false`
    /// otherwise.
    pub(crate) fn follow(&mut self, response: &ErrorResponse) -> Result<bool, RedirectError> {
        let is_followed = self.limits.max_redirects > 0 && is_redirect(response);
        if is_followed {
            self.endpoint = self.next(response)?;
        }
        Ok(is_followed)
    }

    fn next(&mut self, response: &ErrorResponse) -> Result<Endpoint, RedirectError> {
        let limit = self.limits.max_redirects;
        if self.count >= limit {
            return Err(RedirectError::TooMany { limit });
        }
        self.count = self.count.saturating_add(1);
        let location = location(response).ok_or(RedirectError::Location)?;
        let mut next = self.endpoint.join(location)?;
        if self.endpoint.is_secure && !next.is_secure {
            return Err(RedirectError::Insecure);
        }
        if !self.limits.other_hosts && self.endpoint.host != next.host {
            return Err(RedirectError::OtherHost(next.host));
        }
        let is_same_origin = self.endpoint.is_same_origin(&next);
        self.is_first_origin &= is_same_origin;
        // The credentials are for the application's server only, and no server can choose others.
        next.authorization = self.endpoint.authorization.take().filter(|_| is_same_origin);
        Ok(next)
    }
}

/// Returns whether the response is a redirect. RFC 9110 15.4: the same request can be sent
/// elsewhere.
pub(crate) const fn is_redirect(response: &ErrorResponse) -> bool {
    matches!(response.status(), 301 | 302 | 303 | 307 | 308)
}

/// Returns the value of the only `Location` (RFC 9110 10.2.2).
fn location(response: &ErrorResponse) -> Option<&str> {
    let headers = response.headers();
    let mut values = headers.get_all("Location");
    match (values.next(), values.next()) {
        (Some(value), None) => str::from_utf8(value).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec::Vec};

    use super::{RedirectError, RedirectLimits, Redirects};
    use crate::{
        connecting::{Endpoint, UrlError},
        handshake::{
            HandshakeError,
            client::{ErrorResponse, Request},
        },
    };

    fn redirects(url: &str, max_redirects: usize) -> Redirects {
        let limits = RedirectLimits { max_redirects, other_hosts: true };
        Redirects::new(Endpoint::parse(url).unwrap(), limits)
    }

    fn parse(response: &[u8]) -> ErrorResponse {
        let mut awaiting = Request::new("h", "/").send([0; 16], &mut Vec::new()).unwrap();
        match awaiting.parse(response) {
            Err(HandshakeError::UnexpectedResponse(response)) => response,
            other => panic!("{other:?}"),
        }
    }

    /// Creates a response with this status and these header lines.
    fn response(status: u16, lines: &[&str]) -> ErrorResponse {
        let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        parse(format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n{lines}\r\n").as_bytes())
    }

    fn to(location: &str) -> ErrorResponse {
        response(302, &[&format!("Location: {location}")])
    }

    /// Returns the error of a redirect from `url`.
    fn error(url: &str, response: &ErrorResponse) -> RedirectError {
        redirects(url, 10).follow(response).unwrap_err()
    }

    fn url(endpoint: &Endpoint) -> String {
        let scheme = if endpoint.is_secure { "wss" } else { "ws" };
        format!("{scheme}://{}{}", endpoint.authority, endpoint.target)
    }

    #[test]
    fn rfc_9110_15_4_these_statuses_are_followed() {
        for status in [301, 302, 303, 307, 308] {
            let mut redirects = redirects("ws://h/a", 1);
            assert_eq!(redirects.follow(&response(status, &["Location: /b"])), Ok(true));
            assert_eq!(url(redirects.endpoint()), "ws://h/b");
        }
    }

    #[test]
    fn no_other_response_is_a_redirect() {
        for status in [200, 300, 304, 305, 306, 309, 401, 426, 503] {
            let response = response(status, &["Location: /b"]);
            assert_eq!(redirects("ws://h/a", 1).follow(&response), Ok(false));
        }
    }

    #[test]
    fn with_a_limit_of_0_no_redirect_is_followed() {
        let mut redirects = redirects("ws://h/a", 0);
        assert_eq!(redirects.follow(&to("/b")), Ok(false));
        assert_eq!(url(redirects.endpoint()), "ws://h/a");
    }

    #[test]
    fn rfc_9110_10_2_2_a_location_is_resolved_against_the_url_before() {
        for (from, location, expected) in [
            ("ws://h/a/b?c", "d", "ws://h/a/d"),
            ("ws://h/a/b?c", "../d?e", "ws://h/d?e"),
            ("ws://h/a/b?c", "?e", "ws://h/a/b?e"),
            ("ws://h:81/a/b?c", "/", "ws://h:81/"),
            ("ws://h/a", "//other:81/b", "ws://other:81/b"),
            ("wss://h/a", "//other/b", "wss://other/b"),
            ("wss://[::1]:81/a", "b", "wss://[::1]:81/b"),
            ("ws://h/a", "https://h/a", "wss://h/a"),
            ("ws://h/a", "http://h/b", "ws://h/b"),
            ("ws://h/a", "wss://h/", "wss://h/"),
            ("ws://h/a", "\u{fc}", "ws://h/%C3%BC"),
            ("ws://h/a", "", "ws://h/a"),
        ] {
            let mut redirects = redirects(from, 1);
            assert_eq!(redirects.follow(&to(location)), Ok(true));
            assert_eq!(url(redirects.endpoint()), expected, "{from} and {location}");
        }
    }

    #[test]
    fn hops_are_counted() {
        let mut redirects = redirects("ws://h/", 2);
        assert_eq!(redirects.follow(&to("/1")), Ok(true));
        assert_eq!(redirects.follow(&to("/2")), Ok(true));
        let error = redirects.follow(&to("/3")).unwrap_err();
        assert_eq!(error, RedirectError::TooMany { limit: 2 });
        assert_eq!(url(redirects.endpoint()), "ws://h/2");
    }

    #[test]
    fn by_default_no_redirect_leads_to_another_host() {
        let limits = RedirectLimits { max_redirects: 1, ..RedirectLimits::default() };
        for (location, is_followed) in [
            ("/b", true),
            ("ws://H:81/", true),
            ("https://h/", true),
            ("ws://other/", false),
            ("//h.other/", false),
            ("ws://169.254.169.254/", false),
        ] {
            let mut redirects = Redirects::new(Endpoint::parse("ws://h/a").unwrap(), limits);
            let followed = redirects.follow(&to(location));
            assert_eq!(followed == Ok(true), is_followed, "{location}: {followed:?}");
            assert_eq!(matches!(followed, Err(RedirectError::OtherHost(_))), !is_followed);
        }
    }

    // Shows own-client-5.
    #[test]
    fn a_redirect_never_drops_encryption() {
        for location in ["ws://h/", "http://h/", "ws://other:443/"] {
            assert_eq!(error("wss://h/", &to(location)), RedirectError::Insecure);
        }
        let mut redirects = redirects("ws://h/", 2);
        assert_eq!(redirects.follow(&to("https://h/")), Ok(true));
        assert!(redirects.follow(&to("http://h/")).is_err());
    }

    #[test]
    fn a_redirect_that_leads_nowhere_is_an_error() {
        for lines in [&[][..], &["Location: /a", "Location: /b"], &["Location: /a", "Location:"]] {
            assert_eq!(error("ws://h/", &response(302, lines)), RedirectError::Location);
        }
        for (location, expected) in [
            ("ftp://h/", UrlError::UnsupportedScheme("ftp".into())),
            ("javascript:x", UrlError::UnsupportedScheme("javascript".into())),
            ("/a#b", UrlError::Fragment),
        ] {
            assert_eq!(error("ws://h/", &to(location)), RedirectError::Url(expected));
        }
        assert!(matches!(error("ws://h/", &to("//")), RedirectError::Url(UrlError::Invalid(_))));
    }

    #[test]
    fn a_location_that_is_not_utf8_is_an_error() {
        let response = parse(b"HTTP/1.1 302 x\r\nContent-Length: 0\r\nLocation: /\xff\r\n\r\n");
        assert_eq!(error("ws://h/", &response), RedirectError::Location);
    }

    #[test]
    fn credentials_stay_with_the_origin() {
        let authorization = |redirects: &Redirects| redirects.endpoint().authorization.is_some();
        for location in ["/b", "//h/b", "ws://h:80/b", "HTTP://H/", "ws://user@h/", ""] {
            let mut redirects = redirects("ws://user:secret@h/a", 1);
            assert!(authorization(&redirects) && redirects.is_first_origin());
            assert_eq!(redirects.follow(&to(location)), Ok(true));
            assert!(redirects.is_first_origin(), "{location}");
            // The credentials of the application.
            let expected = Some("Basic dXNlcjpzZWNyZXQ=");
            assert_eq!(redirects.endpoint().authorization.as_deref(), expected, "{location}");
        }
        for location in [
            "//other/b",
            "//a.h/b",
            "ws://h:81/b",
            "wss://h/b",
            "wss://h:80/b",
            "ws://user:secret@other/b",
        ] {
            let mut redirects = redirects("ws://user:secret@h/a", 3);
            assert_eq!(redirects.follow(&to(location)), Ok(true));
            assert!(!redirects.is_first_origin(), "{location}");
            assert!(!authorization(&redirects), "{location}");
            // Credentials that were dropped are not restored.
            assert_eq!(redirects.follow(&to("wss://h/b")), Ok(true));
            assert_eq!(redirects.follow(&to("/c")), Ok(true));
            assert!(!redirects.is_first_origin(), "{location}");
            assert!(!authorization(&redirects), "{location}");
        }
    }

    #[test]
    fn a_server_cannot_choose_credentials() {
        let mut redirects = redirects("ws://h/", 2);
        assert_eq!(redirects.follow(&to("ws://user:secret@h/")), Ok(true));
        assert_eq!(redirects.endpoint().authorization, None);
        assert_eq!(redirects.follow(&to("ws://user:secret@other/")), Ok(true));
        assert_eq!(redirects.endpoint().authorization, None);
    }
}
