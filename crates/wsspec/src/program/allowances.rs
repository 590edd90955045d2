use std::path::Path;

use serde::{Deserialize, Serialize};
use wsspec::{Allowance, Report, Verdict, cases};

use super::failure::Failure;

/// The file of cases that may fail: the baseline.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Baseline {
    #[serde(default)]
    allow: Vec<Allowance>,
}

impl Baseline {
    /// Reads the file of this name. It is read with the arguments, so that a mistake in it is found before
    /// any case runs.
    pub(crate) fn parse(path: &str) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        let baseline: Self = toml::from_str(&text).map_err(|error| error.to_string())?;
        for (at, allowance) in baseline.allow.iter().enumerate() {
            if allowance.reason.trim().is_empty() {
                return Err(format!("{}: the reason is missing", allowance.id));
            }
            if baseline.allow.iter().take(at).any(|other| other.id == allowance.id) {
                return Err(format!("{} is there twice", allowance.id));
            }
        }
        Ok(baseline)
    }

    /// Allows what it lists, and notes what is stale: cases that pass, or that do not exist.
    pub(crate) fn apply(self, report: &mut Report) {
        let known = cases();
        for allowance in self.allow {
            match report.cases.iter_mut().find(|case| case.id == allowance.id) {
                Some(case) if case.verdict() == Verdict::Pass => report.stale.push(allowance),
                // What could not be run is no known failure.
                Some(case) if matches!(case.verdict(), Verdict::Warn | Verdict::Fail) => {
                    case.allowance = Some(allowance);
                }
                Some(_) => {}
                // It may be one that this run leaves out.
                None if known.iter().any(|case| case.id() == allowance.id) => {}
                None => report.stale.push(allowance),
            }
        }
    }

    /// What fails now, with the words of an earlier baseline, and its entries for cases that did not run.
    pub(crate) fn of(report: &Report, earlier: Option<Self>) -> Self {
        let earlier = earlier.unwrap_or_default().allow;
        let words = |id: &str| earlier.iter().find(|entry| entry.id == id).cloned();
        let fails = report
            .cases
            .iter()
            .filter(|case| matches!(case.verdict(), Verdict::Warn | Verdict::Fail));
        let mut allow: Vec<_> = fails
            .map(|case| {
                let (id, reason) = (case.id.clone(), case.reason.clone());
                words(&case.id).unwrap_or(Allowance { id, reason, issue: None })
            })
            .collect();
        let did_run = |entry: &Allowance| {
            report.cases.iter().any(|case| case.id == entry.id && case.verdict() != Verdict::Error)
        };
        allow.extend(earlier.iter().filter(|entry| !did_run(entry)).cloned());
        Self { allow }
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let unusable = |problem: String| Failure::File { path: path.to_owned(), problem };
        let text = toml::to_string_pretty(self).map_err(|error| unusable(error.to_string()))?;
        std::fs::write(path, text).map_err(|error| unusable(error.to_string()))
    }
}
