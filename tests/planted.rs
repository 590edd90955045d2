//! The faults that `.ci/planted` plants still have their places in the sources. Planting them takes
//! minutes, so that is done by hand.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

const REQUIREMENT: &str = "the tests of a checkout need `python3` to be Python 3.11 or later";

/// Whether all is well with the faults of the directory, and what is said about them.
fn check(faults: &Path) -> (bool, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(root.join(".ci/planted"));
    let output = command.arg("--check").arg("--faults").arg(faults).output();
    let output = output.expect(REQUIREMENT);
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(said.starts_with("planted: "), "{REQUIREMENT}: {said}");
    (output.status.success(), said)
}

#[test]
fn every_planted_fault_has_its_place() {
    let (is_well, said) = check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/planted"));
    assert!(is_well, "{said}");
}

#[test]
fn a_fault_without_a_place_is_reported() {
    let sound = [
        ("name", "'a'"),
        ("kind", "'order'"),
        ("file", "'src/role.rs'"),
        ("old", "'pub enum Role'"),
        ("new", "''"),
        ("tests", "['--test planted a_fault_without_a_place_is_reported']"),
    ];
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted");
    fs::create_dir_all(&directory).unwrap();
    let check_with = |changes: &[(&str, &str)]| {
        let mut entry = BTreeMap::from(sound);
        entry.extend(changes.iter().copied());
        let lines: String = entry.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        fs::write(directory.join("a.toml"), format!("[[fault]]\n{lines}")).unwrap();
        check(&directory)
    };
    let is_well = (true, "planted: faults looked at: 1\n".into());
    assert_eq!(check_with(&[]), is_well);
    let package = ("package", "'sansocket-socketio'");
    let tests = ("tests", "['--test session an_upgrade_can_be_switched_off']");
    assert_eq!(check_with(&[package, tests]), is_well);
    let several = ("old", "['pub enum Role', 'masks every frame.']");
    assert_eq!(check_with(&[several, ("new", "['', '']")]), is_well);
    for (key, value, problem) in [
        ("old", "'pub enum Roll'", "'old' occurs 0 times in src/role.rs"),
        ("old", "'e'", "times in src/role.rs"),
        (
            "old",
            "['pub enum Role', 'masks every frame.']",
            "'old' and 'new' have different lengths",
        ),
        ("old", "[1]", "'old' has the wrong type"),
        ("new", "'pub enum Role'", "it changes nothing"),
        ("file", "'src/roll.rs'", "there is no file src/roll.rs"),
        ("kind", "'disorder'", "the kinds are: "),
        ("tests", "[]", "'tests' is missing"),
        ("tests", "['--test nowhere']", "there is no such target"),
        ("tests", "['--test layering no_such_test']", "there is no test no_such_test"),
        ("tests", "['--test planted moved::every_planted_fault']", "there is no test moved::every"),
        ("tests", "['planted']", "begins neither with --lib nor with --test NAME"),
        ("seconds", "'many'", "'seconds' has the wrong type"),
        ("package", "'nobody'", "the packages are: sansocket, sansocket-socketio"),
        ("package", "'sansocket-socketio'", "there is no such target"),
        ("comment", "'x'", "there is no key 'comment'"),
    ] {
        let (is_well, said) = check_with(&[(key, value)]);
        assert!(!is_well && said.contains(problem), "{key} = {value}: {said}");
    }
    for (new, problem) in [
        ("['', 'masks every frame.']", "it changes nothing"),
        ("['']", "'old' and 'new' have different lengths"),
    ] {
        let (is_well, said) = check_with(&[several, ("new", new)]);
        assert!(!is_well && said.contains(problem), "{new}: {said}");
    }
    let missing = [("old", "['pub enum Role', 'Customer,']"), ("new", "['', '']")];
    let (is_well, said) = check_with(&missing);
    assert!(!is_well && said.contains("'Customer,' occurs 0 times in src/role.rs"), "{said}");
}
