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
        let mut names: Vec<String> = Vec::new();
        for case in &self.cases {
            let name = case.place();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for name in names {
            let of_section = self.cases.iter().filter(|case| case.place() == name);
            let mut counts = Vec::new();
            for verdict in
                [Verdict::Pass, Verdict::Warn, Verdict::Fail, Verdict::Skip, Verdict::Error]
            {
                let count = of_section
                    .clone()
                    .filter(|case| case.verdict() == verdict && case.allowance.is_none())
                    .count();
                if count > 0 {
                    counts.push(format!("{count} {verdict}"));
                }
            }
            let allowed = of_section.filter(|case| case.allowance.is_some()).count();
            if allowed > 0 {
                counts.push(format!("{allowed} allowed"));
            }
            let _ = writeln!(out, "  {name:<20}{}", counts.join(", "));
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
        line("why", &case.why);
        for (at, expected) in case.expected.iter().enumerate() {
            line(if at == 0 { "expected" } else { "" }, expected);
        }
        line("came", if case.seen.is_empty() { "nothing" } else { "" });
        for seen in &case.seen {
            line("", seen);
        }
        line("verdict", &case.reason);
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
        for trouble in &self.troubles {
            let _ = writeln!(out, "{trouble}");
        }
        for stale in &self.stale {
            let _ = writeln!(out, "stale in the baseline: {}: remove it", stale.id);
        }
        let errors = match self.count(Verdict::Error) {
            0 => String::new(),
            count => format!(", {count} error"),
        };
        let allowed = match self.cases.iter().filter(|case| case.allowance.is_some()).count() {
            0 => String::new(),
            count => format!(", {count} allowed by the baseline"),
        };
        let _ = writeln!(
            out,
            "{} cases: {} pass, {} warn, {} fail, {} skip{errors}{allowed} in {:.1} s",
            self.cases.len(),
            self.count(Verdict::Pass),
            self.count(Verdict::Warn),
            self.count(Verdict::Fail),
            self.count(Verdict::Skip),
            self.duration().as_secs_f64()
        );
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
