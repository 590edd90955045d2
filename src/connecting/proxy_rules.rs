use alloc::{borrow::ToOwned as _, format, string::String, vec::Vec};
use core::net::IpAddr;

use ipnet::IpNet;
use url::Host;

use super::{Endpoint, Proxy, UrlError};
use crate::handshake::parse_decimal;

/// Which servers are reached through which proxy.
///
/// By default none is: the environment is read only by [`from_env`](Self::from_env).
///
/// ```
/// use sansocket::{ProxyRules, Proxy};
///
/// let proxies = ProxyRules::from_variables(|name| match name {
///     "HTTPS_PROXY" => Some("http://proxy.example:3128".into()),
///     "NO_PROXY" => Some("localhost, .internal.example, 10.0.0.0/8".into()),
///     _ => None,
/// })?;
/// let proxy = Proxy::parse("http://proxy.example:3128")?;
/// assert_eq!(proxies.choose("wss://example.com/")?, Some(&proxy));
/// assert_eq!(proxies.choose("wss://chat.internal.example/")?, None);
/// assert_eq!(proxies.choose("wss://10.1.2.3/")?, None);
/// assert_eq!(proxies.choose("ws://example.com/")?, None);
/// # Ok::<(), sansocket::UrlError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyRules {
    for_ws: Option<Proxy>,
    for_wss: Option<Proxy>,
    exceptions: Vec<Exception>,
}

impl From<Proxy> for ProxyRules {
    /// One proxy for all servers.
    fn from(proxy: Proxy) -> Self {
        Self { for_ws: Some(proxy.clone()), for_wss: Some(proxy), exceptions: Vec::new() }
    }
}

impl ProxyRules {
    /// Reads the variables of the process's environment, as
    /// [`from_variables`](Self::from_variables) does.
    ///
    /// # Errors
    ///
    /// A variable that names a proxy holds no URL of a [`Proxy`].
    #[cfg(feature = "std")]
    pub fn from_env() -> Result<Self, UrlError> {
        Self::from_variables(|name| {
            std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
        })
    }

    /// Reads the variables by which programs are told their proxies.
    ///
    /// | variable | what it holds |
    /// | --- | --- |
    /// | `http_proxy`, `HTTP_PROXY` | the proxy for `ws` |
    /// | `https_proxy`, `HTTPS_PROXY` | the proxy for `wss` |
    /// | `all_proxy`, `ALL_PROXY` | the proxy for either, where the one above says nothing |
    /// | `no_proxy`, `NO_PROXY` | the [exceptions](Self::bypass) |
    ///
    /// The first one of a line that is set and not empty counts. A proxy without a scheme is an
    /// `http` one.
    ///
    /// Where `REQUEST_METHOD` is set, `HTTP_PROXY` is ignored: to a CGI program it is the header
    /// `Proxy` of the request, which any client can send. If names of variables have no case, as on
    /// Windows, `http_proxy` is the same variable and is ignored too.
    ///
    /// # Errors
    ///
    /// A variable that names a proxy holds no URL of a [`Proxy`].
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, UrlError> {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty());
        let either = |lower: &str, upper: &str| get(lower).or_else(|| get(upper));
        let proxy = |value: Option<String>| value.map(|value| parse(&value)).transpose();

        // A CGI server sets this in upper case alone. Where it is found in lower case as well, names
        // have no case.
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let has_no_case = is_cgi && variable("request_method").is_some();
        let http = get("http_proxy")
            .filter(|_| !has_no_case)
            .or_else(|| get("HTTP_PROXY").filter(|_| !is_cgi));
        let all = either("all_proxy", "ALL_PROXY");
        let proxies = Self {
            for_ws: proxy(http.or_else(|| all.clone()))?,
            for_wss: proxy(either("https_proxy", "HTTPS_PROXY").or(all))?,
            exceptions: Vec::new(),
        };
        Ok(proxies.bypass(&either("no_proxy", "NO_PROXY").unwrap_or_default()))
    }

    /// Adds exceptions: servers that are reached without a proxy.
    ///
    /// The elements of the list are separated by commas or whitespace:
    ///
    /// | element | which servers |
    /// | --- | --- |
    /// | `example.com`, `.example.com`, `*.example.com` | that name and all below it |
    /// | `192.0.2.1`, `::1`, `[::1]` | that address |
    /// | `10.0.0.0/8`, `fe80::/10` | the addresses of that network |
    /// | `*` | all |
    ///
    /// With a port behind it, such as `example.com:8080` or `[::1]:80`, an element holds for that
    /// port alone. Names are compared as they stand in the URL: none is resolved. `::ffff:192.0.2.1`
    /// and `192.0.2.1` are the same address, in the list and in the URL. An element of any other
    /// form is skipped.
    #[must_use]
    pub fn bypass(mut self, list: &str) -> Self {
        let elements = list.split(|c: char| c == ',' || c.is_whitespace());
        self.exceptions.extend(elements.filter_map(Exception::parse));
        self
    }

    /// The proxy through which the server of a `ws` or `wss` URL is reached, if it is through one.
    ///
    /// # Errors
    ///
    /// The URL cannot be connected to.
    pub fn choose(&self, url: &str) -> Result<Option<&Proxy>, UrlError> {
        Ok(self.choose_for(&Endpoint::parse(url)?))
    }

    /// The proxy through which the endpoint is reached, if it is through one.
    pub(crate) fn choose_for(&self, endpoint: &Endpoint) -> Option<&Proxy> {
        let proxy = if endpoint.is_secure { &self.for_wss } else { &self.for_ws };
        let is_excepted = |endpoint| self.exceptions.iter().any(|each| each.holds_for(endpoint));
        proxy.as_ref().filter(|_| !is_excepted(endpoint))
    }
}

/// Parses a proxy that may have no scheme.
fn parse(value: &str) -> Result<Proxy, UrlError> {
    if value.contains("://") {
        Proxy::parse(value)
    } else {
        Proxy::parse(&format!("http://{value}"))
    }
}

/// Servers that are reached without a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Exception {
    hosts: Hosts,
    /// `None`: all ports.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    All,
    /// This name and all below it.
    Domain(String),
    Network(IpNet),
}

impl Exception {
    fn parse(element: &str) -> Option<Self> {
        // Without a port first: the last colon of an address stands before none.
        if let Some(hosts) = Hosts::parse(element) {
            return Some(Self { hosts, port: None });
        }
        let (hosts, port) = element.rsplit_once(':')?;
        Some(Self { hosts: Hosts::parse(hosts)?, port: Some(parse_decimal(port.as_bytes())?) })
    }

    fn holds_for(&self, endpoint: &Endpoint) -> bool {
        self.port.is_none_or(|port| port == endpoint.port) && self.hosts.contain(&endpoint.host)
    }
}

impl Hosts {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        if let Ok(network) = text.parse() {
            return Some(Self::Network(canonical(network)));
        }
        if let Ok(address) = text.parse() {
            return Some(Self::address(address));
        }
        let name = text.strip_prefix('*').unwrap_or(text);
        let name = name.strip_prefix('.').unwrap_or(name);
        Some(match Host::parse(name).ok()? {
            Host::Domain(name) => Self::Domain(without_root(&name).to_owned()),
            Host::Ipv4(address) => Self::address(address.into()),
            Host::Ipv6(address) => Self::address(address.into()),
        })
    }

    fn address(address: IpAddr) -> Self {
        Self::Network(address.to_canonical().into())
    }

    fn contain(&self, host: &str) -> bool {
        match self {
            Self::All => true,
            Self::Domain(domain) => without_root(host)
                .strip_suffix(domain.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
            // As it is written too: a network of IPv6 can be wider than what is mapped of IPv4.
            Self::Network(network) => host.parse().is_ok_and(|address: IpAddr| {
                network.contains(&address) || network.contains(&address.to_canonical())
            }),
        }
    }
}

/// The network of IPv4 that a network of mapped addresses stands for (RFC 4291 2.5.5.2).
fn canonical(network: IpNet) -> IpNet {
    const MAPPED_LEN: u8 = 96;
    let prefix_len = network.prefix_len().checked_sub(MAPPED_LEN);
    match (network, network.network().to_canonical(), prefix_len) {
        (IpNet::V6(_), address @ IpAddr::V4(_), Some(prefix_len)) => {
            IpNet::new(address, prefix_len).unwrap_or(network)
        }
        _ => network,
    }
}

/// The name without the dot that may stand at its end.
fn without_root(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::ProxyRules;
    use crate::connecting::{Proxy, UrlError};

    /// Reads variables that are set so.
    fn read(variables: &[(&str, &str)]) -> Result<ProxyRules, UrlError> {
        ProxyRules::from_variables(|name| {
            variables.iter().find(|(own, _)| *own == name).map(|&(_, value)| value.into())
        })
    }

    /// The hosts of the proxies for `ws` and `wss`.
    fn hosts(variables: &[(&str, &str)]) -> [Option<String>; 2] {
        let proxies = read(variables).unwrap();
        ["ws://h", "wss://h"]
            .map(|url| proxies.choose(url).unwrap().map(|proxy| proxy.host().into()))
    }

    #[test]
    fn there_is_no_proxy_unless_one_is_set() {
        let none = [None, None];
        assert_eq!(hosts(&[]), none);
        assert_eq!(hosts(&[("HTTP_PROXY", ""), ("all_proxy", ""), ("NO_PROXY", "h")]), none);
        assert_eq!(ProxyRules::default().choose("ws://h"), Ok(None));
    }

    #[test]
    fn each_scheme_has_its_variable_and_both_have_one() {
        let [a, b] = ["a", "b"].map(|host| Some(String::from(host)));
        assert_eq!(hosts(&[("HTTP_PROXY", "http://a")]), [a.clone(), None]);
        assert_eq!(hosts(&[("https_proxy", "http://a")]), [None, a.clone()]);
        assert_eq!(hosts(&[("ALL_PROXY", "socks5://a")]), [a.clone(), a.clone()]);
        assert_eq!(hosts(&[("all_proxy", "http://a"), ("HTTPS_PROXY", "http://b")]), [a, b]);
    }

    #[test]
    fn lower_case_is_preferred_and_what_is_empty_is_not_set() {
        let a = Some(String::from("a"));
        assert_eq!(hosts(&[("http_proxy", "http://a"), ("HTTP_PROXY", "http://b")])[0], a);
        assert_eq!(hosts(&[("http_proxy", ""), ("HTTP_PROXY", "http://a")])[0], a);
    }

    #[test]
    fn in_a_cgi_program_http_proxy_is_a_header_of_the_request() {
        let cgi = ("REQUEST_METHOD", "GET");
        let header = ("HTTP_PROXY", "http://evil");
        let a = Some(String::from("a"));
        assert_eq!(hosts(&[cgi, header]), [None, None]);
        assert_eq!(hosts(&[cgi, header, ("http_proxy", "http://a")])[0], a);
        assert_eq!(hosts(&[cgi, header, ("ALL_PROXY", "http://a")])[0], a);
        assert_eq!(hosts(&[cgi, ("HTTPS_PROXY", "http://a")])[1], a);
    }

    #[test]
    fn where_names_of_variables_have_no_case_a_cgi_program_has_no_http_proxy() {
        let read = |variables: &[(&str, &str)]| {
            ProxyRules::from_variables(|name| {
                let is_it = |(own, _): &&(&str, &str)| own.eq_ignore_ascii_case(name);
                variables.iter().find(is_it).map(|&(_, value)| value.into())
            })
            .unwrap()
        };
        let host = |proxies: &ProxyRules| {
            proxies.choose("ws://h").unwrap().map(|proxy| String::from(proxy.host()))
        };
        let header = ("HTTP_PROXY", "http://evil");
        assert_eq!(host(&read(&[("REQUEST_METHOD", "GET"), header])), None);
        assert_eq!(host(&read(&[("request_method", "GET"), ("http_proxy", "http://a")])), None);
        let others = [("REQUEST_METHOD", "GET"), header, ("all_proxy", "http://a")];
        assert_eq!(host(&read(&others)), Some("a".into()));
        // Elsewhere it is what the user has set.
        assert_eq!(host(&read(&[header])), Some("evil".into()));
    }

    #[test]
    fn a_socks_proxy_as_desktops_write_it_is_a_socks5_one_that_resolves_names() {
        let proxies = read(&[("all_proxy", "socks://127.0.0.1:1080/")]).unwrap();
        let proxy = proxies.choose("wss://h").unwrap().unwrap();
        assert_eq!((proxy.host(), proxy.port()), ("127.0.0.1", 1080));
        assert!(proxy.resolves_names());
    }

    #[test]
    fn a_proxy_without_a_scheme_is_an_http_one() {
        for value in ["proxy:3128", "http://proxy:3128"] {
            let proxies = read(&[("ALL_PROXY", value)]).unwrap();
            let expected = Proxy::parse("http://proxy:3128").unwrap();
            assert_eq!(proxies, ProxyRules::from(expected));
        }
        let proxies = read(&[("ALL_PROXY", "user:secret@proxy")]).unwrap();
        let expected = Proxy::parse("http://user:secret@proxy").unwrap();
        assert_eq!(proxies, ProxyRules::from(expected));
    }

    #[test]
    fn what_names_no_proxy_is_an_error_and_not_a_way_around_it() {
        for value in ["https://proxy", "socks4://proxy", "http://", ":80"] {
            assert!(read(&[("ALL_PROXY", value)]).is_err(), "{value}");
        }
        let proxies = ProxyRules::from(Proxy::parse("http://proxy").unwrap());
        assert_eq!(proxies.choose("ws://h/#f"), Err(UrlError::Fragment));
    }

    /// Whether the server of the URL is reached without a proxy.
    fn is_excepted(list: &str, url: &str) -> bool {
        let proxies = read(&[("ALL_PROXY", "http://proxy"), ("NO_PROXY", list)]).unwrap();
        proxies.choose(url).unwrap().is_none()
    }

    #[test]
    fn exceptions_hold_for_names_and_all_below_them() {
        for list in ["example.com", ".example.com", "*.example.com", "EXAMPLE.COM", "example.com."]
        {
            for host in ["example.com", "a.example.com", "a.b.example.com", "Example.com."] {
                assert!(is_excepted(list, &["ws://", host].concat()), "{list} and {host}");
            }
            for host in ["notexample.com", "com", "example.com.evil", "example.org"] {
                assert!(!is_excepted(list, &["ws://", host].concat()), "{list} and {host}");
            }
        }
        assert!(is_excepted("b\u{fc}cher.example", "ws://xn--bcher-kva.example"));
        assert!(is_excepted("com", "ws://example.com"));
    }

    #[test]
    fn exceptions_hold_for_addresses_and_networks() {
        for (list, inside, outside) in [
            ("192.0.2.1", "192.0.2.1", "192.0.2.11"),
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("192.0.2.128/25", "192.0.2.128", "192.0.2.127"),
            ("0.0.0.0/0", "203.0.113.1", "[::1]"),
            ("::1", "[::1]", "[::2]"),
            ("[::1]", "[0:0::1]", "localhost"),
            ("fe80::/10", "[febf::1]", "[fec0::1]"),
            ("192.0.2.1", "[::ffff:192.0.2.1]", "[::ffff:192.0.2.2]"),
            // Addresses of IPv4 as IPv6 has them, on either side.
            ("10.0.0.0/8", "[::ffff:10.1.2.3]", "[::ffff:11.1.2.3]"),
            ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("::ffff:192.0.2.1", "[::ffff:192.0.2.1]", "[::ffff:192.0.2.2]"),
            ("[::ffff:192.0.2.1]", "192.0.2.1", "192.0.2.2"),
            ("[::FFFF:c000:201]", "[::ffff:192.0.2.1]", "[::192.0.2.1]"),
            ("::ffff:10.0.0.0/104", "10.1.2.3", "11.1.2.3"),
            ("::ffff:10.0.0.0/104", "[::ffff:10.1.2.3]", "[::ffff:11.1.2.3]"),
            ("::ffff:0.0.0.0/96", "192.0.2.1", "[2001:db8::1]"),
            ("::/0", "[::ffff:192.0.2.1]", "192.0.2.1"),
            ("::ffff:0:0/95", "[::fffe:0:1]", "192.0.2.1"),
            // No name is resolved, and no address is a name.
            ("127.0.0.0/8", "127.0.0.1", "localhost"),
            ("0.1", "0.0.0.1", "192.0.0.1"),
        ] {
            assert!(is_excepted(list, &["ws://", inside].concat()), "{list} and {inside}");
            assert!(!is_excepted(list, &["ws://", outside].concat()), "{list} and {outside}");
        }
    }

    #[test]
    fn exceptions_with_a_port_hold_for_that_port() {
        for (list, inside, outside) in [
            ("example.com:8080", "ws://a.example.com:8080", "ws://example.com"),
            ("example.com:443", "wss://example.com", "ws://example.com"),
            ("192.0.2.1:80", "ws://192.0.2.1", "wss://192.0.2.1"),
            ("[::1]:80", "ws://[::1]", "ws://[::1]:8080"),
            ("10.0.0.0/8:80", "ws://10.1.1.1", "ws://10.1.1.1:81"),
            ("*:80", "ws://h", "wss://h"),
            ("[::ffff:192.0.2.1]:80", "ws://192.0.2.1", "wss://192.0.2.1"),
        ] {
            assert!(is_excepted(list, inside), "{list} and {inside}");
            assert!(!is_excepted(list, outside), "{list} and {outside}");
        }
    }

    #[test]
    fn a_star_excepts_all() {
        for url in ["ws://h", "wss://192.0.2.1", "ws://[::1]:9001"] {
            assert!(is_excepted("*", url));
        }
    }

    #[test]
    fn exceptions_are_separated_by_commas_or_whitespace() {
        for list in
            ["a,b", " a , b ", "a b", ",,a,,b,", "a\tb", "%/#,10.0.0.0/99,b:x,h:99999,h:+80,b"]
        {
            assert!(is_excepted(list, "ws://b"), "{list}");
            assert!(!is_excepted(list, "ws://h"), "{list}");
        }
        for list in ["", ",", " ", ".", "*.", ":80", "h:", "h:+80", "h:-80", "h: 80", "h:8\u{660}"]
        {
            assert!(!is_excepted(list, "ws://h"), "{list}");
        }
    }
}
