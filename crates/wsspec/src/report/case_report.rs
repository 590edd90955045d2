use serde::{Deserialize, Serialize};

use sansocket::Role;
use sansocket_explain::{Element, Explainer, Options};

use crate::{
    case::Case,
    run::{Judgement, Verdict},
};

use super::printable::printable;

/// Of what crossed the wire, so much is kept after a pass: the opening handshake, and a few frames.
const MAX_PASSED: usize = 4 << 10;

/// One case in a report.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CaseReport {
    /// The id.
    pub id: String,
    /// What is special.
    pub title: String,
    /// How strong the rule is.
    pub level: String,
    /// The section of the RFC.
    pub section: String,
    /// The rules that the case is about.
    pub rules: Vec<&'static str>,
    /// Why the rule matters.
    pub why: String,
    /// Autobahn's ids of the case.
    pub autobahn: Vec<String>,
    #[serde(rename = "verdict")]
    verdict_name: String,
    #[serde(skip)]
    verdict: Verdict,
    #[serde(skip)]
    is_late: bool,
    /// Why, in one sentence. Empty after a pass.
    pub reason: String,
    /// The rule that decides. None after a pass.
    pub clause: Option<&'static str>,
    /// Each outcome that is accepted.
    pub expected: Vec<String>,
    /// What the target did.
    pub seen: Vec<String>,
    /// After how many bytes what was sent was cut, if that is what went wrong.
    pub cut_after: Option<usize>,
    /// How long it took, in microseconds: both handshakes are part of it.
    pub duration_us: u64,
    /// How many bytes of payload the case sends.
    pub payload_sent: u64,
    /// What the baseline allows.
    pub allowance: Option<Allowance>,
    /// What crossed the wire.
    pub transcript: Vec<Wire>,
    /// How many bytes are missing in the transcript, since there were too many.
    pub left_out: u64,
}

/// An entry of the baseline: a case that may fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "it is a file format")]
pub struct Allowance {
    /// The id of the case.
    pub id: String,
    /// Why it may fail.
    pub reason: String,
    /// Where that is followed up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
}

/// Bytes of a transcript.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Wire {
    /// When, in microseconds since the connection was there.
    pub at_us: u64,
    /// The end that has sent them: `client` or `server`.
    pub sender: &'static str,
    /// The bytes in hexadecimal. Empty is the end of the stream.
    pub hex: String,
    #[serde(skip)]
    role: Role,
    #[serde(skip)]
    bytes: Vec<u8>,
}

impl CaseReport {
    /// Creates the report of a case that was judged. Of what crossed the wire, the first 4 KiB are kept if
    /// the case passed, and all that was recorded if it did not.
    #[must_use]
    pub fn new(case: &Case, mut judgement: Judgement) -> Self {
        if judgement.verdict == Verdict::Pass {
            judgement.transcript.truncate(MAX_PASSED);
        }
        Self::with_transcript(case, judgement)
    }

    /// Creates the report of a case that was judged, with all that was recorded of what crossed the wire.
    #[must_use]
    pub fn with_transcript(case: &Case, judgement: Judgement) -> Self {
        let micros =
            |duration: std::time::Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let wire = |entry: &crate::Entry| Wire {
            at_us: micros(entry.at),
            sender: if entry.sender == Role::Client { "client" } else { "server" },
            hex: entry.bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            role: entry.sender,
            bytes: entry.bytes.clone(),
        };
        Self {
            id: case.id().to_owned(),
            title: case.title().to_owned(),
            level: case.level().to_string(),
            section: case.section().to_owned(),
            rules: case.rules().to_vec(),
            why: case.reason().to_owned(),
            autobahn: case.autobahn_ids().to_vec(),
            verdict_name: judgement.verdict.to_string(),
            verdict: judgement.verdict,
            is_late: judgement.is_late,
            reason: printable(&judgement.reason),
            clause: judgement.clause,
            expected: judgement.expected,
            seen: judgement.seen.iter().map(|seen| printable(seen)).collect(),
            cut_after: None,
            duration_us: micros(judgement.duration),
            payload_sent: case.payload_sent(),
            allowance: None,
            transcript: judgement.transcript.entries().iter().map(wire).collect(),
            left_out: judgement.transcript.left_out(),
        }
    }

    /// Creates the report of a case that could not be run.
    #[must_use]
    pub fn not_run(case: &Case, reason: impl Into<String>) -> Self {
        Self::new(case, Judgement::not_run(reason))
    }

    /// Returns the verdict.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Returns whether the target took too long.
    #[must_use]
    pub const fn is_late(&self) -> bool {
        self.is_late
    }

    /// Replaces the verdict, and the reason for it.
    pub fn set_verdict(&mut self, verdict: Verdict, reason: impl Into<String>) {
        self.verdict = verdict;
        self.verdict_name = verdict.to_string();
        self.reason = printable(&reason.into());
    }

    /// Returns the rule that decides, or that the case is about, in the words of the RFC's table of
    /// contents: `RFC 6455 5.1`.
    #[must_use]
    pub fn rule(&self) -> String {
        let clause = self.deciding_clause().unwrap_or_default();
        match clause.split_once('-').and_then(|(rfc, rest)| Some((rfc, rest.rsplit_once('-')?.0))) {
            Some((rfc, section)) => format!("RFC {rfc} {section} ({clause})"),
            None => "no rule of an RFC: what hostile peers do".to_owned(),
        }
    }

    /// Returns what the rule of [`rule`](Self::rule) requires, in our own words.
    ///
    /// ```
    /// use wsspec::{CaseReport, cases};
    ///
    /// let case = cases().into_iter().find(|case| case.id() == "rfc6455/5.1/unmasked-text").unwrap();
    /// let requirement = CaseReport::not_run(&case, "no connection").requirement().unwrap();
    /// assert!(requirement.contains("mask"), "{requirement}");
    /// ```
    #[must_use]
    pub fn requirement(&self) -> Option<String> {
        sansocket_explain::rule::words(self.deciding_clause()?)
    }

    /// The rule that decides, or else the first that the case is about.
    pub(super) fn deciding_clause(&self) -> Option<&'static str> {
        self.clause.or(self.rules.first().copied())
    }

    /// Returns what crossed the wire, explained field by field, head by head and frame by frame.
    #[must_use]
    pub fn explained(&self) -> Vec<Element> {
        let mut explainer = Explainer::new(&Options::handshake());
        let mut elements = Vec::new();
        for wire in &self.transcript {
            let mut input = &wire.bytes[..];
            elements.extend(std::iter::from_fn(|| explainer.explain(wire.role, &mut input)));
            if wire.bytes.is_empty() {
                elements.extend(std::iter::from_fn(|| explainer.end(wire.role)));
            }
        }
        elements
    }

    /// How many bytes crossed the wire, beside those of these elements.
    pub(super) fn bytes_beside(&self, shown: &[Element]) -> u64 {
        let recorded: usize = self.transcript.iter().map(|wire| wire.bytes.len()).sum();
        let of_element = |element: &Element| {
            let range = element.root.place.range();
            range.end.saturating_sub(range.start)
        };
        let shown: u64 = shown.iter().map(of_element).sum();
        (recorded as u64).saturating_add(self.left_out).saturating_sub(shown)
    }
}
