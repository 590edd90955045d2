use alloc::vec::Vec;
use core::{fmt, iter::Map, slice};

use super::{HeadError, head_lines::HeadLines};

/// The header lines of a request or response, in order (RFC 9110 5). They are borrowed from the
/// input.
///
/// Names are compared without regard to case. Values are trimmed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers<'b>(Vec<Line<'b>>);

/// A name, which is UTF-8 and in a parsed head a token, and a value.
type Line<'b> = (&'b [u8], &'b [u8]);

impl<'b> Headers<'b> {
    /// Returns the value of the first line with that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'b [u8]> {
        self.get_all(name).next()
    }

    /// Returns the values of all lines with that name.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &'b [u8]> {
        let name = name.as_bytes();
        self.0.iter().filter(move |(own, _)| is_same(own, name)).map(|(_, value)| *value)
    }

    /// Returns the elements of the list that all lines with that name form. They are trimmed, and
    /// empty ones are skipped (RFC 9110 5.3 and 5.6.1).
    ///
    /// Use it for lists of tokens such as `Connection` and `Upgrade`: it also splits at a comma
    /// inside a quoted string.
    pub fn tokens(&self, name: &str) -> impl Iterator<Item = &'b [u8]> {
        self.get_all(name)
            .flat_map(|value| value.split(|&byte| byte == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|element| !element.is_empty())
    }

    /// Returns all lines: the names as written, and the values.
    pub fn iter(&self) -> impl Iterator<Item = (&'b str, &'b [u8])> {
        self.into_iter()
    }

    /// Returns the header lines of a complete head.
    pub(super) fn of(lines: &HeadLines, input: &'b [u8]) -> Self {
        Self(lines.headers(input).map(|(name, value)| (name, trim(value))).collect())
    }

    /// Returns whether the list with that name contains the token, ignoring case.
    pub(super) fn has_token(&self, name: &str, token: &str) -> bool {
        let is_token = |element: &[u8]| element.eq_ignore_ascii_case(token.as_bytes());
        // Most lists have one element.
        self.get_all(name).any(is_token) || self.tokens(name).any(is_token)
    }

    /// Returns the value of the only line with that name.
    pub(super) fn one(&self, name: &'static str) -> Result<&'b [u8], HeadError> {
        self.at_most_one(name)?.ok_or(HeadError::MissingHeader(name))
    }

    /// Returns the value of the only line with that name, if there is one.
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
        let trimmed = |(name, value): (&'b str, &'b [u8])| (name.as_bytes(), value.trim_ascii());
        Self(lines.into_iter().map(trimmed).collect())
    }
}

impl<'h, 'b> IntoIterator for &'h Headers<'b> {
    type Item = (&'b str, &'b [u8]);
    type IntoIter = Map<slice::Iter<'h, Line<'b>>, fn(&Line<'b>) -> Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(name, value)| (str::from_utf8(name).unwrap_or_default(), value))
    }
}

impl fmt::Debug for Headers<'_> {
    // Only the names: values contain cookies and credentials, which must stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

/// Removes whitespace around a value: usually one space before it.
#[inline]
fn trim(value: &[u8]) -> &[u8] {
    let value = value.strip_prefix(b" ").unwrap_or(value);
    match value {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => value,
        _ => value.trim_ascii(),
    }
}

/// Returns whether both names are the same, ignoring case. Most differ in length already.
#[inline]
fn is_same(own: &[u8], name: &[u8]) -> bool {
    own.len() == name.len() && (own == name || own.eq_ignore_ascii_case(name))
}

/// Owned headers, which outlive the input.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct OwnedHeaders {
    /// The names and values without anything between them.
    bytes: Vec<u8>,
    /// Where each name and its value end.
    ends: Vec<(usize, usize)>,
}

impl OwnedHeaders {
    pub(super) fn as_headers(&self) -> Headers<'_> {
        let mut start = 0;
        let lines = self.ends.iter().map(|&(name_end, end)| {
            let name = self.bytes.get(start..name_end).unwrap_or_default();
            start = end;
            (name, self.bytes.get(name_end..end).unwrap_or_default())
        });
        Headers(lines.collect())
    }
}

impl From<&Headers<'_>> for OwnedHeaders {
    fn from(headers: &Headers<'_>) -> Self {
        let mut bytes = Vec::new();
        bytes.reserve_exact(
            headers.0.iter().flat_map(|(name, value)| [name.len(), value.len()]).sum(),
        );
        let ends = headers.0.iter().map(|(name, value)| {
            bytes.extend_from_slice(name);
            let name_end = bytes.len();
            bytes.extend_from_slice(value);
            (name_end, bytes.len())
        });
        let ends = ends.collect();
        Self { bytes, ends }
    }
}

impl fmt::Debug for OwnedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_headers().fmt(f)
    }
}
