//! The page of events lists all events in the code, with their levels and fields.

use std::collections::BTreeSet;
use std::fs;

use crate::source_tree::root;

/// An event: level, message and fields.
type Event = (String, String, Vec<String>);

/// The events in the source, each an `emit!`.
fn emitted(source: &str) -> BTreeSet<Event> {
    let mut events = BTreeSet::new();
    for (at, start) in source.match_indices("emit!(") {
        // The message is the first literal.
        let (fields, rest) = source[at + start.len()..].split_once('"').expect("a message");
        let message = rest.split('"').next().unwrap();
        let mut words = fields.split(',').map(str::trim).filter(|word| !word.is_empty());
        let (level, _log) = (words.next().unwrap(), words.next().unwrap());
        let fields = words.map(|word| word.split(" = ").next().unwrap().to_owned()).collect();
        events.insert((level.to_owned(), message.to_owned(), fields));
    }
    events
}

/// The events in the rows of the page.
fn listed(page: &str) -> BTreeSet<Event> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    let rows = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    rows.filter(|cells| ["info", "debug", "trace"].contains(&cells[0]))
        .map(|cells| {
            let fields = cells[2].split(", ").filter(|field| !field.is_empty());
            let fields = fields.map(|field| field.trim_matches('`').to_owned()).collect();
            (cells[0].to_owned(), cells[1].to_owned(), fields)
        })
        .collect()
}

#[test]
fn the_page_lists_every_event_with_its_level_and_fields() {
    let source = fs::read_to_string(root().join("src/adapter/events.rs")).unwrap();
    let page = fs::read_to_string(root().join("docs/events.md")).unwrap();
    let (emitted, listed) = (emitted(&source), listed(&page));
    assert!(emitted.len() > 20, "the events are found: {emitted:#?}");
    let missing: Vec<_> = emitted.difference(&listed).collect();
    let unknown: Vec<_> = listed.difference(&emitted).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "not listed: {missing:#?}, gone: {unknown:#?}"
    );
}

#[test]
fn no_other_file_names_the_crate_tracing() {
    for file in crate::source_tree::rust_files(&root().join("src")) {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let names = code.filter(|line| line.contains("tracing::")).count();
        assert!(names == 0 || file.ends_with("adapter/events.rs"), "{}", file.display());
    }
}
