use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use sansocket_explain::{Element, render, rule};

use crate::run::Verdict;

use super::{
    CaseReport, Report,
    section::{Section, VERDICTS},
};

/// More elements of a transcript are left out.
const MAX_ELEMENTS: usize = 32;
const STYLE: &str = include_str!("page.css");

impl Report {
    /// Returns the report as a page: one file, which loads nothing. The cases that decide are open, with
    /// the bytes that crossed the wire explained; the others are folded.
    ///
    /// Everything from the target is escaped.
    ///
    /// ```
    /// use sansocket::Role;
    /// use wsspec::{CaseReport, Report, cases};
    ///
    /// let mut report = Report::new(Role::Server, "ws://localhost:9001/?<script>".to_owned());
    /// report.cases = vec![CaseReport::not_run(&cases()[0], "<b>gone</b>")];
    /// let page = report.html();
    /// assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"));
    /// assert!(page.contains("ws://localhost:9001/?&lt;script&gt;"));
    /// assert!(page.contains("&lt;b&gt;gone&lt;/b&gt;") && !page.contains("<script"));
    /// ```
    #[must_use]
    pub fn html(&self) -> String {
        let sections = self.by_section();
        let mut rules = BTreeSet::new();
        let cases: Vec<_> =
            sections.iter().map(|section| self.section(section, &mut rules)).collect();
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "wsspec: " (self.target) }
                    // Both hold neither `<` nor an address.
                    style { (PreEscaped(render::STYLE)) (PreEscaped(STYLE)) }
                }
                body {
                    main {
                        (self.head())
                        (self.decisive())
                        (table(&sections))
                        @for section in cases { (section) }
                        (words(&rules))
                    }
                }
            }
        };
        page.into_string()
    }

    fn head(&self) -> Markup {
        let is_right = self.is_as_expected() && self.troubles.is_empty();
        let remarks = self.remarks();
        let facts = [
            ("profile", self.profile.clone()),
            ("set", self.set.to_string()),
            ("seed", self.seed.to_string()),
            ("warnings decide", if self.is_strict { "yes" } else { "no" }.to_owned()),
            ("answers within", format!("{:.1} ms", self.round_trip_us as f64 / 1000.0)),
            ("took", format!("{:.1} s", self.duration().as_secs_f64())),
        ];
        html! {
            header {
                p.quiet { "wsspec " (self.version) " judged the " (self.role) }
                h1 { (self.target) }
                p class={ "end " (if is_right { "pass" } else { "fail" }) } {
                    (if is_right { "As expected" } else { "Not as expected" })
                }
                ul.totals {
                    @for verdict in VERDICTS {
                        li class=(verdict) { b { (self.count(verdict)) } " " (verdict) }
                    }
                    @if self.allowed() > 0 {
                        li { b { (self.allowed()) } " allowed" }
                    }
                }
                @if !remarks.is_empty() {
                    ul.remarks { @for remark in remarks { li { (remark) } } }
                }
                ul.facts { @for (name, value) in facts { li { (name) " " b { (value) } } } }
            }
        }
    }

    /// Links to the cases that decide.
    fn decisive(&self) -> Markup {
        let cases: Vec<_> = self.cases.iter().filter(|case| self.is_against(case)).collect();
        html! {
            @if !cases.is_empty() {
                nav aria-label="Cases that decide" {
                    h2 { "Decided by" }
                    ul {
                        @for case in cases {
                            li { a href={ "#" (case.id) } { (case.id) } " " (case.title) }
                        }
                    }
                }
            }
        }
    }

    fn section(&self, section: &Section<'_>, rules: &mut BTreeSet<&'static str>) -> Markup {
        let is_open =
            |case: &CaseReport| case.verdict() >= Verdict::Warn && case.allowance.is_none();
        let (open, folded): (Vec<_>, Vec<_>) = section.cases.iter().partition(|case| is_open(case));
        html! {
            section id=(anchor(&section.name)) {
                h2 { (heading(&section.name)) }
                p.quiet { (section.in_words()) }
                @for case in open { (self.details(case, true, rules)) }
                @if !folded.is_empty() {
                    details.rest {
                        summary { (folded.len()) " more: passed, skipped or allowed" }
                        @for case in folded { (self.details(case, false, rules)) }
                    }
                }
            }
        }
    }

    fn details(
        &self,
        case: &CaseReport,
        is_open: bool,
        rules: &mut BTreeSet<&'static str>,
    ) -> Markup {
        let verdict = match &case.allowance {
            Some(_) => "allowed".to_owned(),
            None => case.verdict().to_string(),
        };
        html! {
            details.case id=(case.id) open[is_open] {
                summary {
                    b class={ "verdict " (verdict) } { (verdict) }
                    " " b { (case.title) }
                    " " code { (case.id) }
                }
                dl {
                    dt { "Requirement" }
                    dd { (requirement(case)) }
                    dt { "Why it matters" }
                    dd { (case.why) }
                    (list("Expected", &case.expected))
                    @if is_open { (list("Came", &case.seen)) }
                    @if !case.reason.is_empty() {
                        dt { "Verdict" }
                        dd { (case.reason) }
                    }
                    @if let Some(allowance) = &case.allowance {
                        dt { "Allowed" }
                        dd { (allowance.reason) @if let Some(issue) = &allowance.issue { " (" (issue) ")" } }
                    }
                    @if let Some(position) = case.cut_after {
                        dt { "Cut" }
                        dd { "What was sent came in two pieces, the first of " (position) " bytes" }
                    }
                    @if !case.autobahn.is_empty() {
                        dt { "Autobahn" }
                        dd { (case.autobahn.join(", ")) }
                    }
                }
                (wire(case, rules))
            }
        }
    }
}

/// What the rule says, with a link to its section.
fn requirement(case: &CaseReport) -> Markup {
    let clause = case.deciding_clause().unwrap_or_default();
    let address = rule::address(clause);
    html! {
        @if address.starts_with("https:") {
            a href=(address) { (rule::name(clause)) }
        } @else {
            (case.rule())
        }
        " (" (case.level) ") "
        @if let Some(words) = case.requirement() { (words) }
    }
}

fn list(name: &str, items: &[String]) -> Markup {
    html! {
        dt { (name) }
        dd {
            @if items.is_empty() { "nothing" }
            @if let [item] = items { (item) }
            @if items.len() > 1 { ol { @for item in items { li { (item) } } } }
        }
    }
}

/// What crossed the wire, field by field, each frame with the figure of its bits.
fn wire(case: &CaseReport, rules: &mut BTreeSet<&'static str>) -> Markup {
    let elements = case.explained();
    let shown = elements.get(..MAX_ELEMENTS).unwrap_or(&elements);
    for element in shown {
        rule::collect(&element.root, rules);
    }
    let figure = |element: &Element| {
        let figure = render::bit_figure(element);
        html! {
            @if !figure.is_empty() {
                // It may be wider than the page, and is scrolled by the keyboard too.
                pre tabindex="0" aria-label="The bits of the next frame" { (figure) }
            }
        }
    };
    html! {
        @if !elements.is_empty() {
            details.wire open {
                summary { "On the wire" }
                @for element in shown {
                    (figure(element))
                    // It escapes what is from the wire.
                    (PreEscaped(render::html(element, "")))
                }
                @if elements.len() > shown.len() || case.left_out > 0 {
                    p.quiet { "The rest is in the report as JSON." }
                }
            }
        }
    }
}

fn table(sections: &[Section<'_>]) -> Markup {
    html! {
        table {
            caption { "Sections" }
            thead {
                tr {
                    th scope="col" { "section" }
                    @for verdict in VERDICTS { th scope="col" { (verdict) } }
                }
            }
            tbody {
                @for section in sections {
                    tr {
                        th scope="row" {
                            a href={ "#" (anchor(&section.name)) } { (heading(&section.name)) }
                        }
                        @for verdict in VERDICTS {
                            @let count = section.count(verdict);
                            td class={ (if count > 0 { verdict.to_string() } else { "none".to_owned() }) } {
                                (count)
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The rules that the explanations name.
fn words(rules: &BTreeSet<&'static str>) -> Markup {
    html! {
        @if !rules.is_empty() {
            section.rules {
                h2 { "Rules" }
                @for clause in rules {
                    @let address = rule::address(clause);
                    p id=(clause) {
                        b { (clause) } " " (rule::words(clause).unwrap_or_default()) " "
                        @if address.starts_with("https:") {
                            a href=(address) { (rule::name(clause)) }
                        }
                    }
                }
            }
        }
    }
}

/// The name of a section for readers: `RFC 6455 5.1`.
fn heading(section: &str) -> String {
    section.replacen("rfc", "RFC ", 1)
}

fn anchor(section: &str) -> String {
    section.replace(' ', "-")
}
