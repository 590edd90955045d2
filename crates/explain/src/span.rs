use std::borrow::Cow;

use crate::{Field, Level, Place, Violation};

/// An annotated field: where it is, what it holds and why. Spans nest: the spans inside a frame are
/// its header bits, its length, its key and its payload.
///
/// ```
/// use sansocket::Role;
/// use sansocket_explain::{Explainer, Field, Level, Options, Place};
///
/// let mut explainer = Explainer::new(&Options::frames());
/// let frame = explainer.explain(Role::Server, &mut &b"\x81\x05Hello"[..]).unwrap();
/// let opcode = frame.root.find(Field::Opcode).unwrap();
/// assert_eq!(opcode.place, Place::Bits { byte: 0, bits: 4..8 });
/// assert_eq!((opcode.value.as_str(), opcode.level), ("1", Level::Plain));
/// assert_eq!(opcode.note, "text: UTF-8");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Span {
    /// Where the field is.
    pub place: Place,
    /// What it is.
    pub field: Field,
    /// What it holds, as text: a number, a token, or bytes in hexadecimal.
    pub value: String,
    /// What that means.
    pub note: Cow<'static, str>,
    /// The rule behind it: an id of `docs/clauses.md`.
    pub clause: Option<&'static str>,
    /// Whether something is wrong with this field itself.
    pub level: Level,
    /// The fields inside this one, in order.
    pub children: Vec<Self>,
}

impl Span {
    pub(crate) fn new(place: Place, field: Field) -> Self {
        Self {
            place,
            field,
            value: String::new(),
            note: Cow::Borrowed(""),
            clause: None,
            level: Level::Plain,
            children: Vec::new(),
        }
    }

    pub(crate) fn value(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }

    pub(crate) fn note(self, note: impl Into<Cow<'static, str>>) -> Self {
        Self { note: note.into(), ..self }
    }

    pub(crate) fn clause(self, clause: &'static str) -> Self {
        Self { clause: Some(clause), ..self }
    }

    pub(crate) fn remark(self) -> Self {
        Self { level: Level::Remark, ..self }
    }

    pub(crate) fn with(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// Records that this field breaks a rule.
    pub(crate) fn mark(&mut self, violation: &Violation) {
        let place = match &self.place {
            // The byte at which a receiver can tell, if it is here and can be told from the others.
            Place::Bytes(range) if range.contains(&violation.at) && !self.field.is_number() => {
                Place::Bytes(violation.at..violation.at.saturating_add(1))
            }
            place => place.clone(),
        };
        let note = format!("{}; {}", violation.text, violation.action);
        self.level = Level::Violation;
        self.children.push(Self {
            level: Level::Violation,
            ..Self::new(place, Field::Violation).note(note).clause(violation.clause)
        });
    }

    /// Adds a remark about this field.
    pub(crate) fn push_remark(&mut self, note: impl Into<Cow<'static, str>>, clause: &'static str) {
        let remark = Self::new(self.place.clone(), Field::Remark);
        self.children.push(remark.note(note).clause(clause).remark());
    }

    /// Returns the first span of a field: this one, or one inside it.
    ///
    /// ```
    /// use sansocket::Role;
    /// use sansocket_explain::{Explainer, Field, Options};
    ///
    /// let mut explainer = Explainer::new(&Options::frames());
    /// let close = explainer.explain(Role::Server, &mut &b"\x88\x02\x03\xE8"[..]).unwrap();
    /// assert_eq!(close.root.find(Field::CloseCode).unwrap().note, "normal closure");
    /// assert!(close.root.find(Field::CloseReason).is_none());
    /// ```
    #[must_use]
    pub fn find(&self, field: Field) -> Option<&Self> {
        if self.field == field {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(field))
    }

    pub(crate) fn find_mut(&mut self, field: Field) -> Option<&mut Self> {
        if self.field == field {
            return Some(self);
        }
        self.children.iter_mut().find_map(|child| child.find_mut(field))
    }

    /// Returns the highest level of this span and those inside it.
    ///
    /// ```
    /// use sansocket::Role;
    /// use sansocket_explain::{Explainer, Level, Options};
    ///
    /// let mut explainer = Explainer::new(&Options::frames());
    /// // A server must not mask.
    /// let frame = explainer.explain(Role::Server, &mut &b"\x81\x80\x01\x02\x03\x04"[..]).unwrap();
    /// assert_eq!(frame.root.worst(), Level::Violation);
    /// ```
    #[must_use]
    pub fn worst(&self) -> Level {
        self.children.iter().map(Self::worst).fold(self.level, Level::max)
    }
}
