use super::{
    authority::{Authority, split_scheme},
    byte_set::ByteSet,
};
use crate::redacted::Redacted;

/// The target of a request: the resource name, alone or in an absolute URI (RFC 6455 3).
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    /// The authority of an absolute URI.
    pub(super) authority: Option<&'a str>,
    pub(super) path: &'a str,
    pub(super) query: Option<Redacted<&'a str>>,
}

impl<'a> Target<'a> {
    /// Parses a path, or an absolute `http` or `https` URI, each with or without a query.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (authority, resource) = if text.starts_with('/') {
            (None, text)
        } else {
            let (_, rest) = split_scheme(text)?;
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let (authority, resource) = rest.split_at_checked(end)?;
            (Some(authority), resource)
        };
        let path_len = resource.bytes().position(|byte| byte == b'?').unwrap_or(resource.len());
        let (path, query) = resource.split_at_checked(path_len)?;
        let query = query.strip_prefix('?');
        // RFC 6455 3: an empty path means "/".
        Self::new(authority, if path.is_empty() { "/" } else { path }, query)
    }

    /// Creates a target from its parts, if they are valid.
    pub(super) fn new(
        authority: Option<&'a str>,
        path: &'a str,
        query: Option<&'a str>,
    ) -> Option<Self> {
        if let Some(authority) = authority {
            Authority::parse(authority)?;
        }
        let is_valid = path.starts_with('/') && is_text(path) && query.is_none_or(is_text);
        is_valid.then_some(Self { authority, path, query: query.map(Redacted) })
    }
}

fn is_text(text: &str) -> bool {
    // RFC 6455 3: no fragment, and a '#' is written as %23. RFC 3986 2: printable ASCII.
    static TEXT: ByteSet = ByteSet::alphanumeric_and(b"!\"$%&'()*+,-./:;<=>?@[\\]^_`{|}~");
    text.bytes().all(|byte| TEXT.contains(byte))
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::Target;

    #[test]
    fn section_3_a_target_holds_printable_ascii_but_no_fragment() {
        for byte in 0..=u8::MAX {
            let char = char::from(byte);
            let is_valid = char.is_ascii_graphic() && char != '#';
            for target in [format!("/a{char}b"), format!("/?a{char}b")] {
                assert_eq!(Target::parse(&target).is_some(), is_valid, "{char:?}");
            }
        }
    }
}
