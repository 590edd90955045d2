//! No two things have the same name, so that a search finds the right one.

use std::collections::BTreeMap;

use super::{is_for_tests, sources};

/// Modules of which one replaces or mirrors the other, so that they should have the same names.
const TWINS: [(&str, &str); 7] = [
    // The replacement for compression has the same names.
    ("deflate", "no_deflate"),
    ("connection", "connection::no_compression"),
    ("connection", "connection::no_traffic"),
    ("session", "session::no_stats"),
    ("adapter", "adapter::no_events"),
    // If you know one adapter, you know the other.
    ("blocking", "tokio"),
    ("streams::client_stream", "streams::tokio_client_stream"),
];

/// Other names that are declared more than once, once in each of these layers.
const TWICE: [(&str, &[&str]); 2] = [
    // RFC 6455 4: a client makes one, a server reads it. Users name them by their module.
    ("Request", &["handshake::client", "handshake::server"]),
    // An alias for the adapter's type, over the streams of an HTTP server.
    ("WebSocket", &["blocking", "tokio", "upgrade"]),
];

/// The types and traits that code declares.
fn declared(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter_map(|line| {
        let words = line.split_whitespace().skip_while(|word| word.starts_with("pub"));
        // `pub(in a::b)` is two words.
        let mut words = words.skip_while(|word| word.ends_with(')'));
        let keyword = words.next()?;
        let is_type = ["enum", "struct", "trait", "union"].contains(&keyword)
            // One that is indented belongs to a trait.
            || keyword == "type" && !line.starts_with(' ');
        let name = words.next().filter(|_| is_type)?;
        name.split(|c: char| !c.is_alphanumeric() && c != '_').next()
    })
}

/// Whether one name may be declared in both modules.
fn are_twins(one: &str, other: &str) -> bool {
    TWINS.iter().any(|(room, twin)| {
        // A replacement may be in the same layer as the files that it replaces.
        let is_twin = |module| match (is_in(module, room), is_in(module, twin)) {
            (_, true) => Some(true),
            (true, false) => Some(false),
            (false, false) => None,
        };
        matches!((is_twin(one), is_twin(other)), (Some(one), Some(other)) if one != other)
    })
}

fn is_in(module: &str, room: &str) -> bool {
    module.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Whether one name may be declared in any two of these modules.
fn are_all_twins(modules: &[String]) -> bool {
    let are_twins_before =
        |(n, one): (usize, &String)| modules[..n].iter().all(|other| are_twins(one, other));
    modules.iter().enumerate().all(are_twins_before)
}

/// Whether the list lets the name be declared in just these modules, which are sorted.
fn is_listed(name: &str, modules: &[String]) -> bool {
    let are_rooms_of = |rooms: &[&str]| {
        rooms.len() == modules.len()
            && modules.iter().zip(rooms).all(|(own, room)| is_in(own, room))
    };
    TWICE.iter().any(|(own, rooms)| *own == name && are_rooms_of(rooms))
}

/// Names that are declared in several modules that do not mirror each other.
fn clashes<'a>(files: impl Iterator<Item = (String, &'a str)>) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (module, code) in files {
        for name in declared(code) {
            places.entry(name).or_default().push(module.clone());
        }
    }
    places.retain(|name, modules| !is_listed(name, modules) && !are_all_twins(modules));
    places.iter().map(|(name, modules)| format!("{name} in {}", modules.join(", "))).collect()
}

#[test]
fn no_name_is_declared_for_two_things() {
    let mut sources = sources();
    sources.retain(|source| !is_for_tests(&source.path));
    let names: usize = sources.iter().map(|source| declared(&source.code).count()).sum();
    assert!(names > 100, "the declarations are found");
    let files = sources.iter().map(|source| (source.path().join("::"), &*source.code));
    let clashes = clashes(files);
    assert!(clashes.is_empty(), "declared more than once:\n{}", clashes.join("\n"));
}

#[test]
fn names_that_are_declared_twice_are_found() {
    let clashes_of = |files: &[(&str, &'static str)]| {
        clashes(files.iter().map(|(module, code)| ((*module).to_owned(), *code)))
    };
    let stage = "enum Stage {\n";
    for (files, clash) in [
        (
            [("frame::decoder", stage), ("session::step", "pub enum Stage {\n")],
            "frame::decoder, session::step",
        ),
        (
            [("frame", stage), ("frame", "pub(in crate::a) struct Stage<'b>(&'b u8);\n")],
            "frame, frame",
        ),
        (
            [("tokio::reader", stage), ("tokio::writer", "trait Stage: Sync {}\n")],
            "tokio::reader, tokio::writer",
        ),
        ([("session", stage), ("tokio", "pub type Stage = u8;\n")], "session, tokio"),
        (
            [("connection::event", stage), ("connection::chunk", stage)],
            "connection::event, connection::chunk",
        ),
    ] {
        assert_eq!(clashes_of(&files), [format!("Stage in {clash}")]);
    }
    for files in [
        [("blocking::reader", stage), ("tokio::writer", stage)],
        [("connection::inflating", stage), ("connection::no_compression", stage)],
        [("no_deflate", stage), ("deflate::config", "    pub(super) struct Stage;\n")],
        [
            ("frame", stage),
            ("session", "enum Stages {\n    type Stage = u8;\nfn stage() -> Stage {\n"),
        ],
    ] {
        assert_eq!(clashes_of(&files), [""; 0], "{files:?}");
    }
}
