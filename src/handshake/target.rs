use super::authority::{Authority, split_scheme};

/// The target of a request: the resource name, alone or in an absolute URI (RFC 6455 3).
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    /// The host of an absolute URI.
    pub(super) authority: Option<&'a str>,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// Parses a path, or an absolute `http` or `https` URI, each with or without a query.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        // RFC 6455 3: no fragment, and a '#' is written as %23. RFC 3986 2: printable ASCII.
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return None;
        }
        let (authority, resource) = if text.starts_with('/') {
            (None, text)
        } else {
            let (_, rest) = split_scheme(text)?;
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let (authority, resource) = rest.split_at_checked(end)?;
            Authority::parse(authority)?;
            (Some(authority), resource)
        };
        let (path, query) = match resource.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (resource, None),
        };
        Some(Self {
            authority,
            // RFC 6455 3: an empty path means "/".
            path: if path.is_empty() { "/" } else { path },
            query,
        })
    }
}
