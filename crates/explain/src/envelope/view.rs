use core::ops::Range;

use super::Envelope;
use crate::{
    Field, Place, Span,
    excerpt::{hex, len_u64, quoted},
};

/// The most bytes of a part that are shown.
const SHOWN: usize = 64;

/// A message, from which parts are taken for spans.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'m> {
    pub(super) bytes: &'m [u8],
}

impl<'m> View<'m> {
    /// Makes the span of the message as a whole.
    pub(super) fn envelope(self, kind: Envelope) -> Span {
        Span::new(Place::Message(0..len_u64(self.bytes)), Field::Envelope).value(kind.name())
    }

    pub(super) fn get(self, range: Range<usize>) -> &'m [u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Makes the span of a part that is text.
    pub(super) fn text(self, range: Range<usize>, note: impl Into<String>) -> Span {
        let text = quoted(self.shown(&range));
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&text);
        self.part(&range, text.into(), note.into())
    }

    /// Makes the span of a part that is not.
    pub(super) fn binary(self, range: Range<usize>, note: impl Into<String>) -> Span {
        self.part(&range, hex(self.shown(&range)), note.into())
    }

    fn part(self, range: &Range<usize>, mut value: String, note: String) -> Span {
        if range.len() > SHOWN {
            value.push('…');
        }
        let at = |index| u64::try_from(index).unwrap_or(u64::MAX);
        let place = Place::Message(at(range.start)..at(range.end));
        Span::new(place, Field::EnvelopePart).value(value).note(note)
    }

    fn shown(self, range: &Range<usize>) -> &'m [u8] {
        let bytes = self.get(range.clone());
        bytes.get(..SHOWN).unwrap_or(bytes)
    }
}

/// The most parts that have a span each. A part may have one byte, and a span has many.
const MAX_PARTS: usize = 100;

/// Parts of a message, of which there may be as many as a peer likes. The first have a span each, and the
/// others have one together.
#[derive(Clone, Debug)]
pub(super) struct Parts<'m> {
    view: View<'m>,
    spans: Vec<Span>,
    /// The place of the others, and their number.
    others: Option<(Range<usize>, u32)>,
}

impl<'m> Parts<'m> {
    pub(super) const fn of(view: View<'m>) -> Self {
        Self { view, spans: Vec::new(), others: None }
    }

    /// Adds the part at `range`, the span of which is made if there is room for it.
    pub(super) fn push(&mut self, range: Range<usize>, span: impl FnOnce(Range<usize>) -> Span) {
        if self.spans.len() < MAX_PARTS {
            return self.spans.push(span(range));
        }
        let (others, count) = self.others.get_or_insert((range.clone(), 0));
        others.end = range.end;
        *count = count.saturating_add(1);
    }

    pub(super) fn into_spans(self) -> Vec<Span> {
        let Self { view, mut spans, others } = self;
        let others = others
            .map(|(range, count)| view.part(&range, String::new(), format!("… and {count} more")));
        spans.extend(others);
        spans
    }
}

/// Adds a remark about the whole message.
pub(super) fn with_remark(span: Span, note: impl Into<String>) -> Span {
    let remark = Span::new(span.place.clone(), Field::Remark).note(note.into()).remark();
    span.with([remark])
}
