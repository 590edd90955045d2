use url::Url;

/// Where to connect: the parts of a `ws` or `wss` URL.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The name or address, without brackets.
    pub(super) name: String,
    pub(super) port: u16,
    /// Whether the stream is TLS.
    pub(super) is_secure: bool,
    /// The header `Host`.
    pub(super) host: String,
    /// Path and query.
    pub(super) resource: String,
}

impl Target {
    pub(super) fn parse(address: &str) -> Result<Self, String> {
        let url = Url::parse(address).map_err(|error| format!("{address}: {error}"))?;
        let is_secure = match url.scheme() {
            "ws" => false,
            "wss" => true,
            scheme => {
                return Err(format!("{scheme}:// is no WebSocket address; use ws:// or wss://"));
            }
        };
        let Some(host) = url.host_str() else { return Err(format!("{address}: no host")) };
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = url.port_or_known_default().unwrap_or(if is_secure { 443 } else { 80 });
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let resource = match url.query() {
            Some(query) if !query.is_empty() => format!("{}?{query}", url.path()),
            _ => url.path().to_owned(),
        };
        Ok(Self { name, port, is_secure, host, resource })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_resource() {
        let target = Target::parse("ws://[::1]:9001/chat?room=1#x").unwrap();
        assert_eq!((&*target.name, target.port), ("::1", 9001));
        assert_eq!((&*target.host, &*target.resource), ("[::1]:9001", "/chat?room=1"));
        assert_eq!(Target::parse("ws://example.com").unwrap().port, 80);
        let secure = Target::parse("wss://example.com").unwrap();
        assert_eq!((secure.port, secure.is_secure), (443, true));
        for wrong in ["http://example.com/", "example.com", "ftp://example.com/", "ws://"] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }
}
