//! Finding the server: URLs, proxies, redirects, and delays before reconnecting.
//!
//! Nothing here does I/O or reads a clock.

mod backoff;
#[cfg(all(feature = "net", feature = "url"))]
mod by_turns;
#[cfg(feature = "url")]
pub(crate) mod endpoint;
#[cfg(feature = "url")]
mod proxy;
#[cfg(feature = "url")]
mod proxy_rules;
#[cfg(all(feature = "net", feature = "url"))]
mod race;
#[cfg(feature = "url")]
mod redirects;

pub use backoff::Backoff;
#[cfg(all(feature = "net", feature = "url"))]
pub(crate) use by_turns::by_turns;
#[cfg(feature = "url")]
pub(crate) use endpoint::Endpoint;
#[cfg(feature = "url")]
pub use endpoint::UrlError;
#[cfg(feature = "url")]
pub use proxy::Proxy;
#[cfg(feature = "url")]
pub use proxy_rules::ProxyRules;
#[cfg(all(feature = "net", feature = "url"))]
pub(crate) use race::race;
#[cfg(feature = "url")]
pub use redirects::RedirectError;
#[cfg(feature = "url")]
pub(crate) use redirects::{RedirectLimits, Redirects, is_redirect};
