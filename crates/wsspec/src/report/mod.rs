//! What a run of many cases has found, and how it is written down.

mod case_report;
mod html;
mod human;
mod json;
mod junit;
mod printable;
mod section;
mod summary;
mod tap;

use std::time::Duration;

use sansocket::Role;
use serde::Serialize;

use crate::run::Verdict;

pub use case_report::{Allowance, CaseReport, Wire};

/// What a run of many cases has found.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The version of the format, as JSON.
    pub schema: u32,
    /// The version of this package.
    pub version: &'static str,
    /// The role of the target: `server` or `client`.
    pub role: &'static str,
    /// The URL of a server, or the command of a client.
    pub target: String,
    /// The profile.
    pub profile: String,
    /// The set of cases.
    pub set: u32,
    /// From which keys and the order are derived.
    pub seed: u64,
    /// Whether a warning decides too.
    pub is_strict: bool,
    /// How long the target takes for an answer, in microseconds.
    pub round_trip_us: u64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What went wrong with the target as such: it died, or hung. Empty if nothing did.
    pub troubles: Vec<String>,
    /// The allowances for cases that pass, or are not there.
    pub stale: Vec<Allowance>,
    /// The cases, in the order of the list.
    pub cases: Vec<CaseReport>,
}

impl Report {
    /// Creates a report without cases.
    #[must_use]
    pub fn new(role: Role, target: String) -> Self {
        Self {
            schema: 1,
            version: env!("CARGO_PKG_VERSION"),
            role: match role {
                Role::Server => "server",
                Role::Client => "client",
            },
            target,
            profile: String::new(),
            set: crate::NEWEST_SET,
            seed: 0,
            is_strict: false,
            round_trip_us: 0,
            duration_ms: 0,
            troubles: Vec::new(),
            stale: Vec::new(),
            cases: Vec::new(),
        }
    }

    /// Returns how many cases have a verdict. What is allowed is not among them.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.cases
            .iter()
            .filter(|case| case.verdict() == verdict && case.allowance.is_none())
            .count()
    }

    /// Returns whether a case decides against the target: it fails, or warns in a strict run, and that is
    /// not allowed.
    #[must_use]
    pub fn is_against(&self, case: &CaseReport) -> bool {
        let from = if self.is_strict { Verdict::Warn } else { Verdict::Fail };
        case.allowance.is_none() && case.verdict() >= from
    }

    /// Returns whether the target is as expected: no case is against it, and no allowance is stale.
    #[must_use]
    pub fn is_as_expected(&self) -> bool {
        self.stale.is_empty() && !self.cases.iter().any(|case| self.is_against(case))
    }

    /// Returns how long it took.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        Duration::from_millis(self.duration_ms)
    }
}
