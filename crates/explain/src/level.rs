/// The weight of a [`Span`](crate::Span).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "renderers must show each of them")]
pub enum Level {
    /// A field that is as it should be.
    Plain,
    /// Nothing is broken, but an engineer should know: something unusual or unknown.
    Remark,
    /// The bytes break a rule.
    Violation,
}

impl Level {
    /// Returns the word for it in lower case.
    ///
    /// ```
    /// use sansocket_explain::Level;
    ///
    /// assert_eq!(Level::Violation.name(), "violation");
    /// assert!(Level::Violation > Level::Remark);
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Remark => "remark",
            Self::Violation => "violation",
        }
    }
}
