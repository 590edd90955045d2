//! The examples of the README print what it says.

use std::{env, process::Command};

use crate::program::file;

#[test]
fn the_examples_of_the_readme_print_what_it_says() {
    let readme = std::fs::read_to_string(file("README.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let program = file(env!("CARGO_BIN_EXE_sansocket-inspect"));
    let path = format!("{}:{}", program.parent().unwrap().display(), env::var("PATH").unwrap());
    let examples: Vec<_> = readme.split("```console\n$ ").skip(1).collect();
    assert_eq!(examples.len(), 6);
    for example in examples {
        let (example, _) = example.split_once("```").unwrap();
        let (command, expected) = example.split_once('\n').unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(file(".")).env("PATH", &path);
        let output = shell.env("DIR", folder.path()).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        // Some lines are left out.
        let mut rest = printed.as_str();
        for (index, part) in expected.split("…\n").enumerate() {
            let at = rest.find(part).unwrap_or_else(|| panic!("{command}\n{part}\n{printed}"));
            assert!(index > 0 || at == 0, "{printed}");
            rest = &rest[at + part.len()..];
        }
        assert!(expected.ends_with("…\n") || rest.is_empty(), "{rest}");
    }
}
