use std::fmt::Write as _;

use crate::run::Verdict;

use super::{CaseReport, Report};

impl Report {
    /// Returns the report in the Test Anything Protocol, version 13: a test point for each case, with what
    /// was expected and what came if it is against the target.
    ///
    /// Version 14 says the same, but Perl's `prove` takes that number for an error.
    ///
    /// A case that the baseline allows is a `TODO`, which may fail. A stale entry of the baseline, and a
    /// target that died, are points of their own that are not ok, so that a reader of TAP comes to the
    /// same end as the exit code.
    ///
    /// ```
    /// use sansocket::Role;
    /// use wsspec::{CaseReport, Report, cases};
    ///
    /// let mut report = Report::new(Role::Server, "ws://localhost:9001/".to_owned());
    /// report.cases = vec![CaseReport::not_run(&cases()[0], "the server is gone")];
    /// let tap = report.tap();
    /// assert!(tap.starts_with("TAP version 13\n1..1\nnot ok 1 - rfc6455/"));
    /// assert!(tap.contains("  message: \"the server is gone\"\n"));
    /// ```
    #[must_use]
    pub fn tap(&self) -> String {
        let remarks = self.remarks();
        let mut out = format!("TAP version 13\n1..{}\n", self.cases.len() + remarks.len());
        let mut number = 0;
        for case in &self.cases {
            number += 1;
            let is_ok = !self.is_against(case) && case.allowance.is_none();
            let directive = match (&case.allowance, case.verdict()) {
                (Some(allowance), _) => format!(" # TODO {}", description(&allowance.reason)),
                (None, Verdict::Skip) => format!(" # SKIP {}", description(&case.reason)),
                _ => String::new(),
            };
            let ok = if is_ok { "ok" } else { "not ok" };
            let title = description(&format!("{}: {}", case.id, case.title));
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{ok} {number} - {title}{directive}");
            if case.verdict() >= Verdict::Warn {
                diagnostics(case, &mut out);
            }
        }
        for remark in remarks {
            number += 1;
            let _ = writeln!(out, "not ok {number} - {}", description(&remark));
        }
        let _ = writeln!(out, "# {}", description(&self.totals_in_words()));
        out
    }
}

/// Writes a block of YAML. Its strings are those of JSON, which YAML reads too.
fn diagnostics(case: &CaseReport, out: &mut String) {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    out.push_str("  ---\n");
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(out, "  {name}: {}", quoted(text));
    };
    line("verdict", &case.verdict().to_string());
    line("message", &case.reason);
    line("rule", &case.rule());
    line("why", &case.why);
    for (name, texts) in [("expected", &case.expected), ("came", &case.seen)] {
        let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
        let _ = writeln!(out, "  {name}: [{}]", texts.join(", "));
    }
    out.push_str("  ...\n");
}

/// A text in one line, without what TAP takes for a directive.
fn description(text: &str) -> String {
    let mut line = String::new();
    for char in text.chars() {
        match char {
            '\\' | '#' => line.extend(['\\', char]),
            char if char.is_control() => line.push(' '),
            char => line.push(char),
        }
    }
    line
}
