//! `docs/examples.md` lists every file in `examples`, and the features that each program needs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::source_tree::root;

/// The items of the lists, each with the files that precede its colon.
fn items(page: &str) -> impl Iterator<Item = (Vec<&str>, &str)> {
    let items = page.split("\n- ").skip(1).filter_map(|item| item.split("\n\n").next());
    items.map(|item| {
        let files = item.split(": ").next().unwrap();
        (files.split('`').skip(1).step_by(2).collect(), item)
    })
}

/// The paths of all files in a folder and its subfolders, except for build output.
fn files(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        if !entry.file_type().unwrap().is_dir() {
            found.insert(name);
        } else if entry.file_name() != "target" {
            files(&entry.path(), &format!("{name}/"), found);
        }
    }
}

/// The file of each example of a manifest, and the features that it needs. `std` is not one of them:
/// it is on by default.
fn programs(manifest: &str) -> Vec<(String, Vec<&str>)> {
    let entries = manifest.split("\n[").filter(|entry| entry.starts_with("[example]]"));
    let programs = entries.map(|entry| {
        let value = |key| entry.lines().find_map(|line| line.strip_prefix(key));
        let name = value("name = ").unwrap().trim_matches('"');
        let path = value("path = ").map(|path| path.trim_matches('"'));
        let path = path.map_or(format!("{name}.rs"), |path| path.replace("examples/", ""));
        let features = value("required-features = ").unwrap_or_default();
        (path, features.split('"').skip(1).step_by(2).filter(|name| *name != "std").collect())
    });
    programs.collect()
}

#[test]
fn every_example_is_listed() {
    let page = fs::read_to_string(root().join("docs/examples.md")).unwrap();
    let listed: BTreeSet<_> = items(&page).flat_map(|(names, _)| names).map(String::from).collect();
    let mut existing = BTreeSet::new();
    files(&root().join("examples"), "", &mut existing);
    assert_eq!(listed, existing);
}

#[test]
fn every_example_is_listed_with_its_features() {
    let page = fs::read_to_string(root().join("docs/examples.md")).unwrap();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let programs = programs(&manifest);
    assert!(programs.len() > 5);
    for (file, features) in programs {
        let item = items(&page).find(|(names, _)| names.contains(&&*file));
        let (_, item) = item.unwrap_or_else(|| panic!("{file} is not listed"));
        let listed = item.split("`--features ").nth(1).map(|rest| rest.split('`').next().unwrap());
        assert_eq!(listed.unwrap_or_default(), features.join(","), "the features of {file}");
    }
}

#[test]
fn examples_are_read_out_of_pages_and_manifests() {
    let page = "`x`\n\n- `a.rs`,\n  `b/c.rs`: `d`: `e`\n- `f.rs`: g\n\n`h`: i\n";
    let expected =
        [(vec!["a.rs", "b/c.rs"], "`a.rs`,\n  `b/c.rs`: `d`: `e`"), (vec!["f.rs"], "`f.rs`: g")];
    assert_eq!(items(page).collect::<Vec<_>>(), expected);
    let manifest = "[package]\nname = \"x\"\n\n[[example]]\nname = \"a\"\n\n\
        [[example]]\nname = \"b\"\npath = \"examples/b/main.rs\"\n\
        required-features = [\"std\", \"tokio\", \"url\"]\n\n[[test]]\nname = \"c\"\n";
    let expected =
        [(String::from("a.rs"), vec![]), (String::from("b/main.rs"), vec!["tokio", "url"])];
    assert_eq!(programs(manifest), expected);
}
