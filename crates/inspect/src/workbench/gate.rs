use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, header, uri::Authority};

/// Decides which requests are those of the workbench's own page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    port: u16,
}

impl Gate {
    pub(super) const fn new(port: u16) -> Self {
        Self { port }
    }

    /// Returns whether the request names this program by address, and whether the page that sends it, if
    /// it is one, was served here. An upgrade needs the origin.
    pub(super) fn admits(self, headers: &HeaderMap) -> bool {
        let Some(host) = only(headers, &header::HOST) else { return false };
        let origin = match only(headers, &header::ORIGIN) {
            Some(origin) => origin,
            None if headers.contains_key(header::ORIGIN) => return false,
            None => return self.is_own(host) && !headers.contains_key(header::UPGRADE),
        };
        self.is_own(host)
            && origin.strip_prefix("http://").is_some_and(|own| own.eq_ignore_ascii_case(host))
    }

    /// A name other than `localhost` could be one that an attacker has pointed here (DNS rebinding).
    fn is_own(self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else { return false };
        let name = authority.host();
        let address = name.trim_start_matches('[').trim_end_matches(']');
        let is_known = name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok();
        is_known && authority.port_u16().unwrap_or(80) == self.port
    }
}

/// Returns the value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn admits(pairs: &[(HeaderName, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_static(value));
        }
        Gate::new(8455).admits(&headers)
    }

    #[test]
    fn only_the_own_page_is_admitted() {
        for host in ["127.0.0.1:8455", "localhost:8455", "[::1]:8455"] {
            assert!(admits(&[(header::HOST, host)]), "{host}");
        }
        for host in ["127.0.0.1:80", "127.0.0.1", "example.com:8455", "", "a@127.0.0.1:1"] {
            assert!(!admits(&[(header::HOST, host)]), "{host}");
        }
        let host = (header::HOST, "127.0.0.1:8455");
        let upgrade = (header::UPGRADE, "websocket");
        let origin = |origin| (header::ORIGIN, origin);
        assert!(admits(&[host.clone(), upgrade.clone(), origin("http://127.0.0.1:8455")]));
        assert!(!admits(&[host.clone(), upgrade.clone()]));
        assert!(!admits(&[host.clone(), host.clone()]));
        for foreign in
            ["http://example.com", "null", "https://127.0.0.1:8455", "http://localhost:1"]
        {
            assert!(!admits(&[host.clone(), upgrade.clone(), origin(foreign)]), "{foreign}");
            assert!(!admits(&[host.clone(), origin(foreign)]), "{foreign}");
        }
    }
}
