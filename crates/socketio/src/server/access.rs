use http::{
    HeaderMap, HeaderValue, Request,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_HEADERS, HOST, HeaderName, ORIGIN, VARY,
    },
};
use sansocket::OriginPolicy;

/// Which pages may connect, and what their browsers must be told about it (CORS).
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    pub(super) origin_policy: OriginPolicy,
    pub(super) allow_credentials: bool,
}

impl Access {
    /// Returns the headers for the response to a request, or `None` if it is refused.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Option<HeaderMap> {
        let text = |name: HeaderName| match request.headers().get(name).map(HeaderValue::to_str) {
            Some(value) => value.map(Some),
            None => Ok(None),
        };
        // In HTTP/2 the host is in the URI.
        let authority = request.uri().authority().map(|authority| authority.as_str());
        let host = text(HOST).ok()?.or(authority).unwrap_or_default();
        let origin = text(ORIGIN).ok()?;
        if !self.origin_policy.allows(origin, host) {
            return None;
        }
        let mut headers = HeaderMap::new();
        if let Some(origin) = request.headers().get(ORIGIN) {
            if let OriginPolicy::Any = self.origin_policy {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            } else {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                headers.insert(VARY, HeaderValue::from_static("Origin"));
                if self.allow_credentials {
                    let allowed = HeaderValue::from_static("true");
                    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, allowed);
                }
            }
        }
        Some(headers)
    }

    /// Adds what a preflight request asks for.
    pub(super) fn allow_preflight<B>(request: &Request<B>, headers: &mut HeaderMap) {
        let methods = HeaderValue::from_static("GET, POST");
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        if let Some(requested) = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, requested.clone());
        }
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
}
