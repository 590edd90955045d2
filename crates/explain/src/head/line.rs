use core::ops::Range;

use crate::{
    Field, Place, Span,
    excerpt::{len_u64, quoted},
};

/// A line of a head, without its end, and its place. Unlike the engine it takes apart heads that break
/// the grammar.
#[derive(Clone, Debug)]
pub(super) struct Line<'b> {
    pub(super) place: Range<u64>,
    pub(super) bytes: &'b [u8],
}

/// Returns all lines of a head whose first byte is at `start` on the wire, up to the empty one.
pub(super) fn lines(start: u64, head: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut at = start;
    head.split_inclusive(|&byte| byte == b'\n').map(move |line| {
        let bytes = line.strip_suffix(b"\n").unwrap_or(line);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let place = at..at.saturating_add(len_u64(line));
        at = place.end;
        Line { place, bytes }
    })
}

impl<'b> Line<'b> {
    /// Splits the line at its first spaces into at most `count` words.
    pub(super) fn words(&self, count: usize) -> Vec<Self> {
        self.split(count, |byte| byte == b' ')
    }

    /// Splits the line at a byte into parts, which are trimmed. Empty ones are left out.
    pub(super) fn elements(&self, separator: u8) -> Vec<Self> {
        let parts = self.split(usize::MAX, |byte| byte == separator);
        parts.iter().map(Self::trimmed).filter(|part| !part.bytes.is_empty()).collect()
    }

    fn split(&self, count: usize, is_separator: impl Fn(u8) -> bool) -> Vec<Self> {
        let mut at = self.place.start;
        let parts = self.bytes.splitn(count, |&byte| is_separator(byte)).map(|bytes| {
            let place = at..at.saturating_add(len_u64(bytes));
            at = place.end.saturating_add(1);
            Self { place, bytes }
        });
        parts.collect()
    }

    fn trimmed(&self) -> Self {
        let bytes = self.bytes.trim_ascii_start();
        let start =
            self.place.start.saturating_add(len_u64(self.bytes).saturating_sub(len_u64(bytes)));
        let bytes = bytes.trim_ascii_end();
        Self { place: start..start.saturating_add(len_u64(bytes)), bytes }
    }

    /// Returns the name and the value of a header line.
    pub(super) fn header(&self) -> Option<(Self, Self)> {
        let mut parts = self.split(2, |byte| byte == b':').into_iter();
        Some((parts.next()?, parts.next()?.trimmed()))
    }

    /// Makes a span of the line.
    pub(super) fn span(&self, field: Field) -> Span {
        Span::new(Place::Bytes(self.place.clone()), field).value(self.text())
    }

    /// Returns the text of the line. What is not printable is escaped.
    pub(super) fn text(&self) -> String {
        let text = quoted(self.bytes);
        text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&text).into()
    }
}
