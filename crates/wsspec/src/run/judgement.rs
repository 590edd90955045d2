use core::fmt;
use std::time::Duration;

use crate::case::{Case, Outcome};

use super::{Event, Transcript, demands::Sent};

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The target does what is right.
    Pass,
    /// The target does not offer what the case is about.
    Skip,
    /// What the target does is allowed, but lax.
    Warn,
    /// The target breaks a rule.
    Fail,
    /// The case could not be run.
    Error,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Skip => "skip",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Error => "error",
        })
    }
}

/// The verdict on a target in one case, and what led to it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in one sentence. Empty after a pass.
    pub reason: String,
    /// Whether the target took too long.
    pub is_late: bool,
    /// The rule that decides, by its id in the page of clauses. None after a pass or a skip.
    pub clause: Option<&'static str>,
    /// Each outcome that is accepted, in words.
    pub expected: Vec<String>,
    /// What the target did, in words.
    pub seen: Vec<String>,
    /// What crossed the wire.
    pub transcript: Transcript,
    /// How long it took.
    pub duration: Duration,
}

/// What a run has come to, before the demands of the case.
#[derive(Debug)]
pub(super) struct Ruling {
    pub(super) verdict: Verdict,
    pub(super) reason: String,
    pub(super) is_late: bool,
    pub(super) clause: Option<&'static str>,
}

impl Ruling {
    pub(super) fn given_up() -> Self {
        let reason = "the run was given up".to_owned();
        Self { verdict: Verdict::Error, reason, is_late: true, clause: None }
    }

    /// Whether an outcome of the case was seen.
    pub(super) fn is_right(&self) -> bool {
        matches!(self.verdict, Verdict::Pass | Verdict::Warn)
    }
}

impl Judgement {
    pub(super) fn new(
        case: &Case,
        ruling: Ruling,
        sent: &Sent<'_>,
        events: &[Event],
        transcript: Transcript,
        duration: Duration,
    ) -> Self {
        let wrong = case.all_demands().iter().find_map(|demand| demand.check(sent).err());
        let ruling = match wrong.filter(|_| ruling.is_right()) {
            Some(reason) => {
                let clause = case.rules().first().copied();
                Ruling { verdict: Verdict::Fail, reason, is_late: false, clause }
            }
            None => ruling,
        };
        let expected = case.outcomes().iter().map(Outcome::to_string);
        let demanded = case.all_demands().iter().map(ToString::to_string);
        Self {
            verdict: ruling.verdict,
            reason: ruling.reason,
            is_late: ruling.is_late,
            clause: ruling.clause,
            expected: expected.chain(demanded).collect(),
            seen: events.iter().map(Event::to_string).collect(),
            transcript,
            duration,
        }
    }

    /// The judgement of a case that could not be run.
    pub(crate) fn not_run(reason: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Error,
            reason: reason.into(),
            is_late: false,
            clause: None,
            expected: Vec::new(),
            seen: Vec::new(),
            transcript: Transcript::default(),
            duration: Duration::ZERO,
        }
    }
}
