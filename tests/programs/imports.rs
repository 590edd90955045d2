use std::{collections::BTreeSet, fs, path::Path};

/// The files that are no programs.
const OTHERS: [&str; 2] = ["imports", "main"];

const MAX_MODULES: usize = 2;

/// Returns the modules of the crate that `code` takes items from, in imports and in paths. The crate's
/// root is one.
fn modules(code: &str) -> BTreeSet<String> {
    let mut modules = BTreeSet::new();
    for (at, start) in code.match_indices("sansocket::") {
        name_modules("sansocket", &code[at + start.len()..], &mut modules);
    }
    modules
}

/// Adds the modules of the path or group at the start of `tree`; returns what follows it.
fn name_modules<'a>(module: &str, tree: &'a str, modules: &mut BTreeSet<String>) -> &'a str {
    if let Some(mut group) = tree.strip_prefix('{') {
        loop {
            group = group.trim_start_matches([',', ' ', '\n']);
            if let Some(rest) = group.strip_prefix('}') {
                return rest;
            }
            group = name_modules(module, group, modules);
        }
    }
    let end = tree.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap();
    let (name, rest) = tree.split_at(end);
    assert!(!name.is_empty(), "a path goes on at {rest:.20?}");
    match rest.strip_prefix("::") {
        Some(rest) if name.starts_with(char::is_lowercase) => {
            name_modules(&format!("{module}::{name}"), rest, modules)
        }
        _ => {
            modules.insert(module.to_owned());
            rest
        }
    }
}

#[test]
fn each_program_imports_from_at_most_two_modules_of_the_crate() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let mut programs = 0;
    for file in fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if OTHERS.contains(&name) {
            continue;
        }
        programs += 1;
        let text = fs::read_to_string(&path).unwrap();
        // What tests the program is a client, and may need others.
        let modules = modules(text.split("\nmod tests {").next().unwrap());
        assert!(modules.contains("sansocket"), "the imports of {name} are found");
        assert!(modules.len() <= MAX_MODULES, "{name} imports from {modules:?}");
    }
    assert_eq!(programs, 4);
}

#[test]
fn modules_are_read_out_of_source_code() {
    let two = "use sansocket::{\n    Error,\n    tokio::{Acceptor, WebSocket},\n};";
    let nested = "use sansocket::handshake::{OriginPolicy, server::Rejection};";
    let inline = "fn f(frame: sansocket::CloseFrame<'_>) { sansocket::blocking::X::new() }";
    for (code, expected) in [
        (two, &["sansocket", "sansocket::tokio"][..]),
        (nested, &["sansocket::handshake", "sansocket::handshake::server"]),
        (inline, &["sansocket", "sansocket::blocking"]),
        ("use std::io; use tokio::net::TcpStream;", &[]),
    ] {
        assert!(modules(code).iter().eq(expected), "{code}");
    }
}
