//! Writes `docs/conformance.md`: every clause with the code that obeys it and the tests that show
//! it. Since rustdoc shows the page in a browser, the rule comes first, everything else follows in
//! small print, and the tests are folded.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use crate::clauses::{Chapter, Clause, Clauses, Exception, Section};
use crate::{Evidence, Shown};

/// As far from the next clause as what is not folded.
const SUMMARY: &str = "<summary style=\"margin: 0\">";

pub(crate) fn render(clauses: &Clauses, evidence: &Evidence) -> String {
    // Exceptions come first.
    let (first, rest) = clauses.preface.split_once("\n\n").expect("a preface has paragraphs");
    let mut page = [first, "\n", &summary(clauses, evidence), &index(clauses), "\n", rest].concat();
    for chapter in &clauses.chapters {
        write!(page, "\n# {}\n{}", chapter.title, chapter.note).unwrap();
        for section in &chapter.sections {
            write!(page, "\n## {}\n{}", section.title, section.note).unwrap();
            page += &code(section, evidence);
            page.push('\n');
            for clause in &section.clauses {
                page += &item(clause, evidence);
            }
        }
    }
    // Prose ends with an empty line, or not.
    while page.contains("\n\n\n") {
        page = page.replace("\n\n\n", "\n\n");
    }
    page.truncate(page.trim_end().len());
    page + "\n"
}

/// The number of clauses, and how they are covered.
#[derive(Default)]
struct Counts {
    all: usize,
    not_applying: usize,
    not_kept: usize,
}

impl Counts {
    fn of<'c>(clauses: impl Iterator<Item = &'c Clause>) -> Self {
        let mut counts = Self::default();
        for clause in clauses {
            counts.all += 1;
            match clause.exception() {
                None => {}
                Some(Exception::DoesNotApply(_)) => counts.not_applying += 1,
                Some(Exception::NotKept(_)) => counts.not_kept += 1,
            }
        }
        counts
    }

    const fn shown(&self) -> usize {
        self.all - self.not_applying - self.not_kept
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { all, not_applying, not_kept } = self;
        write!(f, "{all} {}", if *all == 1 { "clause" } else { "clauses" })?;
        for (count, what) in [(not_applying, "do not apply"), (not_kept, "not kept")] {
            if *count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

/// How many clauses are shown, do not apply and are not kept, and which are not.
fn summary(clauses: &Clauses, evidence: &Evidence) -> String {
    let tests: BTreeSet<_> = evidence.shown.iter().map(|shown| &shown.test).collect();
    let counts = Counts::of(clauses.all());
    let Counts { all, not_applying, not_kept } = counts;
    let mut summary = format!(
        "\n{all} clauses: {} are shown by {} tests, {not_applying} do not apply here, \
         {not_kept} are not kept.\n",
        counts.shown(),
        tests.len(),
    );
    if not_kept > 0 {
        summary += "\n<div class=\"warning\">\n\nNot kept:\n\n";
        for clause in clauses.all() {
            if let Some(Exception::NotKept(reason)) = clause.exception() {
                let Clause { id, role, level, .. } = clause;
                let rule = clause.rule();
                writeln!(summary, "- [{id}](#{id}) ({role}, {level}): {rule} *{reason}*").unwrap();
            }
        }
        summary += "\n</div>\n";
    }
    summary
}

/// The chapters with their counts, and folded into each the sections that have clauses.
fn index(clauses: &Clauses) -> String {
    let mut index = String::new();
    for Chapter { title, sections, .. } in &clauses.chapters {
        let sections = sections.iter().filter(|section| !section.clauses.is_empty());
        let counts = Counts::of(sections.clone().flat_map(|section| &section.clauses));
        writeln!(index, "\n<details><summary>{title} · {counts}</summary>").unwrap();
        index += "<ul style=\"columns: 20em\">\n";
        for Section { title, clauses, .. } in sections {
            let link = format!("<a href=\"#{}\">{title}</a>", anchor(title));
            writeln!(index, "<li style=\"break-inside: avoid\">{link}: {}</li>", clauses.len())
                .unwrap();
        }
        index += "</ul></details>\n";
    }
    index
}

/// What links to a heading: as rustdoc and others make it.
fn anchor(title: &str) -> String {
    let title = title.to_lowercase().replace(' ', "-");
    title.chars().filter(|c| c.is_alphanumeric() || ['-', '_'].contains(c)).collect()
}

/// Where the code obeys a section.
fn code(section: &Section, evidence: &Evidence) -> String {
    let mut files = BTreeMap::<_, Vec<_>>::new();
    for (file, citation) in &evidence.citations {
        if citation.is_obeyed && citation.section == section.key {
            let items = files.entry(file).or_default();
            if let Some(item) = &citation.item
                && !items.contains(&item)
            {
                items.push(item);
            }
        }
    }
    let places: Vec<_> = files
        .into_iter()
        .map(|(file, items)| {
            let items: Vec<_> = items.into_iter().map(|item| format!("`{item}`")).collect();
            match &items[..] {
                [] => format!("`{file}`"),
                items => format!("`{file}` ({})", items.join(", ")),
            }
        })
        .collect();
    if places.is_empty() {
        return String::new();
    }
    format!("\n<small>Code: {}.</small>\n", places.join(", "))
}

/// A clause: its rule, and in small print what it is, its exception and its tests.
fn item(clause: &Clause, evidence: &Evidence) -> String {
    let Clause { id, role, level, .. } = clause;
    let mut item = format!("- <span id=\"{id}\"></span>{}\n", clause.rule());
    let mut kind = format!("{id} · {role} · {level}");
    if let Some(exception) = clause.exception() {
        let (mark, reason) = match exception {
            Exception::DoesNotApply(reason) => ("<b>does not apply</b>", reason),
            Exception::NotKept(reason) => ("<mark>not kept</mark>", reason),
        };
        writeln!(item, "  <br><small>{kind} · {mark}: {reason}</small>").unwrap();
        kind.clear();
    }
    let tests: Vec<_> = evidence.shown(clause).map(|shown| test(role, shown)).collect();
    if !tests.is_empty() {
        let dot = if kind.is_empty() { "" } else { " · " };
        let (count, s) = (tests.len(), if tests.len() == 1 { "" } else { "s" });
        writeln!(
            item,
            "  <details>{SUMMARY}<small>{kind}{dot}{count} test{s}</small></summary><ul>"
        )
        .unwrap();
        for test in tests {
            writeln!(item, "  <li><small>{test}</small></li>").unwrap();
        }
        item += "  </ul></details>\n";
    }
    item
}

/// The name of a test, its role if that is not all that the clause has, and its module.
fn test(role: &str, shown: &Shown) -> String {
    let Shown { test, named, .. } = shown;
    let (module, name) = test.rsplit_once("::").unwrap_or(("", test));
    let role = match named {
        Some(roles) if roles.name() != role => format!(" ({})", roles.name()),
        _ => String::new(),
    };
    format!("<code>{name}</code>{role} in {module}")
}
