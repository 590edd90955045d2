use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use super::authority::{Authority, split_scheme};

/// The pages that may connect to a server: the defence against cross-site WebSocket hijacking (RFC
/// 6455 10.2).
///
/// Browsers send the `Origin` of the page that connects, together with the user's cookies. A
/// request without an `Origin` does not come from a browser, and every policy allows it.
///
/// ```
/// use sansocket::handshake::OriginPolicy;
///
/// let listed = OriginPolicy::List(vec!["https://example.com".into()]);
/// let local = OriginPolicy::function(|origin| origin.starts_with("http://localhost:"));
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum OriginPolicy {
    /// Only pages of the host in the request: host and port of `Origin` are those of `Host`.
    ///
    /// In both, a missing port means the default port of the origin's scheme. It is not known here
    /// whether the stream is encrypted, so a page over plain HTTP may connect to a server with TLS
    /// if both have the same port. The origin `null` is never allowed. To prevent DNS rebinding,
    /// use [`OwnHosts`](Self::OwnHosts).
    #[default]
    SameHost,
    /// As [`SameHost`](Self::SameHost), but the host must also be one of these: names or addresses,
    /// with the port if it is not the default of the page's scheme.
    ///
    /// `SameHost` trusts `Host`, which comes from the page's URL. An attacker can point a domain of
    /// their own to the address of your server; a page of that domain is then on the same host (DNS
    /// rebinding). If only the network protects a server, such as a local network, list the names
    /// of the server here.
    OwnHosts(Vec<String>),
    /// Only these origins, as browsers send them: scheme, host in ASCII, and the port if it is not
    /// the scheme's default. They are compared without regard to case.
    List(Vec<String>),
    /// Only origins for which the function returns `true`, see [`OriginPolicy::function`].
    Function(OriginFunction),
    /// Any page of any site, for a server without users and secrets.
    Any,
}

impl OriginPolicy {
    /// Creates a policy that calls a function with the value of `Origin`.
    ///
    /// Cloning the policy clones the function with its captured values. Put large or mutable values
    /// into an `Arc`.
    #[must_use]
    pub fn function(is_allowed: impl Fn(&str) -> bool + Clone + Send + Sync + 'static) -> Self {
        Self::Function(OriginFunction(Box::new(is_allowed)))
    }

    /// Returns whether the policy allows a request with this `Origin`, if it has one, and `Host`.
    ///
    /// For requests other than upgrades, such as those of a fallback over HTTP. Upgrades are checked by
    /// the handshake.
    ///
    /// ```
    /// use sansocket::handshake::OriginPolicy;
    ///
    /// let policy = OriginPolicy::SameHost;
    /// assert!(policy.allows(Some("https://example.com"), "example.com"));
    /// assert!(!policy.allows(Some("https://example.org"), "example.com"));
    /// assert!(policy.allows(None, "example.com"));
    /// ```
    #[must_use]
    pub fn allows(&self, origin: Option<&str>, host: &str) -> bool {
        // RFC 6455 4.2.1: without `Origin`, the client is not assumed to be a browser.
        let Some(origin) = origin else {
            return true;
        };
        match self {
            Self::SameHost => is_same_host(origin, host),
            Self::OwnHosts(hosts) => {
                is_same_host(origin, host) && hosts.iter().any(|own| is_same_host(origin, own))
            }
            Self::List(origins) => {
                origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
            }
            Self::Function(function) => function.0.allows(origin),
            Self::Any => true,
        }
    }
}

/// The function of an [`OriginPolicy::function`].
#[derive(Clone)]
pub struct OriginFunction(Box<dyn AllowOrigin>);

impl fmt::Debug for OriginFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// A function that a policy can own and clone. It is not an `Arc`, which needs an atomic
/// compare-and-swap: neither Cortex-M0 nor RISC-V without the A extension has one.
trait AllowOrigin: Send + Sync {
    fn allows(&self, origin: &str) -> bool;
    fn boxed(&self) -> Box<dyn AllowOrigin>;
}

impl<F> AllowOrigin for F
where
    F: Fn(&str) -> bool + Clone + Send + Sync + 'static,
{
    fn allows(&self, origin: &str) -> bool {
        self(origin)
    }

    fn boxed(&self) -> Box<dyn AllowOrigin> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn AllowOrigin> {
    fn clone(&self) -> Self {
        (**self).boxed()
    }
}

fn is_same_host(origin: &str, host: &str) -> bool {
    let Some((default_port, authority)) = split_scheme(origin) else {
        return false;
    };
    let Some(origin) = Authority::parse(authority) else {
        return false;
    };
    // Most pages connect to where they come from, in the same words.
    authority == host
        || Authority::parse(host).is_some_and(|host| origin.is_same(&host, default_port))
}
