//! Both adapters have the same methods, except for those that are listed with a reason.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod source_tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use source_tree::{root, rust_files};

/// The methods that only one adapter has, with reasons.
const ONLY_ONE: [(&str, &str, &str); 6] = [
    (
        "tokio",
        "Connector::open",
        "long-polling has two requests at once; HTTP clients for threads exist",
    ),
    ("tokio", "WebSocket::closer", "a thread that waits for its stream cannot be woken"),
    ("tokio", "ReadHalf::closer", "the same"),
    ("tokio", "WriteHalf::closer", "the same"),
    ("tokio", "Closer::close", "the same; its `WriteHalf` sends a Close frame by reference"),
    ("tokio", "Closer::abort", "the same"),
];

/// The public methods of public types, as `Type::method`, that a layer's files declare.
fn methods(layer: &str) -> BTreeSet<String> {
    let mut methods = BTreeSet::new();
    for file in rust_files(&root().join("src").join(layer)) {
        let text = fs::read_to_string(&file).unwrap();
        let mut of = None;
        for line in text.lines() {
            if let Some(head) = line.strip_prefix("impl") {
                of = type_of(head);
            } else if let (Some(of), Some(name)) = (&of, method(line)) {
                methods.insert(format!("{of}::{name}"));
            }
        }
    }
    methods
}

/// Returns the type of an `impl` without a trait.
fn type_of(head: &str) -> Option<String> {
    if head.contains(" for ") {
        return None;
    }
    // After the generics, which may be nested.
    let mut depth = 0_usize;
    let start = head.find(|c| {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        depth == 0 && c == ' '
    })?;
    let name: String = head[start + 1..].chars().take_while(|c| c.is_alphanumeric()).collect();
    (!name.is_empty()).then_some(name)
}

/// The name of a public method that is declared in a line.
fn method(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("    pub ")?;
    let rest = rest.trim_start_matches("const ").trim_start_matches("async ");
    let name = rest.strip_prefix("fn ")?;
    name.split(['(', '<']).next()
}

#[test]
fn both_adapters_have_the_same_methods() {
    let (blocking, tokio) = (methods("blocking"), methods("tokio"));
    assert!(blocking.len() > 40, "the methods are found: {blocking:?}");
    let listed: BTreeMap<&str, &str> =
        ONLY_ONE.iter().map(|(layer, method, _)| (*method, *layer)).collect();
    let mut missing = Vec::new();
    for (layer, own, other) in [("blocking", &blocking, &tokio), ("tokio", &tokio, &blocking)] {
        for method in own.difference(other) {
            if listed.get(method.as_str()) != Some(&layer) {
                missing.push(format!("{layer} alone has {method}"));
            }
        }
    }
    assert!(missing.is_empty(), "neither in both nor listed:\n{}", missing.join("\n"));
    for (layer, method, reason) in ONLY_ONE {
        let (own, other) =
            if layer == "blocking" { (&blocking, &tokio) } else { (&tokio, &blocking) };
        assert!(own.contains(method), "{layer} has no {method}");
        assert!(!other.contains(method) && !reason.is_empty(), "{method} is in both");
    }
}

#[test]
fn methods_are_read_out_of_source_code() {
    assert_eq!(type_of("<S: Read + Write> WebSocket<S> {").as_deref(), Some("WebSocket"));
    assert_eq!(type_of(" Acceptor {").as_deref(), Some("Acceptor"));
    assert_eq!(type_of("<'w, S: A<B<C>>> Writer<'w, S> {").as_deref(), Some("Writer"));
    assert_eq!(type_of("<S> Drop for Link<S> {"), None);
    assert_eq!(method("    pub async fn read(&mut self)"), Some("read"));
    assert_eq!(method("    pub fn send<M: Sendable>("), Some("send"));
    assert_eq!(method("    pub const fn get_ref(&self)"), Some("get_ref"));
    assert_eq!(method("    pub(super) fn poll("), None);
    assert_eq!(method("    fn poll("), None);
}
