//! What is written down: the list of cases. To write it anew: `UPDATE=1 cargo test -p wsspec --test
//! documents`.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeMap, env, fmt::Write as _, fs};

use sansocket::Role;
use sansocket_explain::rule;
use wsspec::{Case, cases};

#[test]
fn the_list_of_cases_is_that_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cases.md");
    let list = list(&cases());
    if env::var_os("UPDATE").is_some() {
        fs::write(path, &list).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    assert!(list == committed, "docs/cases.md is old: run with UPDATE=1");
}

/// Returns the page of all cases, by section.
fn list(cases: &[Case]) -> String {
    let count = |role| cases.iter().filter(|case| case.is_for(role)).count();
    let mut page = format!(
        "# The cases\n\n{} cases: {} for servers, {} for clients. `wsspec explain ID` prints what a case \
         sends, and why.\n\nThe level is that of the rule: *must*, *should* and *may* are the words of the \
         RFC; *robust* is no rule of an RFC, but needed among hostile peers; *perf* measures, and is off \
         by default. This page is written by `UPDATE=1 cargo test -p wsspec --test documents`.\n",
        cases.len(),
        count(Role::Server),
        count(Role::Client)
    );
    let mut sections: BTreeMap<_, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        sections.entry(place(case)).or_default().push(case);
    }
    for ((source, _), cases) in sections {
        let section = cases.first().map_or("", |case| case.section());
        let address = rule::address(&format!("{}-{section}", source.trim_start_matches("rfc")));
        let _ = match section {
            "" => writeln!(page, "\n## {source}\n"),
            _ => writeln!(page, "\n## [{} {section}]({address})\n", source.replace("rfc", "RFC ")),
        };
        page.push_str("| id | level | for | case | Autobahn |\n| --- | --- | --- | --- | --- |\n");
        for case in cases {
            let role = match (case.is_for(Role::Server), case.is_for(Role::Client)) {
                (true, true) => "both",
                (true, false) => "servers",
                _ => "clients",
            };
            let _ = writeln!(
                page,
                "| `{}` | {} | {role} | {} | {} |",
                case.id(),
                case.level(),
                escaped(case.title()),
                case.autobahn_ids().join(", ")
            );
        }
    }
    page
}

/// The source of a case, and the numbers of its section, for the order.
fn place(case: &Case) -> (String, Vec<u32>) {
    let source = case.id().split('/').next().unwrap_or_default().to_owned();
    let numbers = case.section().split('.').filter_map(|number| number.parse().ok());
    (source, numbers.collect())
}

/// A text in a table of Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        if "\\|*_`<>[]#".contains(char) {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}
