//! `docs/conformance.md`, written: every clause with the code that obeys it and the tests that
//! show it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::Evidence;
use crate::clauses::{Clause, Clauses, Section};

pub(crate) fn render(clauses: &Clauses, evidence: &Evidence) -> String {
    let mut page = clauses.preface.clone();
    page += &summary(clauses, evidence);
    for chapter in &clauses.chapters {
        write!(page, "\n# {}\n{}", chapter.title, chapter.note).unwrap();
        for section in &chapter.sections {
            write!(page, "\n## {}\n{}", section.title, section.note).unwrap();
            page += &code(section, evidence);
            page += &table(section, evidence);
        }
    }
    // Prose ends with an empty line, or not.
    while page.contains("\n\n\n") {
        page = page.replace("\n\n\n", "\n\n");
    }
    page
}

fn summary(clauses: &Clauses, evidence: &Evidence) -> String {
    let shown: BTreeSet<_> = evidence.proofs.iter().map(|(clause, _)| clause).collect();
    let tests: BTreeSet<_> = evidence.proofs.iter().map(|(_, test)| test).collect();
    let exceptions = clauses.all().filter(|clause| clause.exception().is_some()).count();
    format!(
        "\n{} clauses: {} are shown by {} tests, {exceptions} have an exception.\n",
        clauses.all().count(),
        shown.len(),
        tests.len(),
    )
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
    if places.is_empty() { String::new() } else { format!("\nCode: {}.\n", places.join(", ")) }
}

fn table(section: &Section, evidence: &Evidence) -> String {
    if section.clauses.is_empty() {
        return String::new();
    }
    let mut table = String::from(
        "\n| clause | role | level | rule | shown by |\n| --- | --- | --- | --- | --- |\n",
    );
    for clause in &section.clauses {
        let Clause { id, role, level, .. } = clause;
        let exception =
            clause.exception().into_iter().map(|reason| format!("*Exception:* {reason}"));
        let tests = evidence.proofs.iter().filter(|(shown, _)| shown == id);
        let tests = tests.map(|(_, test)| format!("`{test}`"));
        let shown: Vec<_> = exception.chain(tests).collect();
        let (rule, shown) = (clause.rule(), shown.join("<br>"));
        writeln!(table, "| {id} | {role} | {level} | {rule} | {shown} |").unwrap();
    }
    table
}
