//! `docs/conformance.md`, written: every clause with the code that obeys it and the tests that
//! show it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::clauses::{Clause, Clauses, Exception, Section};
use crate::{Evidence, Shown};

pub(crate) fn render(clauses: &Clauses, evidence: &Evidence) -> String {
    // What is not kept stands as near to the beginning as it can.
    let (first, rest) = clauses.preface.split_once("\n\n").expect("a preface has paragraphs");
    let mut page = [first, "\n", &summary(clauses, evidence), "\n", rest].concat();
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

/// How many clauses are shown, do not apply and are not kept, and which are not.
fn summary(clauses: &Clauses, evidence: &Evidence) -> String {
    let tests: BTreeSet<_> = evidence.shown.iter().map(|shown| &shown.test).collect();
    let mut not_kept = Vec::new();
    let (mut shown, mut not_applying) = (0, 0);
    for clause in clauses.all() {
        match clause.exception() {
            None => shown += 1,
            Some(Exception::DoesNotApply(_)) => not_applying += 1,
            Some(Exception::NotKept(reason)) => not_kept.push((clause, reason)),
        }
    }
    let mut summary = format!(
        "\n{} clauses: {shown} are shown by {} tests, {not_applying} do not apply here, {} are not kept",
        clauses.all().count(),
        tests.len(),
        not_kept.len(),
    );
    summary += if not_kept.is_empty() { ".\n" } else { ". Not kept:\n\n" };
    for (clause, reason) in not_kept {
        let Clause { id, role, level, .. } = clause;
        writeln!(summary, "- {id} ({role}, {level}): {} *{reason}*", clause.rule()).unwrap();
    }
    summary
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
        let exception = clause.exception().map(|exception| match exception {
            Exception::DoesNotApply(reason) => format!("*Does not apply:* {reason}"),
            Exception::NotKept(reason) => format!("*Not kept:* {reason}"),
        });
        let tests = evidence.shown(clause).map(|shown| cell(role, shown));
        let shown: Vec<_> = exception.into_iter().chain(tests).collect();
        let (rule, shown) = (clause.rule(), shown.join("<br>"));
        writeln!(table, "| {id} | {role} | {level} | {rule} | {shown} |").unwrap();
    }
    table
}

/// The name of a test, and its role, if that is not all that the clause has.
fn cell(role: &str, shown: &Shown) -> String {
    let Shown { test, named, .. } = shown;
    match named {
        Some(roles) if roles.name() != role => format!("`{test}` ({})", roles.name()),
        _ => format!("`{test}`"),
    }
}
