//! The rules of the source tree that the compiler does not check: which layer may use which, what
//! only the adapters may name, how long a file may be, that no file is forgotten, that no files
//! need each other in a circle, and that no two things have the same name.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod circles;
mod names;
#[path = "../source_tree/mod.rs"]
mod source_tree;

use std::fs;
use std::path::{Path, PathBuf};

use source_tree::{root, rust_files};

/// Every layer may use these, and they use nothing.
const GROUND: [&str; 6] = ["role", "close", "time", "random", "redacted", "parsed"];

/// The layers from the ground up, and what each may use besides the ground.
const LAYERS: [(&str, &[&str]); 14] = [
    ("frame", &[]),
    ("deflate", &[]),
    // Replaces it in builds without the feature.
    ("no_deflate", &[]),
    ("connection", &["frame", "deflate"]),
    ("handshake", &["deflate", "connection"]),
    ("buffered", &["frame", "connection"]),
    ("session", &["handshake", "connection", "buffered"]),
    ("connecting", &["handshake"]),
    ("streams", &[]),
    ("adapter", UNDER_ADAPTERS),
    ("blocking", ADAPTER),
    ("tokio", ADAPTER),
    ("upgrade", &["handshake", "buffered", "adapter", "tokio"]),
    // It declares the modules, and uses none.
    ("lib", &[]),
];

/// What adapters share uses all that they use, except for `frame`.
const UNDER_ADAPTERS: &[&str] =
    &["deflate", "connection", "handshake", "buffered", "session", "connecting", "streams"];

/// What an adapter may use: neither the other one nor `frame`, and from `deflate` only what the
/// application sets and reads.
const ADAPTER: &[&str] = &[
    "deflate",
    "connection",
    "handshake",
    "buffered",
    "session",
    "connecting",
    "adapter",
    "streams",
];

/// The layers that are not part of the engine, and may name `std`. All others are `no_std`.
const WITH_STD: [&str; 5] = ["adapter", "streams", "blocking", "tokio", "upgrade"];

const MAX_LINES: usize = 500;

/// A source file, and its code without comments and unit tests.
struct Source {
    path: PathBuf,
    code: String,
}

impl Source {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        Self { path, code: code(&text) }
    }

    /// The module that the file is; empty for the root of the crate.
    fn path(&self) -> Vec<String> {
        let path = self.path.strip_prefix(root().join("src")).unwrap().with_extension("");
        let names = path.components().map(|name| name.as_os_str().to_str().unwrap().to_owned());
        names.filter(|name| !["lib", "mod"].contains(&&**name)).collect()
    }

    /// The module directly under the crate's root that the file belongs to.
    fn module(&self) -> String {
        let path = self.path.strip_prefix(root().join("src")).unwrap().with_extension("");
        let first = path.components().next().unwrap();
        first.as_os_str().to_str().unwrap().to_owned()
    }
}

/// The crate's own modules that `code` names, each with the item in it, such as `frame::Piece`.
fn uses(code: &str) -> Vec<String> {
    paths_in("crate", code)
}

/// The paths in a crate that `code` names, without the crate's own name.
fn paths_in(name: &str, code: &str) -> Vec<String> {
    let start = format!("{name}::");
    let mut paths = Vec::new();
    for (at, _) in code.match_indices(&start) {
        if is_start_of_path(code, at) {
            expand("", &code[at + start.len()..], &mut paths);
        }
    }
    paths.into_iter().map(|Named { path, .. }| path).collect()
}

/// A path in code, and the name that a `use` gives to it.
struct Named {
    path: String,
    name: String,
}

fn is_start_of_path(code: &str, at: usize) -> bool {
    !code[..at].ends_with(|c: char| c.is_alphanumeric() || "_:$".contains(c))
}

/// Adds the paths at the start of `tree`, which may be a group in braces; returns what follows.
fn expand<'a>(prefix: &str, tree: &'a str, paths: &mut Vec<Named>) -> &'a str {
    let tree = tree.trim_start();
    if let Some(mut group) = tree.strip_prefix('{') {
        loop {
            group = expand(prefix, group, paths).trim_start();
            group = group.strip_prefix(',').unwrap_or(group).trim_start();
            if let Some(behind) = group.strip_prefix('}') {
                return behind;
            }
        }
    }
    let end = tree.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap();
    let (name, rest) = tree.split_at(end);
    assert!(!name.is_empty(), "a path goes on at {rest:.20?}");
    let mut path = format!("{prefix}{name}");
    if let Some(rest) = rest.strip_prefix("::") {
        return expand(&format!("{path}::"), rest, paths);
    }
    // `use a::{self}` is a use of a, and so is `use a as b`.
    if let Some(module) = path.strip_suffix("::self") {
        path = module.to_owned();
    }
    let name = path.rsplit("::").next().unwrap().to_owned();
    let (name, rest) = match rest.trim_start().strip_prefix("as ") {
        Some(alias) => {
            let end = alias.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap();
            (alias[..end].to_owned(), &alias[end..])
        }
        None => (name, rest),
    };
    paths.push(Named { path, name });
    rest
}

/// Returns whether the table allows `module` to use `path`.
fn is_allowed(module: &str, path: &str) -> bool {
    let is_under = |allowed: &str| {
        path.strip_prefix(allowed).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let allowed = LAYERS.iter().find(|(layer, _)| *layer == module);
    match allowed {
        Some((_, allowed)) => {
            is_under(module) || allowed.iter().chain(&GROUND).any(|allowed| is_under(allowed))
        }
        None => GROUND.contains(&module) && is_under(module),
    }
}

/// The text without comments, and without what is compiled only for unit tests.
fn code(text: &str) -> String {
    let mut lines = text.lines().map(|line| line.split("//").next().unwrap());
    let mut code = String::new();
    while let Some(line) = lines.next() {
        if line != "#[cfg(test)]" && !line.starts_with("#[cfg(all(test, ") {
            code += line;
        } else if let Some(item) = lines.next() {
            // A declared file is found by the search for files.
            if item.starts_with("mod ") && item.ends_with(';') {
                code += item;
            } else if !item.ends_with(';') {
                lines.find(|line| *line == "}");
            }
        }
        code.push('\n');
    }
    code
}

fn sources() -> Vec<Source> {
    let sources: Vec<Source> =
        rust_files(&root().join("src")).into_iter().map(Source::read).collect();
    assert!(sources.len() > 20, "the sources are found");
    sources
}

#[test]
fn every_module_uses_only_what_is_to_its_left() {
    let mut illegal = Vec::new();
    let mut edges = 0;
    for source in sources() {
        let module = source.module();
        for path in uses(&source.code) {
            edges += 1;
            if !is_allowed(&module, &path) {
                illegal.push(format!("{} uses crate::{path}", source.path.display()));
            }
        }
    }
    assert!(edges > 10, "the edges are found");
    assert!(illegal.is_empty(), "not in the table of layers:\n{}", illegal.join("\n"));
}

#[test]
fn every_module_has_a_place_in_the_table() {
    for source in sources() {
        let module = source.module();
        let is_known =
            GROUND.contains(&&*module) || LAYERS.iter().any(|(layer, _)| *layer == module);
        assert!(is_known, "{} belongs to no layer", source.path.display());
    }
}

#[test]
fn no_module_reaches_the_root_by_super() {
    // The check does not see uses through `super`.
    for source in sources() {
        let is_at_root = source.path.parent() == Some(&root().join("src"));
        let to_root = if is_at_root { "super::" } else { "super::super::" };
        assert!(!source.code.contains(to_root), "{} names {to_root}", source.path.display());
    }
}

#[test]
fn only_the_adapters_name_std() {
    for source in sources() {
        let path = source.path.display();
        // An item that needs the feature `std` ends at the first line that ends it at its own depth.
        let mut depth_behind_std = None;
        for line in source.code.lines() {
            let depth = line.len() - line.trim_start().len();
            if line.trim() == "#[cfg(feature = \"std\")]" {
                depth_behind_std = Some(depth);
            }
            let names_std = line.match_indices("std::").any(|(at, _)| is_start_of_path(line, at));
            let is_allowed =
                depth_behind_std.is_some() || WITH_STD.contains(&source.module().as_str());
            assert!(!names_std || is_allowed, "{path} names std: {line}");
            if depth_behind_std == Some(depth) && line.ends_with(['}', ';']) {
                depth_behind_std = None;
            }
        }
    }
}

/// The paths of `alloc` and `core` that need an atomic compare-and-swap.
fn atomics(code: &str) -> Vec<String> {
    let paths = ["alloc", "core"].map(|name| paths_in(name, code)).concat();
    let is_atomic = |path: &String| {
        ["sync", "task::Wake"].iter().any(|path_of_atomics| {
            path.strip_prefix(path_of_atomics)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
    };
    paths.into_iter().filter(is_atomic).collect()
}

#[test]
fn the_engine_needs_no_compare_and_swap() {
    // Cortex-M0 and RISC-V without the A extension have none, and so no `alloc::sync`.
    let mut engine = 0;
    for source in sources() {
        let module = source.module();
        if WITH_STD.contains(&&*module) {
            continue;
        }
        engine += 1;
        let atomics = atomics(&source.code);
        assert!(atomics.is_empty(), "{} names {atomics:?}", source.path.display());
    }
    assert!(engine > 20, "the files of the engine are found");
}

#[test]
fn paths_that_need_a_compare_and_swap_are_found() {
    for (code, paths) in [
        ("use alloc::{string::String, sync::Arc, vec::Vec};\n", &["sync::Arc"][..]),
        ("use alloc::{\n    sync,\n    vec::Vec,\n};\n", &["sync"]),
        ("fn f(flag: &core::sync::atomic::AtomicBool) {}\n", &["sync::atomic::AtomicBool"]),
        (
            "use core::{fmt, sync::atomic::{AtomicU8, Ordering as O}};\n",
            &["sync::atomic::AtomicU8", "sync::atomic::Ordering"],
        ),
        ("impl alloc::task::Wake for Waker {}\n", &["task::Wake"]),
        ("use core::{marker::Sync, task::Waker}; use crate::sync::Arc;\n", &[]),
    ] {
        assert_eq!(atomics(code), paths, "{code}");
    }
}

#[test]
fn no_source_file_is_longer_than_500_lines() {
    let directories = ["src", "crates"].map(|directory| root().join(directory));
    for path in directories.iter().flat_map(|directory| rust_files(directory)) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines", path.display());
    }
}

// Shows 6455-5.3-3.
#[test]
fn the_only_source_of_randomness_is_the_generator_of_the_operating_system() {
    // Generators, and other things that could be taken for random.
    const SOURCES: [&str; 7] = [
        "rand::",
        "getrandom",
        "SysRng",
        "SystemTime",
        "RandomState",
        "DefaultHasher",
        "seed_from_u64",
    ];
    const MAKE_A_SEED: [&str; 2] = ["Seed(", "Seed::from("];

    for source in sources().into_iter().filter(|source| !is_for_tests(&source.path)) {
        let named = |name: &&&str| names(&source.code, name);
        let sources: Vec<_> = SOURCES.iter().filter(named).collect();
        let is_random = source.module() == "random";
        let expected: &[&&str] = if is_random { &[&"rand::", &"SysRng"] } else { &[] };
        assert_eq!(sources, expected, "{}", source.path.display());
        let makes_seeds = MAKE_A_SEED.iter().any(|name| named(&name));
        assert!(!makes_seeds || is_random, "{} makes a seed", source.path.display());
    }
}

/// Returns whether the code has this name, not just a longer one that ends with it.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name)
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Returns whether a source file is compiled only for unit tests.
fn is_for_tests(path: &Path) -> bool {
    let declares = fs::read_to_string(path.with_file_name("mod.rs")).unwrap_or_default();
    declares.contains(&format!("#[cfg(test)]\nmod {};\n", stem(path)))
        // The modules of such a file are in a directory with its name.
        || path.parent().is_some_and(|directory| {
            let owner = directory.with_extension("rs");
            owner.is_file() && is_for_tests(&owner)
        })
}

#[test]
fn every_file_is_declared() {
    // A file without its `mod` is never compiled, so that no test in it runs. The same holds for a
    // folder of tests that has no `main.rs`.
    let tests = root().join("tests");
    let mut files = rust_files(&root().join("src"));
    files.extend(rust_files(&tests));
    for file in &files {
        let (directory, name) = (file.parent().unwrap(), stem(file));
        // Cargo finds these automatically.
        let is_root = directory == tests || directory.ends_with("bin");
        if is_root || ["lib", "main"].contains(&name) {
            continue;
        }
        let (directory, name) = match name {
            "mod" => (directory.parent().unwrap(), stem(directory)),
            name => (directory, name),
        };
        // A folder that several targets of tests share is declared in these.
        let is_shared = directory == tests;
        let is_declared = files.iter().any(|other| {
            let may_declare = other.parent() == Some(directory)
                || is_shared && other.starts_with(&tests)
                || other.with_extension("") == directory;
            may_declare && declarations(other).iter().any(|declared| declared == name)
        });
        assert!(is_declared, "no `mod {name};` for {}", file.display());
    }
}

/// The names of the modules in files of their own that a file declares.
fn declarations(file: &Path) -> Vec<String> {
    // Modules of unit tests, too.
    let text = fs::read_to_string(file).unwrap();
    let code = text.lines().map(|line| line.split("//").next().unwrap());
    let lines = code.filter_map(|line| line.trim().strip_suffix(';'));
    lines.filter_map(|line| line.rsplit_once("mod ").map(|(_, name)| name.to_owned())).collect()
}

fn stem(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

#[test]
fn paths_are_read_out_of_source_code() {
    let code = code(
        "use crate::{close::{CloseCode, CloseFrame}, frame::Piece, role::Role as R, time};\n\
         /// Not [`buffered`](crate::buffered).\n\
         pub(crate) use crate::random::*;\n\
         fn f(a: crate::deflate::X<crate::handshake::Y>) { $crate::no(); krate::no() }\n\
         #[cfg(test)]\n\
         use crate::blocking;",
    );
    let paths = [
        "close::CloseCode",
        "close::CloseFrame",
        "frame::Piece",
        "role::Role",
        "time",
        "random::*",
        "deflate::X",
        "handshake::Y",
    ];
    assert_eq!(uses(&code), paths);
}

#[test]
fn the_table_is_applied() {
    for (module, path) in [
        ("connection", "frame::FrameHeader"),
        ("connection", "connection::Chunk"),
        ("handshake", "parsed::Parsed"),
        ("buffered", "time::Timestamp"),
        ("tokio", "adapter::Error"),
    ] {
        assert!(is_allowed(module, path), "{module} may use {path}");
    }
    for (module, path) in [
        ("frame", "connection::Connection"),
        ("frame", "deflate"),
        ("handshake", "frame::FrameHeader"),
        ("handshake", "frame"),
        ("connection", "frames"),
        ("blocking", "tokio::WebSocket"),
        ("blocking", "frame::OpCode"),
        ("connection", "Role"),
        ("close", "role::Role"),
        ("elsewhere", "role::Role"),
    ] {
        assert!(!is_allowed(module, path), "{module} may not use {path}");
    }
}
