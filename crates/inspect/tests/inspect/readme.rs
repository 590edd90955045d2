//! The examples of the README, and of the chapter on reading the wire, print what these say.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::program::file;

#[test]
fn the_examples_of_the_readme_print_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run_examples(&file("README.md"), &file("."), folder.path()), 6);
}

#[test]
fn the_examples_of_the_chapter_print_what_it_says() {
    // Some write files.
    let folder = tempfile::tempdir().unwrap();
    let copy = |from: &str, to: &str| {
        let to = folder.path().join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(file(from), to).unwrap();
    };
    for capture in fs::read_dir(file("tests/captures")).unwrap() {
        let name = capture.unwrap().file_name().into_string().unwrap();
        copy(&format!("tests/captures/{name}"), &format!("crates/inspect/tests/captures/{name}"));
    }
    copy("../../docs/illustrated.html", "docs/illustrated.html");
    let page = file("../../docs/reading_the_wire.md");
    assert_eq!(run_examples(&page, folder.path(), folder.path()), 32);
}

/// Runs the commands of a page, and returns how many there are.
fn run_examples(page: &Path, current: &Path, folder: &Path) -> usize {
    let page = fs::read_to_string(page).unwrap();
    let has_jq = Command::new("jq").arg("--version").stdout(Stdio::null()).status().is_ok();
    let mut count = 0;
    for block in page.split("```console\n").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        let block = format!("\n{block}");
        for example in block.split("\n$ ").skip(1) {
            let (command, expected) = command_and_output(example);
            count += 1;
            if command.contains("| jq ") && !has_jq {
                eprintln!("skipped, as there is no jq: {command}");
                continue;
            }
            check(command, expected.trim_end_matches('\n'), current, folder);
        }
    }
    count
}

/// Splits an example after its command, which may take several lines.
fn command_and_output(example: &str) -> (&str, &str) {
    let mut end = 0;
    for line in example.split_inclusive('\n') {
        end += line.len();
        if !line.ends_with("\\\n") {
            break;
        }
    }
    example.split_at(end)
}

fn check(command: &str, expected: &str, current: &Path, folder: &Path) {
    let program = file(env!("CARGO_BIN_EXE_sansocket-inspect"));
    let path = format!("{}:{}", program.parent().unwrap().display(), env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(current).env("PATH", &path).env("DIR", folder);
    let printed = String::from_utf8(shell.output().unwrap().stdout).unwrap();
    let printed = printed.trim_end_matches('\n');
    // Each part consists of complete lines; those between parts are left out.
    let printed = format!("\n{printed}\n");
    let expected = format!("\n{expected}\n");
    let parts: Vec<_> = expected.split("\n…\n").collect();
    let mut rest = printed.as_str();
    for (index, part) in parts.iter().enumerate() {
        let is_last = index + 1 == parts.len();
        let part = match part.trim_matches('\n') {
            "" => continue,
            lines => format!("\n{lines}\n"),
        };
        let at = rest.find(&part).unwrap_or_else(|| panic!("{command}\n{part}\n{printed}"));
        assert!(index > 0 || at == 0, "{command}\n{printed}");
        // The line end may begin the next part.
        rest = &rest[at + part.len() - 1..];
        assert!(!is_last || rest == "\n", "{command}\n{rest}");
    }
}
