use std::fmt::Write as _;

use sansocket_explain::render::Colours;

use crate::run::Verdict;

use super::{CaseReport, Report, section::VERDICTS};

/// A step summary of GitHub's holds 1 MiB; the cases get half of it.
const MAX_CASES_LEN: usize = 512 << 10;

impl Report {
    /// Returns a summary in Markdown, for the page of a CI run: the totals, a table of the sections, and
    /// each case that decides, with its rule, what was expected and what came.
    ///
    /// What comes from the target is in blocks of code that it cannot end.
    ///
    /// ```
    /// use sansocket::Role;
    /// use wsspec::{CaseReport, Report, cases};
    ///
    /// let mut report = Report::new(Role::Server, "ws://localhost:9001/".to_owned());
    /// report.cases = vec![CaseReport::not_run(&cases()[0], "```\n# Free")];
    /// let summary = report.summary();
    /// assert!(summary.starts_with("## ❌ wsspec: server `ws://localhost:9001/`\n"));
    /// assert!(summary.contains("\n````text\nERROR  rfc6455/"));
    /// ```
    #[must_use]
    pub fn summary(&self) -> String {
        let mark = if self.is_as_expected() && self.troubles.is_empty() { "✅" } else { "❌" };
        let mut out = format!("## {mark} wsspec: {} {}\n\n", self.role, code(&self.target));
        // Writing to a string cannot fail.
        let _ = writeln!(out, "**{}**\n", self.totals_in_words());
        for remark in self.remarks() {
            let _ = writeln!(out, "- {}", code(&remark));
        }
        self.table(&mut out);
        let is_warning =
            |case: &&CaseReport| case.verdict() == Verdict::Warn && !self.is_against(case);
        self.list(
            "Cases that decide",
            self.cases.iter().filter(|case| self.is_against(case)),
            &mut out,
        );
        let warnings = self.cases.iter().filter(is_warning).filter(|case| case.allowance.is_none());
        self.list("Warnings: allowed, but lax", warnings, &mut out);
        let allowed: Vec<_> =
            self.cases.iter().filter_map(|case| case.allowance.as_ref()).collect();
        if !allowed.is_empty() {
            out.push_str("\n### Allowed by the baseline\n\n");
        }
        for allowance in allowed {
            let _ = writeln!(out, "- {} {}", code(&allowance.id), code(&allowance.reason));
        }
        out
    }

    fn table(&self, out: &mut String) {
        out.push_str("\n| section | pass | warn | fail | skip | error | allowed |\n");
        out.push_str("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        for section in self.by_section() {
            let _ = write!(out, "| {} |", section.name);
            for verdict in VERDICTS {
                let _ = write!(out, " {} |", section.count(verdict));
            }
            let _ = writeln!(out, " {} |", section.allowed());
        }
    }

    fn list<'r>(
        &self,
        heading: &str,
        cases: impl Iterator<Item = &'r CaseReport>,
        out: &mut String,
    ) {
        let mut cases = cases.peekable();
        if cases.peek().is_some() {
            let _ = writeln!(out, "\n### {heading}");
        }
        let end = out.len() + MAX_CASES_LEN / 2;
        while let Some(case) = cases.peek() {
            let block = block(&case.in_full(Colours::Never));
            if out.len() + block.len() > end {
                let _ = writeln!(out, "\n… and {} more, in the other reports.", cases.count());
                return;
            }
            let _ = write!(
                out,
                "\n<details><summary>{}: {}</summary>\n\n{block}\n</details>\n",
                case.verdict(),
                case.id
            );
            cases.next();
        }
    }
}

/// A text as code in a line: with more backticks around it than it has inside, and in one line.
fn code(text: &str) -> String {
    let text: String =
        text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    let fence = "`".repeat(longest_run(&text) + 1);
    // A space is no part of the code, if there is one at both ends.
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// A text as a block of code.
fn block(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", text.trim_end())
}

/// How many backticks there are in a row.
fn longest_run(text: &str) -> usize {
    text.split(|char| char != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_cannot_be_ended_from_inside() {
        assert_eq!(code("a`b\n# c"), "``a`b # c``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(block("```\n<b>"), "````text\n```\n<b>\n````\n");
    }
}
