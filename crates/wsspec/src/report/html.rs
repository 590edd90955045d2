use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use sansocket::Role;
use sansocket_explain::{Element, Field, render, rule};

use crate::run::Verdict;

use super::{
    CaseReport, Report,
    section::{Section, VERDICTS},
};

/// More elements of a transcript are left out.
const MAX_ELEMENTS: usize = 32;
/// Of more cases that decide, the bytes are folded too.
const FEW: usize = 20;
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
                        (table(&sections))
                        (self.decisive())
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
                        @let count = self.count(verdict);
                        @let class = if count > 0 { verdict.to_string() } else { "none".to_owned() };
                        li class=(class) { b { (count) } " " (verdict) }
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
                    details open[cases.len() <= FEW] {
                        summary { h2 { (cases.len()) " of " (self.cases.len()) " decide" } }
                        ul {
                            @for case in cases {
                                li { a href={ "#" (case.id) } { (case.title) } " " code { (case.id) } }
                            }
                        }
                    }
                }
            }
        }
    }

    fn against(&self) -> usize {
        self.cases.iter().filter(|case| self.is_against(case)).count()
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
                    dt { "Expected" }
                    dd { (alternatives(&case.expected)) }
                    @if is_open {
                        dt { "Came" }
                        dd { (sequence(&case.seen)) }
                    }
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
                (wire(case, self.against() <= FEW, rules))
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

fn alternatives(outcomes: &[String]) -> Markup {
    html! {
        @match outcomes {
            [outcome] => (outcome),
            _ => ul { @for outcome in outcomes { li { (outcome) } } },
        }
    }
}

fn sequence(seen: &[String]) -> Markup {
    html! {
        @match seen {
            [] => "nothing",
            [one] => (one),
            _ => ol { @for one in seen { li { (one) } } },
        }
    }
}

/// What crossed the wire, field by field, each frame with the figure of its bits.
fn wire(case: &CaseReport, is_open: bool, rules: &mut BTreeSet<&'static str>) -> Markup {
    // A page with the bytes of a thousand cases that pass would be too long.
    let elements = if case.verdict() >= Verdict::Warn { case.explained() } else { Vec::new() };
    let shown = elements.get(..MAX_ELEMENTS).unwrap_or(&elements);
    for element in shown {
        rule::collect(&element.root, rules);
    }
    let is_head =
        |element: &Element| matches!(element.root.field, Field::Request | Field::Response);
    // Of a case about frames, the opening handshake is the lesser part.
    let has_frames = elements.iter().any(|element| element.root.field == Field::Frame);
    let heads = shown.iter().take_while(|element| has_frames && is_head(element)).count();
    let (heads, rest) = shown.split_at_checked(heads).unwrap_or((&[], shown));
    html! {
        @if !elements.is_empty() {
            details.wire open[is_open] {
                summary { "On the wire" }
                @if !heads.is_empty() {
                    details {
                        summary { "The opening handshake" }
                        @for element in heads { (explained(element)) }
                    }
                }
                @for element in rest { (explained(element)) }
                @if elements.len() > shown.len() || case.left_out > 0 {
                    p.quiet { (case.bytes_beside(shown)) " more bytes are left out." }
                }
            }
        }
    }
}

/// An element, and the figure of its bits if it is a frame.
fn explained(element: &Element) -> Markup {
    let sender = if element.sender == Role::Client { "client" } else { "server" };
    let figure = render::bit_figure(element);
    html! {
        div class={ "element " (sender) } {
            // It escapes what is from the wire.
            (PreEscaped(render::html(element, "")))
            @if !figure.is_empty() {
                // It may be wider than the page, and is scrolled by the keyboard too.
                pre tabindex="0" role="img" aria-label="The bits of the frame" { (figure) }
            }
        }
    }
}

fn table(sections: &[Section<'_>]) -> Markup {
    let has_allowed = sections.iter().any(|section| section.allowed() > 0);
    let cell = |count: usize, class: String| {
        html! { td class=(if count > 0 { &class } else { "none" }) { (count) } }
    };
    html! {
        table {
            caption { "Sections" }
            thead {
                tr {
                    th scope="col" { "section" }
                    @for verdict in VERDICTS { th scope="col" { (verdict) } }
                    @if has_allowed { th scope="col" { "allowed" } }
                }
            }
            tbody {
                @for section in sections {
                    tr {
                        th scope="row" {
                            a href={ "#" (anchor(&section.name)) } { (heading(&section.name)) }
                        }
                        @for verdict in VERDICTS {
                            (cell(section.count(verdict), verdict.to_string()))
                        }
                        @if has_allowed { (cell(section.allowed(), "allowed".to_owned())) }
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
