use std::{fmt, str::FromStr};

/// The server to which connections are passed on, as `host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target(String);

impl Target {
    pub(super) fn address(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        match scheme.to_ascii_lowercase().as_str() {
            "" | "ws" | "http" => {}
            "wss" | "https" => {
                return Err(
                    "what TLS has encrypted cannot be explained: use ws:// with the address \
                            of the server itself"
                        .into(),
                );
            }
            scheme => return Err(format!("the scheme {scheme} is not ws")),
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.strip_suffix(':').unwrap_or(authority);
        // The colons of an IPv6 address are in brackets.
        let port = host
            .rsplit_once(':')
            .map(|(_, port)| port)
            .filter(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
        if let Some(port) = port
            && port.parse::<u16>().is_err()
        {
            return Err(format!("the port {port} is above 65535"));
        }
        match (host.is_empty(), port.is_some(), scheme.is_empty()) {
            (true, ..) => Err("the host is missing".into()),
            (_, true, _) => Ok(Self(host.into())),
            (_, false, true) => Err("the port is missing: HOST:PORT".into()),
            // RFC 6455 3: the default port.
            (_, false, false) => Ok(Self(format!("{host}:80"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_addresses_are_targets() {
        for (text, address) in [
            ("ws://localhost:9001/chat?room=1", "localhost:9001"),
            ("WS://example.com", "example.com:80"),
            ("http://[::1]/", "[::1]:80"),
            ("[::1]:9001", "[::1]:9001"),
            ("127.0.0.1:9001", "127.0.0.1:9001"),
        ] {
            assert_eq!(text.parse::<Target>().unwrap().address(), address);
        }
        let above: Result<Target, _> = "ws://localhost:65536".parse();
        assert_eq!(above.unwrap_err(), "the port 65536 is above 65535");
        for text in ["wss://example.com", "ftp://example.com", "example.com", "ws://", ""] {
            text.parse::<Target>().unwrap_err();
        }
    }
}
