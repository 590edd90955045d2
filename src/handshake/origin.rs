use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use super::authority::{Authority, split_scheme};

/// Which pages may connect to a server: the answer to cross-site WebSocket hijacking (RFC 6455
/// 10.2).
///
/// Browsers send the `Origin` of the page that connects, and with it the user's cookies. A request
/// without one comes from no browser, and every policy lets it pass.
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
    /// Only pages of the host that the request names: host and port of `Origin` are those of
    /// `Host`.
    ///
    /// A port that is absent is the default one of the origin's scheme, in both. Whether the
    /// stream is encrypted is unknown here, so that a page over plain HTTP passes for a server
    /// that TLS protects if both name the same port. `null` never passes. Against DNS rebinding there
    /// is [`OwnHosts`](Self::OwnHosts).
    #[default]
    SameHost,
    /// As [`SameHost`](Self::SameHost), and the host must be one of these: names or addresses, with
    /// the port if it is not the default one of the page's scheme.
    ///
    /// `SameHost` believes `Host`, which the page's URL decides. Whoever owns a name can let it point
    /// to the address of another's server, so that a page of that name is on the same host (DNS
    /// rebinding). Where a name is all that keeps strangers from a server, as in a local network,
    /// list the names under which it is known.
    OwnHosts(Vec<String>),
    /// Only these origins, as browsers write them: scheme, host in ASCII, and the port if it is
    /// not the scheme's default. Compared in any case.
    List(Vec<String>),
    /// Only those for which the function returns `true`, see [`OriginPolicy::function`].
    Function(OriginFunction),
    /// Every page of every site: for a server that knows no user and has no secrets.
    Any,
}

impl OriginPolicy {
    /// Creates a policy that asks a function, which gets the value of `Origin`.
    ///
    /// A clone of the policy clones the function with what it has captured; share what is large, or
    /// what changes, in an `Arc`.
    #[must_use]
    pub fn function(is_allowed: impl Fn(&str) -> bool + Clone + Send + Sync + 'static) -> Self {
        Self::Function(OriginFunction(Box::new(is_allowed)))
    }

    /// Whether a request may pass.
    pub(super) fn allows(&self, origin: Option<&str>, host: &str) -> bool {
        // RFC 6455 4.2.1: without `Origin`, it is not to be taken for a browser.
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

/// The function of [`OriginPolicy::function`].
#[derive(Clone)]
pub struct OriginFunction(Box<dyn AllowOrigin>);

impl fmt::Debug for OriginFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// A function that a policy can own and clone. An `Arc` would need an atomic compare-and-swap, and
/// neither Cortex-M0 nor RISC-V without the A extension has one.
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
    match (Authority::parse(authority), Authority::parse(host)) {
        (Some(origin), Some(host)) => origin.is_same(&host, default_port),
        _ => false,
    }
}
