use std::fmt::Write as _;

use sansocket_explain::render::{Colours, text};

use crate::run::Verdict;

use super::{CaseReport, Report};

/// More elements of a transcript are left out.
const MAX_ELEMENTS: usize = 24;

impl Report {
    /// Returns the report as text for a terminal: a line for each section, then each case that decides,
    /// with its rule, what was expected and what came.
    ///
    /// ```
    /// use sansocket::Role;
    /// use sansocket_explain::render::Colours;
    /// use wsspec::Report;
    ///
    /// let report = Report::new(Role::Server, "ws://localhost:9001/".to_owned());
    /// assert!(report.human(Colours::Never).ends_with("0 cases: 0 pass, 0 warn, 0 fail, 0 skip in 0.0 s\n"));
    /// ```
    #[must_use]
    pub fn human(&self, colours: Colours) -> String {
        let mut out = String::new();
        self.sections(&mut out);
        for case in &self.cases {
            if case.verdict() >= Verdict::Warn && case.allowance.is_none() {
                out.push_str(&self.case(case, colours));
            }
        }
        self.totals(&mut out);
        out
    }

    fn sections(&self, out: &mut String) {
        for section in self.by_section() {
            let _ = writeln!(out, "  {:<20}{}", section.name, section.in_words());
        }
        if !self.cases.is_empty() {
            out.push('\n');
        }
    }

    /// Returns a case as text: its rule, what was expected, what came, and what crossed the wire.
    #[must_use]
    pub fn case(&self, case: &CaseReport, colours: Colours) -> String {
        let verdict = case.verdict().to_string().to_uppercase();
        let mut out = format!("{verdict}  {} ({})\n", case.id, case.level);
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(out, "  {name:<10}{value}");
        };
        line("case", &case.title);
        line("rule", &case.rule());
        if let Some(requirement) = case.requirement() {
            line("", &requirement);
        }
        line("why", &case.why);
        for (at, expected) in case.expected.iter().enumerate() {
            line(if at == 0 { "expected" } else { "" }, expected);
        }
        if case.seen.is_empty() {
            line("came", "nothing");
        }
        for (at, seen) in case.seen.iter().enumerate() {
            line(if at == 0 { "came" } else { "" }, seen);
        }
        if !case.reason.is_empty() {
            line("verdict", &case.reason);
        }
        if let Some(position) = case.cut_after {
            line(
                "cut",
                &format!("what was sent came in two pieces, the first of {position} bytes"),
            );
        }
        let elements = case.explained();
        for element in elements.iter().take(MAX_ELEMENTS) {
            for text in text(element, colours).lines() {
                let _ = writeln!(out, "    {text}");
            }
        }
        if elements.len() > MAX_ELEMENTS || case.left_out > 0 {
            let _ = writeln!(out, "    … the rest is in the report as JSON");
        }
        out.push('\n');
        out
    }

    fn totals(&self, out: &mut String) {
        for remark in self.remarks() {
            let _ = writeln!(out, "{remark}");
        }
        let _ = writeln!(out, "{}", self.totals_in_words());
    }
}

impl CaseReport {
    /// The source and section of the case, for a heading: `rfc6455 5.1`.
    #[must_use]
    pub fn place(&self) -> String {
        let source = self.id.split('/').next().unwrap_or_default();
        format!("{source} {}", self.section).trim_end().to_owned()
    }
}
