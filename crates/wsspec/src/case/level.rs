use core::fmt;

/// How strong the rule is that a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// A MUST of the RFC: who breaks it is wrong.
    Must,
    /// A SHOULD of the RFC: who breaks it needs a reason.
    Should,
    /// A MAY of the RFC: both ways are right, and a peer must cope with either.
    May,
    /// No rule of the RFC, but needed among hostile peers.
    Robust,
    /// Speed: numbers, no verdict. Off by default.
    Perf,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::May => "may",
            Self::Robust => "robust",
            Self::Perf => "perf",
        })
    }
}
