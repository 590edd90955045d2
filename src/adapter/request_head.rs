use alloc::{string::String, vec::Vec};
use core::fmt;

use super::client_settings::ClientSettings;
use crate::{connecting::Redirects, handshake::ExtraHeaders, redacted::RedactedTarget};

/// The target and the headers of an HTTP request to a URL, for requests besides the upgrade, with what
/// a connector adds to each of its own.
///
/// `Debug` shows neither the query nor the values of headers.
#[derive(Clone)]
pub struct RequestHead {
    target: RedactedTarget<String>,
    headers: Vec<(String, String)>,
}

impl RequestHead {
    pub(crate) fn new(settings: &ClientSettings, redirects: &Redirects) -> Self {
        let (settings, endpoint) = (settings.at(redirects), redirects.endpoint());
        let own = [("Host", Some(&endpoint.authority)), ("Origin", settings.origin.as_ref())];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value?.as_str())));
        let headers = own.chain(ExtraHeaders::lines(&settings.headers));
        let headers = headers.map(|(name, value)| (name.into(), value.into())).collect();
        Self { target: RedactedTarget(endpoint.target.clone()), headers }
    }

    /// Returns the path with the query, in ASCII.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target.0
    }

    /// Returns names and values of the headers, valid for HTTP (RFC 9110 5): `Host`, then those of the
    /// application, with `Origin` and with `Authorization` if the URL has a user name or a password.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for RequestHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers().map(|(name, _)| name).collect();
        f.debug_struct("RequestHead")
            .field("target", &self.target)
            .field("headers", &names)
            .finish()
    }
}
