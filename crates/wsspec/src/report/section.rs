use crate::run::Verdict;

use super::{CaseReport, Report};

/// The verdicts, from the best to the worst, for tables.
pub(super) const VERDICTS: [Verdict; 5] =
    [Verdict::Pass, Verdict::Warn, Verdict::Fail, Verdict::Skip, Verdict::Error];

/// The cases of one section of an RFC.
pub(super) struct Section<'r> {
    /// `rfc6455 5.1`.
    pub(super) name: String,
    pub(super) cases: Vec<&'r CaseReport>,
}

impl Section<'_> {
    /// How many cases have a verdict and are not allowed by the baseline.
    pub(super) fn count(&self, verdict: Verdict) -> usize {
        let is_counted =
            |case: &&&CaseReport| case.verdict() == verdict && case.allowance.is_none();
        self.cases.iter().filter(is_counted).count()
    }

    /// How many cases the baseline allows.
    pub(super) fn allowed(&self) -> usize {
        self.cases.iter().filter(|case| case.allowance.is_some()).count()
    }

    /// The counts that are not 0: `3 pass, 1 allowed`.
    pub(super) fn in_words(&self) -> String {
        let counts = VERDICTS.map(|verdict| (self.count(verdict), verdict.to_string()));
        let counts = counts.into_iter().chain([(self.allowed(), "allowed".to_owned())]);
        let counts = counts.filter(|(count, _)| *count > 0);
        counts.map(|(count, name)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    }
}

impl Report {
    /// The cases by section: the RFCs by their numbers, then what no RFC says.
    pub(super) fn by_section(&self) -> Vec<Section<'_>> {
        let mut sections: Vec<Section<'_>> = Vec::new();
        for case in &self.cases {
            let name = case.place();
            match sections.iter_mut().find(|section| section.name == name) {
                Some(section) => section.cases.push(case),
                None => sections.push(Section { name, cases: vec![case] }),
            }
        }
        sections.sort_by_cached_key(|section| {
            let (source, numbers) = section.name.split_once(' ').unwrap_or((&section.name, ""));
            let numbers = numbers.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
            (source.to_owned(), numbers.collect::<Vec<_>>())
        });
        sections
    }

    /// How many cases the baseline allows.
    pub(super) fn allowed(&self) -> usize {
        self.cases.iter().filter(|case| case.allowance.is_some()).count()
    }

    /// The counts of all cases: `3 cases: 2 pass, 0 warn, 1 fail, 0 skip in 0.1 s`.
    pub(super) fn totals_in_words(&self) -> String {
        let errors = match self.count(Verdict::Error) {
            0 => String::new(),
            count => format!(", {count} error"),
        };
        let allowed = match self.allowed() {
            0 => String::new(),
            count => format!(", {count} allowed by the baseline"),
        };
        let cases = if self.cases.len() == 1 { "case" } else { "cases" };
        format!(
            "{} {cases}: {} pass, {} warn, {} fail, {} skip{errors}{allowed} in {:.1} s",
            self.cases.len(),
            self.count(Verdict::Pass),
            self.count(Verdict::Warn),
            self.count(Verdict::Fail),
            self.count(Verdict::Skip),
            self.duration().as_secs_f64()
        )
    }

    /// What is wrong with the target as such, and with the baseline, a line each.
    pub(super) fn remarks(&self) -> Vec<String> {
        let stale = self
            .stale
            .iter()
            .map(|stale| format!("stale in the baseline: {}: remove it", stale.id));
        self.troubles.iter().cloned().chain(stale).collect()
    }
}

#[cfg(test)]
mod tests {
    use sansocket::Role;

    use super::*;
    use crate::case::Case;

    #[test]
    fn section_10_comes_after_section_9() {
        let mut report = Report::new(Role::Server, String::new());
        let ids = ["robust/x", "rfc7692/7.2/x", "rfc6455/5.10/x", "rfc6455/5.9/x", "rfc6455/5.9/y"];
        report.cases = ids.map(|id| CaseReport::not_run(&Case::must(id, "A case"), "")).to_vec();
        let sections = report.by_section();
        let names: Vec<_> = sections.iter().map(|section| &*section.name).collect();
        assert_eq!(names, ["rfc6455 5.9", "rfc6455 5.10", "rfc7692 7.2", "robust"]);
        assert_eq!(sections[0].in_words(), "2 error");
    }
}
