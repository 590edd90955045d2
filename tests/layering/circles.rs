//! No files need each other in a circle, so that whatever a file needs can be read before it, and
//! works without it.
//!
//! A file needs another if it names something that is declared there, by a path through `crate`,
//! `self`, `super` or a module of its own. A file does not need what it only re-exports, as
//! `mod.rs` does: a file that names it there needs the file that declares it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::slice;

use super::{Named, expand, is_for_tests, sources};

/// The path of a module, without the `crate` before it.
type Module = Vec<String>;

/// The names in a source file.
#[derive(Default)]
struct File {
    imports: Vec<Import>,
    /// All paths outside of `use`, of one name and more.
    paths: Vec<Vec<String>>,
    /// Whether it declares modules in files of their own.
    has_children: bool,
}

/// A name that a `use` introduces in a file.
struct Import {
    name: String,
    path: Vec<String>,
    is_public: bool,
    /// Whether it is inside a function, where no other file sees it.
    is_local: bool,
}

impl File {
    fn parse(code: &str) -> Self {
        let mut file = Self::default();
        let mut lines = code.lines();
        while let Some(line) = lines.next() {
            let (is_public, item) = without_visibility(line);
            if let Some(tree) = item.strip_prefix("use ") {
                let mut tree = tree.to_owned();
                while !tree.ends_with(';') {
                    tree += lines.next().expect("a use ends").trim();
                }
                // `::name` is a crate.
                if !tree.starts_with("::") {
                    file.import(is_public, line.starts_with(' '), &tree);
                }
            } else if item.starts_with("mod ") && item.ends_with(';') {
                file.has_children = true;
            } else {
                // In it, `super` would be the file, and its imports would not be those of the file.
                let is_inline = item.starts_with("mod ") && item.ends_with('{');
                assert!(!is_inline, "a module is a file of its own: {item}");
                file.paths.extend(paths(line));
            }
        }
        file
    }

    fn import(&mut self, is_public: bool, is_local: bool, tree: &str) {
        let mut found = Vec::new();
        expand("", tree, &mut found);
        for Named { path, name } in found {
            self.imports.push(Import { name, path: segments(&path), is_public, is_local });
        }
    }

    /// Whether an import is only for others: the modules below see private ones.
    fn passes_on(&self, import: &Import) -> bool {
        let is_named = || self.paths.iter().any(|path| path.contains(&import.name));
        (import.is_public || self.has_children) && import.name != "_" && !is_named()
    }
}

/// The line without the space and the `pub` before it, and whether there is one.
fn without_visibility(line: &str) -> (bool, &str) {
    let line = line.trim();
    let Some(rest) = line.strip_prefix("pub") else {
        return (false, line);
    };
    let behind = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    match behind.map_or(rest, |(_, rest)| rest).strip_prefix(' ') {
        Some(item) => (true, item),
        None => (false, line),
    }
}

fn paths(line: &str) -> impl Iterator<Item = Vec<String>> {
    let words = line.split(|c: char| !c.is_alphanumeric() && !"_:$".contains(c));
    // `$crate::name` belongs to the caller of the macro, and `::name` to another crate.
    let words = words.filter(|word| !word.contains('$') && !word.starts_with("::"));
    words.map(segments).filter(|path| !path.is_empty())
}

fn segments(path: &str) -> Vec<String> {
    path.split(':').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

struct Files(BTreeMap<Module, File>);

impl Files {
    /// The files that a file needs.
    fn needs(&self, module: &Module, file: &File) -> BTreeSet<Module> {
        let imports = file.imports.iter().filter(|import| !file.passes_on(import));
        // A single name is declared in the file, or is one of its imports.
        let paths = file.paths.iter().filter(|path| path.len() > 1);
        let named = imports.map(|import| &import.path).chain(paths);
        named
            .flat_map(|path| self.find(module, path, 8))
            .filter(|needed| needed != module)
            .collect()
    }

    /// Returns the file that declares what a path means in a module: none for another crate, and
    /// several if features select between imports with the same name. It follows at most this many
    /// imports.
    fn find(&self, module: &[String], path: &[String], max_imports: usize) -> Vec<Module> {
        let (mut at, mut rest) = (module.to_vec(), path);
        let mut is_inside = false;
        while let Some((first, behind)) = rest.split_first() {
            let child = [&at[..], slice::from_ref(first)].concat();
            match first.as_str() {
                "crate" => at.clear(),
                "super" => drop(at.pop()),
                "self" => {}
                _ if self.0.contains_key(&child) => at = child,
                name => {
                    let imports = self.0.get(&at).map_or(&[][..], |file| &file.imports);
                    let is_seen = |own: &&Import| own.name == name && !(own.is_local && is_inside);
                    let imports: Vec<_> = imports.iter().filter(is_seen).collect();
                    if !imports.is_empty() {
                        let further = max_imports.saturating_sub(1);
                        let paths = imports.iter().map(|import| [&import.path, behind].concat());
                        return paths
                            .filter(|_| further > 0)
                            .flat_map(|path| self.find(&at, &path, further))
                            .collect();
                    }
                    break;
                }
            }
            is_inside = true;
            rest = behind;
        }
        Vec::from_iter(is_inside.then_some(at))
    }

    /// Circles, each file of which needs the next one: a shortest one through each file that is in
    /// one, unless that file was in an earlier one.
    fn circles(&self) -> Vec<Vec<Module>> {
        let edges =
            self.0.iter().map(|(module, file)| (module, self.needs(module, file))).collect();
        let mut circles: Vec<Vec<Module>> = Vec::new();
        for module in self.0.keys() {
            if !circles.iter().flatten().any(|seen| seen == module) {
                circles.extend(shortest_circle(&edges, module));
            }
        }
        circles
    }
}

fn shortest_circle(
    edges: &BTreeMap<&Module, BTreeSet<Module>>,
    start: &Module,
) -> Option<Vec<Module>> {
    let mut seen = BTreeSet::new();
    let mut ways = VecDeque::from([vec![start.clone()]]);
    while let Some(way) = ways.pop_front() {
        for next in edges.get(way.last()?).into_iter().flatten() {
            if next == start {
                return Some(way);
            }
            if seen.insert(next) {
                ways.push_back([&way[..], slice::from_ref(next)].concat());
            }
        }
    }
    None
}

fn printed(circle: &[Module]) -> String {
    let files = circle.iter().chain(circle.first());
    files.map(|module| module.join("::")).collect::<Vec<_>>().join(" -> ")
}

#[test]
fn no_files_need_each_other_in_a_circle() {
    let sources = sources().into_iter().filter(|source| !is_for_tests(&source.path));
    let files = Files(sources.map(|source| (source.path(), File::parse(&source.code))).collect());
    let edges: usize = files.0.iter().map(|(at, file)| files.needs(at, file).len()).sum();
    assert!(edges > 3 * files.0.len(), "the edges are found: {edges}");
    let circles = files.circles();
    let circles: Vec<_> = circles.into_iter().map(|circle| printed(&circle)).collect();
    assert!(circles.is_empty(), "these need each other:\n{}", circles.join("\n"));
}

/// Made-up files: the path of each module, and its code.
fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let files = files.iter().map(|(path, code)| (segments(path), File::parse(&super::code(code))));
    let circles = Files(files.collect()).circles();
    circles.iter().map(|circle| printed(circle)).collect()
}

const ROOT: (&str, &str) = ("", "mod close;\nmod frame;\n");
const ROOM: (&str, &str) = (
    "frame",
    "mod decoder;\nmod header;\nmod mask;\n\
     pub use decoder::Decoder;\npub(crate) use header::{Header, Length as Len};\nuse mask::Key;\n",
);

#[test]
fn circles_are_found() {
    let decoder_needs_header = ("frame::decoder", "use super::Header;\nstruct Decoder(Header);\n");
    for (header, circle) in [
        ("use super::Decoder;\n", "frame::decoder -> frame::header -> frame::decoder"),
        ("use super::decoder::MAX;\n", "frame::decoder -> frame::header -> frame::decoder"),
        (
            "fn f(_: crate::frame::Decoder) {}\n",
            "frame::decoder -> frame::header -> frame::decoder",
        ),
        (
            "use crate::{\n    close,\n    frame::{self},\n};\nfn f() -> frame::Decoder {}\n",
            "frame::decoder -> frame::header -> frame::decoder",
        ),
        (
            "use super::Key as K;\nuse super::{super::close};\n",
            "frame::decoder -> frame::header -> frame::mask -> frame::decoder",
        ),
        // A private import that the modules below see.
        (
            "pub use self::below::Bits;\nmod below;\nfn f(_: Bits) {}\n",
            "frame::header -> frame::header::below -> frame::header",
        ),
    ] {
        let files = [
            ROOT,
            ROOM,
            decoder_needs_header,
            ("frame::header", header),
            ("frame::header::below", "use super::Header;\nstruct Bits(Header);\n"),
            ("frame::mask", "struct Key(crate::frame::decoder::Step);\n"),
            ("close", "pub struct Code;\n"),
        ];
        assert_eq!(circles_of(&files), [circle], "{header}");
    }
}

#[test]
fn a_layers_own_declarations_can_be_in_a_circle() {
    let room = ("frame", "mod decoder;\npub use decoder::Decoder;\npub struct Pair(Decoder);\n");
    let decoder = ("frame::decoder", "use super::Pair;\n");
    assert_eq!(circles_of(&[ROOT, room, decoder]), ["frame -> frame::decoder -> frame"]);
    // Another layer in between.
    let decoder = ("frame::decoder", "use crate::close::Code;\n");
    let close = ("close", "use crate::frame::Pair;\n");
    let circle = "close -> frame -> frame::decoder -> close";
    assert_eq!(circles_of(&[ROOT, room, decoder, close]), [circle]);
}

#[test]
fn trees_without_circles_pass() {
    let none: [&str; 0] = [];
    for header in [
        "pub struct Header;\n",
        // From another crate, from a layer that is re-exported, in a comment, in a unit test.
        "use super::{Key, mask};\nuse decoder::Decoder;\n// super::Decoder\n/// [`super::Decoder`]\n",
        "#[cfg(test)]\nmod tests {\n    use super::super::Decoder;\n}\n",
        "fn f() {\n    use {Header as H};\n}\n",
        "macro_rules! m {\n    () => { $crate::frame::Decoder };\n}\n",
        // Methods of the same type in a file below.
        "mod below;\nfn f(&self) {}\n",
    ] {
        let files = [
            ROOT,
            ROOM,
            ("frame::decoder", "use super::{Header, Len};\nuse crate::frame::Key;\n"),
            ("frame::header", header),
            ("frame::header::below", "use super::Header;\nimpl Header {}\n"),
            ("frame::mask", "use crate::close::Code;\n"),
            ("close", "use alloc::string::String;\npub struct Code(String);\n"),
        ];
        assert_eq!(circles_of(&files), none, "{header}");
    }
}
