use alloc::{string::String, vec, vec::Vec};
use core::{fmt, iter::Copied, slice};

use super::HeadError;

/// The header lines of a request or response, in their order (RFC 9110 5).
///
/// Names are compared in any case. Values are without the whitespace around them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers<'b>(Vec<(&'b str, &'b [u8])>);

impl<'b> Headers<'b> {
    /// The value of the first line of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'b [u8]> {
        self.get_all(name).next()
    }

    /// The values of all lines of that name.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &'b [u8]> {
        self.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The elements of the list that all lines of that name make together, without the whitespace
    /// around them; empty ones are skipped (RFC 9110 5.3 and 5.6.1).
    ///
    /// This is for lists of tokens such as `Connection` and `Upgrade`: a comma inside a quoted
    /// string separates too.
    pub fn tokens(&self, name: &str) -> impl Iterator<Item = &'b [u8]> {
        self.get_all(name)
            .flat_map(|value| value.split(|&byte| byte == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|element| !element.is_empty())
    }

    /// All lines: names as they were written, and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'b str, &'b [u8])> {
        self.into_iter()
    }

    /// The lines of a head that [`HeadScanner`](super::HeadScanner) has found complete, behind
    /// its start line.
    pub(super) fn parse(lines: &'b [u8], count: usize) -> Option<Self> {
        let mut parsed = vec![httparse::EMPTY_HEADER; count];
        let Ok(httparse::Status::Complete((_, parsed))) =
            httparse::parse_headers(lines, &mut parsed)
        else {
            return None;
        };
        Some(parsed.iter().map(|line| (line.name, line.value)).collect())
    }

    /// Whether the list of that name holds the token, in any case.
    pub(super) fn has_token(&self, name: &str, token: &str) -> bool {
        self.tokens(name).any(|element| element.eq_ignore_ascii_case(token.as_bytes()))
    }

    /// The value of the only line of that name.
    pub(super) fn one(&self, name: &'static str) -> Result<&'b [u8], HeadError> {
        self.at_most_one(name)?.ok_or(HeadError::MissingHeader(name))
    }

    /// The value of the only line of that name, if there is one.
    pub(super) fn at_most_one(&self, name: &'static str) -> Result<Option<&'b [u8]>, HeadError> {
        let mut values = self.get_all(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => Err(HeadError::DuplicateHeader(name)),
        }
    }
}

impl<'b> FromIterator<(&'b str, &'b [u8])> for Headers<'b> {
    fn from_iter<I: IntoIterator<Item = (&'b str, &'b [u8])>>(lines: I) -> Self {
        Self(lines.into_iter().map(|(name, value)| (name, value.trim_ascii())).collect())
    }
}

impl<'h, 'b> IntoIterator for &'h Headers<'b> {
    type Item = (&'b str, &'b [u8]);
    type IntoIter = Copied<slice::Iter<'h, Self::Item>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().copied()
    }
}

impl fmt::Debug for Headers<'_> {
    // The names alone: values hold cookies and credentials, which are to stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

/// Headers that outlive the input that they came in.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct OwnedHeaders(Vec<(String, Vec<u8>)>);

impl OwnedHeaders {
    pub(super) fn as_headers(&self) -> Headers<'_> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect()
    }
}

impl From<&Headers<'_>> for OwnedHeaders {
    fn from(headers: &Headers<'_>) -> Self {
        Self(headers.iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for OwnedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_headers().fmt(f)
    }
}
