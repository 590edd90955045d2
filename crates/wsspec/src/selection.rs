use core::{fmt, str::FromStr};

use sansocket::Role;

use crate::case::{Case, Level};

/// Which cases are run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Profile {
    /// What every echoing endpoint must do: no compression, no hostile peers.
    Core,
    /// All but what only measures.
    Full,
    /// What hostile peers do.
    Hostile,
    /// The opening handshake.
    Handshake,
    /// permessage-deflate.
    Deflate,
    /// What only measures.
    Perf,
    /// A chapter of RFC 6455.
    Chapter(u8),
}

impl Profile {
    /// Returns whether a case belongs to the profile.
    ///
    /// ```
    /// use wsspec::{Profile, cases};
    ///
    /// let case = cases().into_iter().find(|case| case.id() == "rfc6455/5.1/unmasked-text").unwrap();
    /// assert!(Profile::Core.contains(&case) && Profile::Chapter(5).contains(&case));
    /// assert!(!Profile::Deflate.contains(&case) && !Profile::Chapter(7).contains(&case));
    /// ```
    #[must_use]
    pub fn contains(&self, case: &Case) -> bool {
        let is_deflate = case.id().starts_with("rfc7692/");
        let is_measured = case.level() == Level::Perf;
        let chapter = case.section().split('.').next().and_then(|chapter| chapter.parse().ok());
        match self {
            Self::Core => !is_deflate && case.level() < Level::Robust,
            Self::Full => !is_measured,
            Self::Hostile => case.level() == Level::Robust,
            Self::Handshake => !is_deflate && !is_measured && chapter == Some(4),
            Self::Deflate => is_deflate && !is_measured,
            Self::Perf => is_measured,
            Self::Chapter(wanted) => !is_deflate && !is_measured && chapter == Some(*wanted),
        }
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name {
            "core" => Self::Core,
            "full" => Self::Full,
            "hostile" => Self::Hostile,
            "handshake" => Self::Handshake,
            "deflate" => Self::Deflate,
            "perf" => Self::Perf,
            _ => match name.strip_prefix("chapter-").and_then(|chapter| chapter.parse().ok()) {
                Some(chapter) => Self::Chapter(chapter),
                None => {
                    return Err("one of core, full, hostile, handshake, deflate, perf, chapter-N"
                        .to_owned());
                }
            },
        })
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Core => "core",
            Self::Full => "full",
            Self::Hostile => "hostile",
            Self::Handshake => "handshake",
            Self::Deflate => "deflate",
            Self::Perf => "perf",
            Self::Chapter(chapter) => return write!(f, "chapter-{chapter}"),
        })
    }
}

/// The newest set of cases. A set never changes; a release that adds cases adds a set.
pub const NEWEST_SET: u32 = 1;

/// Selects cases: those of a profile and set for a role whose id, title or Autobahn id holds all words of
/// a filter.
///
/// ```
/// use sansocket::Role;
/// use wsspec::{NEWEST_SET, Profile, cases, select};
///
/// let cases = select(cases(), Role::Server, &Profile::Full, NEWEST_SET, Some("unmasked text"));
/// assert!(cases.iter().any(|case| case.id() == "rfc6455/5.1/unmasked-text"));
/// ```
#[must_use]
pub fn select(
    cases: Vec<Case>,
    role: Role,
    profile: &Profile,
    set: u32,
    filter: Option<&str>,
) -> Vec<Case> {
    let is_selected = |case: &Case| {
        case.is_for(role)
            && profile.contains(case)
            && case.set() <= set
            && filter.is_none_or(|filter| case.matches(filter))
    };
    cases.into_iter().filter(is_selected).collect()
}

impl Case {
    /// Returns whether the id, the title or an Autobahn id holds each word.
    #[must_use]
    pub fn matches(&self, words: &str) -> bool {
        let texts = [self.id().to_lowercase(), self.title().to_lowercase()];
        words.to_lowercase().split_whitespace().all(|word| {
            let word = word.strip_prefix("autobahn/").unwrap_or(word);
            texts.iter().any(|text| text.contains(word))
                || self.autobahn_ids().iter().any(|id| id == word)
        })
    }
}
