use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use sansocket_explain::render::Colours;

use crate::run::Verdict;

use super::{CaseReport, Report};

impl Report {
    /// Returns the report as JUnit's XML, which most CI systems show: a suite for each section, a test for
    /// each case. The class of a test is the section, its name is the id.
    ///
    /// A case that the baseline allows is skipped, with the reason of the baseline. Its stale entries, and a
    /// target that died, are tests that fail, in suites of their own.
    ///
    /// ```
    /// use sansocket::Role;
    /// use wsspec::{CaseReport, Report, cases};
    ///
    /// let mut report = Report::new(Role::Server, "ws://localhost:9001/".to_owned());
    /// report.cases = vec![CaseReport::not_run(&cases()[0], "the <server> is gone")];
    /// let junit = report.junit();
    /// assert!(junit.contains(r#"tests="1""#) && junit.contains(r#"errors="1""#));
    /// assert!(junit.contains(r#"message="the &lt;server&gt; is gone""#));
    /// ```
    #[must_use]
    pub fn junit(&self) -> String {
        let mut junit = quick_junit::Report::new(format!("wsspec {} {}", self.role, self.target));
        junit.set_time(self.duration());
        for section in self.by_section() {
            let mut suite = TestSuite::new(&*section.name);
            suite.add_test_cases(section.cases.iter().map(|case| self.junit_case(case)));
            let took = section.cases.iter().map(|case| case.duration_us).sum();
            suite.set_time(Duration::from_micros(took));
            junit.add_test_suite(suite);
        }
        let troubles = self.troubles.iter().map(|trouble| ("the target lives", trouble.clone()));
        let stale = self.stale.iter().map(|stale| {
            (&*stale.id, "stale in the baseline: it passes, or there is no such case".to_owned())
        });
        for (name, kind, found) in [
            ("target", NonSuccessKind::Error, troubles.collect::<Vec<_>>()),
            ("baseline", NonSuccessKind::Failure, stale.collect()),
        ] {
            if found.is_empty() {
                continue;
            }
            let mut suite = TestSuite::new(name);
            suite.add_test_cases(found.into_iter().map(|(test, message)| {
                let mut status = TestCaseStatus::non_success(kind);
                status.set_message(message).set_type(name);
                let mut test = TestCase::new(test, status);
                test.set_classname(name);
                test
            }));
            junit.add_test_suite(suite);
        }
        // Only writing could fail, and a string can be written.
        junit.to_string().unwrap_or_default()
    }

    fn junit_case(&self, case: &CaseReport) -> TestCase {
        let text = || case.in_full(Colours::Never);
        let mut status = match (&case.allowance, case.verdict()) {
            (Some(_), _) | (None, Verdict::Skip) => TestCaseStatus::skipped(),
            (None, Verdict::Error) => TestCaseStatus::non_success(NonSuccessKind::Error),
            _ if self.is_against(case) => TestCaseStatus::non_success(NonSuccessKind::Failure),
            _ => TestCaseStatus::success(),
        };
        if let Some(allowance) = &case.allowance {
            status.set_message(format!("allowed by the baseline: {}", allowance.reason));
        } else if case.verdict() != Verdict::Pass {
            status.set_message(&*case.reason);
        }
        if self.is_against(case) {
            status.set_type(case.rule()).set_description(text());
        }
        let mut test = TestCase::new(&*case.id, status);
        test.set_classname(format!("wsspec.{}", case.place().replace(' ', ".")));
        test.set_time(Duration::from_micros(case.duration_us));
        test.add_property(("title", &*case.title));
        test.add_property(("level", &*case.level));
        test.add_property(("rule", &*case.rule()));
        if !case.autobahn.is_empty() {
            test.add_property(("autobahn", &*case.autobahn.join(" ")));
        }
        if case.verdict() >= Verdict::Warn && !self.is_against(case) {
            test.set_system_out(text());
        }
        test
    }
}
