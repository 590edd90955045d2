use std::fmt::Write as _;

use sansocket_explain::render::{Colours, text};

use crate::run::Verdict;

use super::{CaseReport, Report};

/// More elements of a transcript are left out.
const MAX_ELEMENTS: usize = 24;
/// More of what a target did is left out.
const MAX_SEEN: usize = 12;
/// Of more cases, the bytes are not explained: nobody reads thousands of lines.
const MAX_EXPLAINED: usize = 10;

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
        self.speeds(&mut out);
        let decides =
            |case: &&CaseReport| case.verdict() >= Verdict::Warn && case.allowance.is_none();
        for (at, case) in self.cases.iter().filter(decides).enumerate() {
            match at {
                0..MAX_EXPLAINED => out.push_str(&case.in_full(colours)),
                _ => out.push_str(&case.in_words()),
            }
        }
        if self.cases.iter().filter(decides).count() > MAX_EXPLAINED {
            out.push_str("The bytes of the others are in the page that --html writes, and `wsspec replay` shows them.\n\n");
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

    /// How long each case took that measures, and what the payload amounts to in that time.
    fn speeds(&self, out: &mut String) {
        let is_measured =
            |case: &&CaseReport| case.level == "perf" && case.verdict() == Verdict::Pass;
        let measured: Vec<_> = self.cases.iter().filter(is_measured).collect();
        let width = measured.iter().map(|case| case.id.len()).max().unwrap_or_default();
        for case in &measured {
            let _ = write!(out, "  {:<width$}{:>10.1} ms", case.id, case.duration_us as f64 / 1e3);
            if case.payload_sent > 0 && case.duration_us > 0 {
                // Bytes in a microsecond are megabytes in a second.
                let speed = case.payload_sent as f64 / case.duration_us as f64;
                let _ = write!(out, "{speed:>10.1} MB/s");
            }
            out.push('\n');
        }
        if !measured.is_empty() {
            out.push('\n');
        }
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

impl CaseReport {
    /// Returns the case as text: its rule, what was expected, what came, and what crossed the wire.
    #[must_use]
    pub fn in_full(&self, colours: Colours) -> String {
        let mut out = self.in_words();
        // The empty line comes after the bytes.
        out.pop();
        let elements = self.explained();
        let shown = elements.get(..MAX_ELEMENTS).unwrap_or(&elements);
        for element in shown {
            for text in text(element, colours).lines() {
                let _ = writeln!(out, "    {text}");
            }
        }
        if elements.len() > shown.len() || self.left_out > 0 {
            let _ = writeln!(out, "    … {} more bytes are left out", self.bytes_beside(shown));
        }
        out.push('\n');
        out
    }

    fn in_words(&self) -> String {
        let verdict = self.verdict().to_string().to_uppercase();
        let mut out = format!("{verdict}  {} ({})\n", self.id, self.level);
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(out, "  {name:<10}{value}");
        };
        line("case", &self.title);
        line("rule", &self.rule());
        if let Some(requirement) = self.requirement() {
            line("", &requirement);
        }
        line("why", &self.why);
        for (at, expected) in self.expected.iter().enumerate() {
            line(if at == 0 { "expected" } else { "" }, expected);
        }
        if self.seen.is_empty() {
            line("came", "nothing");
        }
        for (at, seen) in self.seen.iter().take(MAX_SEEN).enumerate() {
            line(if at == 0 { "came" } else { "" }, seen);
        }
        if self.seen.len() > MAX_SEEN {
            line("", &format!("… and {} more", self.seen.len() - MAX_SEEN));
        }
        if !self.reason.is_empty() {
            line("verdict", &self.reason);
        }
        if let Some(position) = self.cut_after {
            line(
                "cut",
                &format!("what was sent came in two pieces, the first of {position} bytes"),
            );
        }
        out.push('\n');
        out
    }
}
